"""The tool calls of a whole reply, in the form that LiteLLM wants."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from litellm.types.utils import ChatCompletionMessageToolCall, Function

from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def reply_calls(
    calls: Sequence[tuple[str, str, str]], reply_id: str
) -> list[ChatCompletionMessageToolCall] | None:
    """Return ``calls``, each an id, a name and its arguments; None for none.

    Raises `UpstreamError` for a call without a name, which nobody could run.
    """
    if not all(name for _, name, _ in calls):
        raise UpstreamError(BAD_GATEWAY, "a tool call of the reply has no name")
    taken: list[str] = []
    for call_id, _, _ in calls:
        taken.append(own_id(call_id, taken, reply_id))
    return [
        ChatCompletionMessageToolCall(
            id=call_id, type="function", function=Function(name=name, arguments=arguments)
        )
        for call_id, (_, name, arguments) in zip(taken, calls, strict=True)
    ] or None


def own_id(call_id: str, taken: Iterable[str], reply_id: str) -> str:
    """Return ``call_id``, or one made up where there is none or an earlier call has it.

    The result of a call without an id of its own could not be told from another's.
    """
    ids = set(taken)
    if call_id and call_id not in ids:
        return call_id
    return f"call_{hashlib.sha256(reply_id.encode()).hexdigest()[:16]}_{len(ids)}"
