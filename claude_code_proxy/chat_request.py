"""The Chat Completions payload of a request that came in Chat Completions form.

Not the same thing passed on: only keys that OpenAI declares are sent, so neither ``metadata`` nor
``thinking_blocks`` nor ``reasoning_content`` nor ``cache_control``, save the leftovers that the
model's ``keep_fields`` name.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.content_parts import chat_part, content_parts, is_text, text_of
from claude_code_proxy.keep_fields import Leftovers, left_on
from claude_code_proxy.routing import is_reasoning_family
from claude_code_proxy.tools import chat_tool_choice, chat_tools, tool_calls, tool_fields
from common.errors import UntranslatableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from claude_code_proxy.handler_call import HandlerCall
    from claude_code_proxy.settings import ModelSettings

Message = dict[str, Any]

_PASSED_ON: Final = (
    "temperature",
    "top_p",
    "n",
    "stop",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "response_format",
    "reasoning_effort",
    "verbosity",
    "user",
    "store",
    "service_tier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "modalities",
    "audio",
    "prediction",
)
_IMAGES_FOLLOW: Final = "The result is in the next message."


def chat_payload(call: HandlerCall, settings: ModelSettings, *, stream: bool) -> dict[str, Any]:
    """Return the whole body for ``POST /v1/chat/completions``, before any ``extra_body``."""
    params = call.optional_params
    kept = Leftovers.of(settings.keep_fields)
    messages = list(_messages(call.messages, kept))
    payload: dict[str, Any] = {"model": call.model, "messages": messages}
    payload.update({key: params[key] for key in _PASSED_ON if params.get(key) is not None})
    payload.update(_limits(params, call.model))
    payload.update(tool_fields(params, partial(chat_tools, kept=kept.tool), chat_tool_choice))
    if stream:
        payload.update(stream=True, stream_options={"include_usage": True})
    return payload


def _messages(messages: Iterable[Mapping[str, Any]], kept: Leftovers) -> Iterator[Message]:
    """Yield the messages; images out of tool results follow their run of tool messages."""
    for is_tool, run in groupby(messages, lambda message: message.get("role") == "tool"):
        if not is_tool:
            yield from (_message(message, kept) for message in run)
            continue
        results = list(run)
        yield from (_tool_message(result, kept) for result in results)
        moved = [part for result in results for part in _moved(result, kept)]
        if moved:
            yield {"role": "user", "content": moved}


def _message(message: Mapping[str, Any], kept: Leftovers) -> Message:
    role = message.get("role")
    if role == "assistant":
        return {**_assistant_message(message), **left_on(message, kept.message)}
    if role not in ("system", "developer", "user"):
        raise UntranslatableError(
            f"a message has the role {role!r}; expected system, developer, user, assistant or tool"
        )
    return {
        "role": role,
        "content": _content(message, kept),
        **_name(message),
        **left_on(message, kept.message),
    }


def _content(message: Mapping[str, Any], kept: Leftovers) -> str | list[dict[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return [{**chat_part(part), **left_on(part, kept.part)} for part in content_parts(content)]


def _name(message: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": message["name"]} if message.get("name") else {}


def _assistant_message(message: Mapping[str, Any]) -> Message:
    """Return the turn; without calls its content is a string, which OpenAI demands there."""
    calls = [_tool_call(*call) for call in tool_calls(message)]
    text = text_of(message.get("content"))
    sent: Message = {
        "role": "assistant",
        "content": text or (None if calls else ""),
        **_name(message),
    }
    if message.get("refusal"):
        sent["refusal"] = message["refusal"]
    if calls:
        sent["tool_calls"] = calls
    return sent


def _tool_call(call_id: object, function: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": call_id,
        "type": "function",
        "function": {
            "name": function.get("name"),
            "arguments": function.get("arguments") or "{}",
        },
    }


def _tool_message(message: Mapping[str, Any], kept: Leftovers) -> Message:
    """Return a tool's result as text: OpenAI takes nothing else in a tool message."""
    staying = [part for part in content_parts(message.get("content")) if _stays(part, kept)]
    content: str | list[dict[str, Any]] = [chat_part(part) for part in staying]
    if all(map(is_text, staying)):
        content = text_of(staying) or (_IMAGES_FOLLOW if list(_moved(message, kept)) else "")
    return {
        "role": "tool",
        "tool_call_id": message.get("tool_call_id"),
        "content": content,
        **left_on(message, kept.message),
    }


def _stays(part: Mapping[str, Any], kept: Leftovers) -> bool:
    return is_text(part) or (kept.images_of_tools and part.get("type") == "image_url")


def _moved(message: Mapping[str, Any], kept: Leftovers) -> Iterator[dict[str, Any]]:
    """Yield what does not stay in a tool's result, led by a line that says whose it is."""
    parts = [part for part in content_parts(message.get("content")) if not _stays(part, kept)]
    if parts:
        yield {"type": "text", "text": f"Result of tool call {message.get('tool_call_id')}:"}
        yield from map(chat_part, parts)


def _limits(params: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the token limit under the name that the model's family knows."""
    if params.get("max_completion_tokens") is not None:
        return {"max_completion_tokens": params["max_completion_tokens"]}
    if params.get("max_tokens") is None:
        return {}
    name = "max_completion_tokens" if is_reasoning_family(model) else "max_tokens"
    return {name: params["max_tokens"]}
