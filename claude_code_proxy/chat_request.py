"""The Chat Completions payload of a request that came in Chat Completions form.

Not the same thing passed on: only keys that OpenAI declares are sent, so neither ``metadata`` nor
``thinking_blocks`` nor ``reasoning_content`` nor ``cache_control``, save the leftovers that the
model's ``keep_fields`` name.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.answer_format import response_format
from claude_code_proxy.content_parts import (
    chat_part,
    content_parts,
    is_image,
    is_text,
    said_by_the_assistant,
    text_of,
)
from claude_code_proxy.keep_fields import Leftovers, left_on
from claude_code_proxy.left_out import log_left_out
from claude_code_proxy.routing import is_reasoning_family
from claude_code_proxy.text_limits import LONGEST_CHAT_CALL_ID, passed_on, short_call_id
from claude_code_proxy.tools import called, chat_tool_fields, tool_calls
from common.errors import UntranslatableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
READ: Final = frozenset(
    {
        *_PASSED_ON,
        *("max_tokens", "max_completion_tokens", "tools", "functions", "web_search_options"),
        *("tool_choice", "function_call", "parallel_tool_calls"),
    }
)
"""The parameters of a request that a Chat Completions payload is made of."""

_MOST_STOPS: Final = 4
_IMAGES_FOLLOW: Final = "The result is in the next message."
_INSTRUCTIONS_FOLLOW: Final = "See the next message."

SMALLEST_LIMIT_OF_REASONING: Final = 16
"""A reasoning model that may write less answers 400 "Could not finish the message" or "max_tokens
must be at least 16" (BerriAI/litellm#36859 and #30708); Claude Code probes with 1."""


def chat_payload(call: HandlerCall, settings: ModelSettings, *, stream: bool) -> dict[str, Any]:
    """Return the whole body for ``POST /v1/chat/completions``, before any ``extra_body``."""
    params = call.optional_params
    kept = Leftovers.of(settings.keep_fields)
    payload: dict[str, Any] = {
        "model": call.model,
        "messages": list(_messages(call.messages, kept)),
        **_own_params(params, settings),
        **_limits(params, call.model),
        **chat_tool_fields(params, call.model, kept.tool),
    }
    if not payload["messages"]:
        raise UntranslatableError("messages is empty; expected at least one turn")
    if stream:
        payload.update(stream=True, stream_options={"include_usage": True})
    log_left_out(params, READ, "Chat Completions API")
    return payload


def _own_params(params: Mapping[str, Any], settings: ModelSettings) -> dict[str, Any]:
    """Return what keeps its name, and the model's own effort where the request asks for none."""
    own = passed_on(params, _PASSED_ON)
    effort = own.get("reasoning_effort")
    if isinstance(effort, Mapping):  # the Responses API's form
        effort = effort.get("effort")
    effort = effort or (settings.reasoning or {}).get("effort")
    stop = own.get("stop")
    changed = {
        "reasoning_effort": effort,
        "response_format": own.get("response_format") and response_format(own["response_format"]),
        "stop": stop[:_MOST_STOPS] if isinstance(stop, list) else stop,
    }
    return {key: value for key, value in {**own, **changed}.items() if value is not None}


def _messages(messages: Iterable[Mapping[str, Any]], kept: Leftovers) -> Iterator[Message]:
    """Yield the messages; images out of tool results follow their run of tool messages."""
    for is_tool, run in groupby(messages, lambda message: message.get("role") == "tool"):
        if not is_tool:
            for message in run:
                yield from _turn(message, kept)
            continue
        results = list(run)
        yield from (_tool_message(result, kept) for result in results)
        moved = [part for result in results for part in _moved(result, kept)]
        if moved:
            yield {"role": "user", "content": moved}


def _turn(message: Mapping[str, Any], kept: Leftovers) -> Iterator[Message]:
    role = message.get("role")
    if role == "assistant":
        yield {**_assistant_message(message), **left_on(_with_reasoning(message), kept.message)}
    elif role == "user":
        yield _said(message, kept)
    elif role in ("system", "developer"):
        yield from _instructions(message, kept)
    else:
        raise UntranslatableError(
            f"a message has the role {role!r}; expected system, developer, user, assistant or tool"
        )


def _with_reasoning(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the turn with its thinking as ``reasoning_content``, which LiteLLM 1.98 leaves out."""
    blocks = message.get("thinking_blocks")
    if message.get("reasoning_content") or not isinstance(blocks, list):
        return message
    thoughts = [block.get("thinking") for block in blocks if isinstance(block, Mapping)]
    return {**message, "reasoning_content": "\n".join(str(one) for one in thoughts if one) or None}


def _said(message: Mapping[str, Any], kept: Leftovers) -> Message:
    return {
        "role": message["role"],
        "content": _content(message, kept),
        **_name(message),
        **left_on(message, kept.message),
    }


def _instructions(message: Mapping[str, Any], kept: Leftovers) -> Iterator[Message]:
    """Yield a system or developer turn; images in it follow as a user's, who alone may have any."""
    parts = content_parts(message.get("content"))
    texts = [part for part in parts if is_text(part)]
    if len(texts) == len(parts):
        yield _said(message, kept)
        return
    yield _said({**message, "content": texts or _INSTRUCTIONS_FOLLOW}, kept)
    yield {"role": "user", "content": [chat_part(part) for part in parts if not is_text(part)]}


def _content(message: Mapping[str, Any], kept: Leftovers) -> str | list[dict[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content_parts(content)
    return [{**chat_part(part), **left_on(part, kept.part)} for part in parts] or ""


def _name(message: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": str(message["name"])} if message.get("name") else {}


def _assistant_message(message: Mapping[str, Any]) -> Message:
    """Return the turn; without calls its content is a string, which OpenAI demands there."""
    calls = [_tool_call(*call) for call in tool_calls(message)]
    texts, refusal = said_by_the_assistant(message)
    sent: Message = {
        "role": "assistant",
        "content": "".join(texts) or (None if calls else ""),
        **_name(message),
    }
    if refusal:
        sent["refusal"] = refusal
    if calls:
        sent["tool_calls"] = calls
    return sent


def _tool_call(call: Mapping[str, Any], function: Mapping[str, Any]) -> dict[str, Any]:
    call_id = short_call_id(call["id"], LONGEST_CHAT_CALL_ID)
    return {"id": call_id, "type": "function", "function": called(function)}


def _tool_message(message: Mapping[str, Any], kept: Leftovers) -> Message:
    """Return a tool's result as text: OpenAI takes nothing else in a tool message."""
    staying = [part for part in content_parts(message.get("content")) if _stays(part, kept)]
    content: str | list[dict[str, Any]] = [chat_part(part) for part in staying]
    if all(map(is_text, staying)):
        content = text_of(staying) or (_IMAGES_FOLLOW if list(_moved(message, kept)) else "")
    return {
        "role": "tool",
        "tool_call_id": _call_id(message),
        "content": content,
        **left_on(message, kept.message),
    }


def _stays(part: Mapping[str, Any], kept: Leftovers) -> bool:
    return is_text(part) or (kept.images_of_tools and is_image(part))


def _call_id(message: Mapping[str, Any]) -> str:
    return short_call_id(message["tool_call_id"], LONGEST_CHAT_CALL_ID)


def _moved(message: Mapping[str, Any], kept: Leftovers) -> Iterator[dict[str, Any]]:
    """Yield what does not stay in a tool's result, led by a line that says whose it is."""
    parts = [part for part in content_parts(message.get("content")) if not _stays(part, kept)]
    if parts:
        yield {"type": "text", "text": f"Result of tool call {_call_id(message)}:"}
        yield from map(chat_part, parts)


def _limits(params: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the token limit under the name that the model's family knows."""
    limit = params.get("max_completion_tokens")
    name = "max_completion_tokens"
    if limit is None:
        limit = params.get("max_tokens")
        name = name if is_reasoning_family(model) else "max_tokens"
    if isinstance(limit, int) and is_reasoning_family(model):
        limit = max(limit, SMALLEST_LIMIT_OF_REASONING)
    return {} if limit is None else {name: limit}
