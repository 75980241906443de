"""Why a reply ended, in Chat Completions' words, and which endings are none that we may pass on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError
from claude_code_proxy.upstream_object import read

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger("claude_code_proxy")

_INCOMPLETE: Final = {"max_output_tokens": "length", "content_filter": "content_filter"}
_CHAT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete"), "stop"),
    **dict.fromkeys(("tool_calls", "tool_call", "function_call", "tool_use"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "model_length"), "length"),
    **dict.fromkeys(("content_filter", "safety", "refusal", "sensitive"), "content_filter"),
}
_FAILURES: Final = ("error", "failed", "cancelled", "canceled", "abort", "aborted", "network_error")
_FAILURES_TOLD: Final = (*_FAILURES, "insufficient_system_resource")


def chat_finish(reason: str, *, called: bool) -> str:
    """Return the Chat Completions ``reason``, put right; ``called`` tells whether a tool is called.

    A reply with calls ends with them whatever the upstream calls it, save one that was cut short,
    whose calls may be cut too. Raises `UpstreamError` where the word is a failure's.
    """
    word = reason.lower()
    if word in _FAILURES_TOLD:
        raise UpstreamError(BAD_GATEWAY, f"the upstream ended its reply with {reason!r}")
    if word not in _CHAT:
        logger.warning("the upstream's finish reason %r is not known, taken for a stop", reason)
    ended = _CHAT.get(word, "stop")
    return "tool_calls" if called and ended == "stop" else ended


def responses_finish(response: object, *, called: bool) -> str:
    """Return why ``response`` ended; ``called`` tells whether it holds a tool call.

    Raises `UpstreamError` if it failed, was cancelled or has not ended at all.
    """
    status = read(response, "status", "completed")
    if status == "incomplete":
        reason = read(read(response, "incomplete_details"), "reason")
        return _INCOMPLETE.get(reason, "length")
    if status == "failed":
        raise UpstreamError.from_reply(read(response, "error"))
    if status != "completed":
        raise UpstreamError(BAD_GATEWAY, f"the upstream's response has the status {status!r}")
    return "tool_calls" if called else "stop"
