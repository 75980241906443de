"""A whole Responses reply, read as the Chat Completions reply that LiteLLM wants from a handler."""

from __future__ import annotations

from typing import Any, Final

from litellm.types.utils import (
    ChatCompletionMessageToolCall,
    Choices,
    Function,
    Message,
    ModelResponse,
)

from claude_code_proxy.token_usage import usage_from_responses
from claude_code_proxy.upstream_error import UpstreamError
from claude_code_proxy.upstream_object import read

_INCOMPLETE: Final = {"max_output_tokens": "length", "content_filter": "content_filter"}


def reply_from_responses(response: object, model: str) -> ModelResponse:
    """Return ``response`` (LiteLLM's ``ResponsesAPIResponse``) as a ``ModelResponse``.

    Raises `UpstreamError` if the upstream says that the response failed.
    """
    if read(response, "status") == "failed":
        raise UpstreamError.from_reply(read(response, "error"))
    output = read(response, "output", [])
    calls = [_tool_call(item) for item in output if read(item, "type") == "function_call"]
    message = Message(
        role="assistant",
        content=message_text(output) or None,
        tool_calls=calls or None,
        reasoning_content=reasoning_text(output) or None,
    )
    return ModelResponse(
        id=read(response, "id"),
        model=model,
        choices=[
            Choices(
                index=0, message=message, finish_reason=finish_reason(response, called=bool(calls))
            )
        ],
        usage=usage_from_responses(read(response, "usage")),
    )


def finish_reason(response: object, *, called: bool) -> str:
    """Return why ``response`` ended; ``called`` tells whether it holds a tool call."""
    if read(response, "status") == "incomplete":
        reason = read(read(response, "incomplete_details"), "reason")
        return _INCOMPLETE.get(reason, "length")
    return "tool_calls" if called else "stop"


def message_text(output: list[Any]) -> str:
    """Return the text, or the refusal, of all message items in ``output``."""
    return "".join(
        read(part, "text") or read(part, "refusal", "")
        for item in output
        if read(item, "type") == "message"
        for part in read(item, "content", [])
    )


def reasoning_text(output: list[Any]) -> str:
    """Return the reasoning that the upstream shows, parts set apart by a blank line."""
    return "\n\n".join(
        text
        for item in output
        if read(item, "type") == "reasoning"
        for part in (*read(item, "summary", []), *read(item, "content", []))
        if (text := read(part, "text"))
    )


def _tool_call(item: object) -> ChatCompletionMessageToolCall:
    return ChatCompletionMessageToolCall(
        id=read(item, "call_id"),
        type="function",
        function=Function(name=read(item, "name"), arguments=read(item, "arguments", "")),
    )
