"""A whole Responses reply, read as the Chat Completions reply that LiteLLM wants from a handler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litellm.types.utils import Choices, Message, ModelResponse

from claude_code_proxy.finish_reasons import responses_finish
from claude_code_proxy.reasoning_items import PARAGRAPH, ReasoningItem
from claude_code_proxy.reply_calls import reply_calls
from claude_code_proxy.token_usage import usage_from_responses
from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError
from claude_code_proxy.upstream_object import arguments_text, read, rows, text, texts

if TYPE_CHECKING:
    from claude_code_proxy.reasoning_items import ReasoningSeal


def reply_from_responses(
    response: object, model: str, seal: ReasoningSeal | None = None
) -> ModelResponse:
    """Return ``response``, as JSON or as LiteLLM's object, as a ``ModelResponse``.

    Raises `UpstreamError` if the upstream says that the response failed, or if it is none.
    """
    if read(response, "status") != "failed" and read(response, "error") is not None:
        raise UpstreamError.from_reply(read(response, "error"))
    output = read(response, "output")
    if not isinstance(output, list) and read(response, "status") != "failed":
        raise UpstreamError(BAD_GATEWAY, "the upstream's reply has no list of output items")
    items = rows(output)
    calls = [item for item in items if read(item, "type") == "function_call"]
    reason = responses_finish(response, called=bool(calls))
    reply_id = read(response, "id")
    reasoning = reasoning_text(items) or None
    nothing_else = not calls and not reasoning  # then no content at all would be no message
    message = Message(
        role="assistant",
        content=message_text(items) or ("" if nothing_else else None),
        tool_calls=reply_calls(
            [(*call_of(call), arguments_text(read(call, "arguments"))) for call in calls],
            str(reply_id),
        ),
        reasoning_content=reasoning,
        thinking_blocks=_thinking_blocks(items, seal),
    )
    return ModelResponse(
        id=reply_id if isinstance(reply_id, str) else None,
        model=model,
        choices=[Choices(index=0, message=message, finish_reason=reason)],
        usage=usage_from_responses(read(response, "usage")),
    )


def call_of(item: object) -> tuple[str, str]:
    """Return id and name of a call, empty where the upstream left them out."""
    return text(read(item, "call_id")), text(read(item, "name"))


def message_text(output: list[Any]) -> str:
    """Return the text, or the refusal, of all message items in ``output``."""
    messages = (item for item in output if read(item, "type") == "message")
    return "".join(text(read(item, "content")) for item in messages)


def reasoning_text(output: list[Any]) -> str:
    """Return the reasoning that the upstream shows, parts set apart by a blank line."""
    return PARAGRAPH.join(
        said
        for item in output
        if read(item, "type") == "reasoning"
        for said in (*texts(read(item, "summary")), *texts(read(item, "content")))
    )


def _thinking_blocks(output: list[Any], seal: ReasoningSeal | None) -> Any:
    """Return a block for each reasoning item, if any of them is to come back; else None."""
    if seal is None:
        return None
    blocks, kept, calls, has_text = [], False, 0, False
    for item in output:
        kind = read(item, "type")
        calls, has_text = calls + (kind == "function_call"), has_text or kind == "message"
        if kind == "reasoning":
            found = ReasoningItem.from_output(item, calls=calls, text=has_text)
            signature = seal.signature([found]) if found else ""
            block = {"type": "thinking", "thinking": reasoning_text([item]), "signature": signature}
            blocks.append(block)
            kept = kept or found is not None
    return blocks if kept else None
