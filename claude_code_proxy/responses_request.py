"""The Responses payload of a request that came in Chat Completions form.

Every key is one that the Responses API declares, save ``thinking_blocks`` on assistant items, which
a drop flag governs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.content_parts import (
    content_parts,
    is_text,
    object_in,
    responses_part,
    text_of,
)
from claude_code_proxy.tools import responses_tool_choice, responses_tools, tool_calls, tool_fields
from claude_code_proxy.trace_metadata import trace_metadata
from common.errors import UntranslatableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_code_proxy.handler_call import HandlerCall
    from claude_code_proxy.settings import ModelSettings

Item = dict[str, Any]

SMALLEST_MAX_OUTPUT_TOKENS: Final = 16
"""Below it OpenAI answers 400 ``integer_below_min_value``; Claude Code probes with 1."""

_PASSED_ON: Final = (
    "temperature",
    "top_p",
    "top_logprobs",
    "user",
    "store",
    "service_tier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
)
_ROLES_OF_INSTRUCTIONS: Final = ("system", "developer")


def responses_payload(
    call: HandlerCall, _settings: ModelSettings, *, stream: bool
) -> dict[str, Any]:
    """Return the whole body for ``POST /v1/responses``, before any flag or ``extra_body``."""
    params = call.optional_params
    payload: dict[str, Any] = {
        "model": call.model,
        "input": [item for message in call.messages for item in _items(message)],
    }
    if stream:
        payload["stream"] = True  # third, where LiteLLM puts it when it is the one to ask
    payload.update({key: params[key] for key in _PASSED_ON if params.get(key) is not None})
    payload.update(_limits(params))
    payload.update(tool_fields(params, responses_tools, responses_tool_choice))
    payload.update(_shape(params))
    payload["metadata"] = trace_metadata(call.litellm_params)
    return payload


def _items(message: Mapping[str, Any]) -> Iterator[Item]:
    role = message.get("role")
    if role == "assistant":
        yield from _assistant_items(message)
    elif role == "tool":
        yield _tool_output(message)
    elif role == "user" or role in _ROLES_OF_INSTRUCTIONS:
        yield {"type": "message", "role": role, "content": _input(message.get("content"))}
    else:
        raise UntranslatableError(
            f"a message has the role {role!r}; expected system, developer, user, assistant or tool"
        )


def _input(content: object) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    return [responses_part(part) for part in content_parts(content)]


def _assistant_items(message: Mapping[str, Any]) -> list[Item]:
    """Return the turn's text, then its calls; the thinking rides on the first of them.

    A turn of thinking alone becomes a message with an empty text, since an item that carries
    nothing that the API declares would not be one.
    """
    thinking = message.get("thinking_blocks")
    calls = [_function_call(*call) for call in tool_calls(message)]
    parts = _output_parts(message)
    if not parts and not calls and thinking:
        parts = [{"type": "output_text", "text": ""}]
    items = [{"type": "message", "role": "assistant", "content": parts}] if parts else []
    items += calls
    if thinking is not None and items:
        items[0]["thinking_blocks"] = thinking
    return items


def _output_parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    texts = [part["text"] for part in content_parts(message.get("content")) if _says_text(part)]
    parts: list[dict[str, Any]] = [{"type": "output_text", "text": text} for text in texts]
    if message.get("refusal"):
        parts.append({"type": "refusal", "refusal": message["refusal"]})
    return parts


def _says_text(part: Mapping[str, Any]) -> bool:
    return bool(text_of([part]))


def _function_call(call_id: object, function: Mapping[str, Any]) -> Item:
    return {
        "type": "function_call",
        "call_id": call_id,
        "name": function.get("name"),
        "arguments": function.get("arguments") or "{}",
    }


def _tool_output(message: Mapping[str, Any]) -> Item:
    parts = content_parts(message.get("content"))
    images = not all(map(is_text, parts))
    return {
        "type": "function_call_output",
        "call_id": message.get("tool_call_id"),
        "output": [responses_part(part) for part in parts] if images else text_of(parts),
    }


def _limits(params: Mapping[str, Any]) -> dict[str, Any]:
    limit = params.get("max_completion_tokens") or params.get("max_tokens")
    if isinstance(limit, int):
        limit = max(limit, SMALLEST_MAX_OUTPUT_TOKENS)
    return {} if limit is None else {"max_output_tokens": limit}


def _shape(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the model shall think and in which form it shall answer."""
    shape: dict[str, Any] = {}
    effort = params.get("reasoning_effort")
    if effort is not None:
        shape["reasoning"] = _reasoning(effort)
    text = _text(params)
    if text:
        shape["text"] = text
    return shape


def _reasoning(effort: object) -> dict[str, Any]:
    if isinstance(effort, Mapping):
        return {key: effort[key] for key in ("effort", "summary") if effort.get(key) is not None}
    return {"effort": effort}


def _text(params: Mapping[str, Any]) -> dict[str, Any]:
    text: dict[str, Any] = {}
    wanted = params.get("response_format")
    if wanted is not None:
        text["format"] = _text_format(wanted)
    if params.get("verbosity") is not None:
        text["verbosity"] = params["verbosity"]
    return text


def _text_format(wanted: object) -> dict[str, Any]:
    if not isinstance(wanted, Mapping):
        raise UntranslatableError(
            f"response_format is {type(wanted).__name__}; expected an object with a type"
        )
    if wanted.get("type") != "json_schema":
        return {"type": wanted.get("type")}
    schema = object_in(wanted, "json_schema")
    return {
        "type": "json_schema",
        **{
            key: schema[key]
            for key in ("name", "description", "schema", "strict")
            if schema.get(key) is not None
        },
    }
