"""A whole Chat Completions reply, put right where its upstream is loose with the form."""

from __future__ import annotations

from typing import Any, Final

from litellm.types.utils import Choices, Message, ModelResponse

from claude_code_proxy.finish_reasons import chat_finish
from claude_code_proxy.reply_calls import reply_calls
from claude_code_proxy.token_usage import usage_from_chat
from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError
from claude_code_proxy.upstream_object import arguments_text, read, rows, text

_PASSED_ON: Final = ("annotations", "audio", "images")
_ABOUT_THE_REPLY: Final = ("system_fingerprint", "service_tier")


def reply_from_chat(reply: object, model: str) -> ModelResponse:
    """Return the JSON ``reply`` as a ``ModelResponse``; LiteLLM's own object as it is.

    Raises `UpstreamError` if it holds an error or no choice.
    """
    if isinstance(reply, ModelResponse):
        return reply
    if read(reply, "error") is not None:
        raise UpstreamError.from_reply(read(reply, "error"))
    choices = rows(read(reply, "choices"))
    if not choices:
        raise UpstreamError(BAD_GATEWAY, "the upstream's reply has no choices")
    reply_id = text(read(reply, "id"))
    about = {key: read(reply, key) for key in _ABOUT_THE_REPLY if read(reply, key) is not None}
    return ModelResponse(
        id=reply_id or None,
        model=model,
        choices=[_choice(place, choice, reply_id) for place, choice in enumerate(choices)],
        usage=usage_from_chat(read(reply, "usage")),
        **about,
    )


def _choice(place: int, choice: object, reply_id: str) -> Choices:
    if read(choice, "error") is not None:
        raise UpstreamError.from_reply(read(choice, "error"))
    message, reason = read(choice, "message"), read(choice, "finish_reason")
    if message is None or reason is None:
        missing = "message" if message is None else "finish reason"
        raise UpstreamError(BAD_GATEWAY, f"a choice of the upstream's reply has no {missing}")
    calls = reply_calls(_calls(message), reply_id)
    content = text(read(message, "content")) + text(read(message, "refusal"))
    said = text(read(message, "reasoning_content")) or text(read(message, "reasoning"))
    return Choices(
        index=place,
        message=Message(
            role="assistant",
            content=content or (None if calls or said else ""),
            tool_calls=calls,
            reasoning_content=said or None,
            thinking_blocks=read(message, "thinking_blocks"),
            **{key: read(message, key) for key in _PASSED_ON if read(message, key) is not None},
        ),
        finish_reason=chat_finish(str(reason), called=calls is not None),
        logprobs=read(choice, "logprobs"),
    )


def _calls(message: object) -> list[tuple[str, str, str]]:
    """Return id, name and arguments of each call, the one of the old form included."""
    calls: list[Any] = rows(read(message, "tool_calls"))
    old = read(message, "function_call")
    if old is not None:
        calls = [*calls, {"function": old}]
    return [
        (
            text(read(call, "id")),
            text(read(read(call, "function"), "name")),
            arguments_text(read(read(call, "function"), "arguments")),
        )
        for call in calls
    ]
