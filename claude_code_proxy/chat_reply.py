"""A whole Chat Completions reply, put right where its upstream is loose with the form."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from litellm.types.utils import ChoiceLogprobs, Choices, Message, ModelResponse

from claude_code_proxy.finish_reasons import chat_finish
from claude_code_proxy.reply_calls import reply_calls
from claude_code_proxy.token_usage import usage_from_chat
from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError
from claude_code_proxy.upstream_object import arguments_text, read, rows, text

if TYPE_CHECKING:
    from litellm.types.utils import ChatCompletionMessageToolCall

logger = logging.getLogger(__name__)

_PASSED_ON: Final = ("thinking_blocks", "annotations", "audio", "images")
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
    about = {key: said for key in _ABOUT_THE_REPLY if (said := text(read(reply, key)))}
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
    return Choices(
        index=place,
        message=_message(message, calls),
        finish_reason=chat_finish(str(reason), called=calls is not None),
        logprobs=_logprobs(read(choice, "logprobs")),
    )


def _message(message: object, calls: list[ChatCompletionMessageToolCall] | None) -> Message:
    """Return what was said, and what else stands beside it where LiteLLM knows its form."""
    content = text(read(message, "content")) + text(read(message, "refusal"))
    said = text(read(message, "reasoning_content")) or text(read(message, "reasoning"))
    spoken: dict[str, Any] = {
        "role": "assistant",
        "content": content or (None if calls or said else ""),
        "tool_calls": calls,
        "reasoning_content": said or None,
    }
    beside = {key: read(message, key) for key in _PASSED_ON if read(message, key) is not None}
    for key in tuple(beside):
        try:
            Message(**{key: beside[key]})
        except (TypeError, ValueError):
            del beside[key]
            logger.warning("%s of the upstream's reply is not handed on: not of its form", key)
    return Message(**spoken, **beside)


def _logprobs(value: object) -> object:
    try:
        return ChoiceLogprobs.model_validate(value) if isinstance(value, dict) else None
    except ValueError:
        return None


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
