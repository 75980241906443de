"""The Responses payload of a request that came in Chat Completions form.

Every key is one that the Responses API declares, save ``thinking_blocks`` on assistant items, which
a drop flag governs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.answer_format import text_format
from claude_code_proxy.content_parts import (
    content_parts,
    is_text,
    responses_part,
    said_by_the_assistant,
    text_of,
)
from claude_code_proxy.left_out import log_left_out
from claude_code_proxy.reasoning_items import in_place, seal_of, taken_out
from claude_code_proxy.text_limits import (
    LONGEST_RESPONSES_CALL_ID,
    limited_metadata,
    passed_on,
    short_call_id,
)
from claude_code_proxy.tools import called, responses_tool_fields, tool_calls
from claude_code_proxy.trace_metadata import trace_metadata
from common.errors import UntranslatableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_code_proxy.handler_call import HandlerCall
    from claude_code_proxy.reasoning_items import ReasoningSeal
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
READ: Final = frozenset(
    {
        *_PASSED_ON,
        *("max_tokens", "max_completion_tokens", "reasoning_effort", "verbosity"),
        *("response_format", "tools", "functions", "web_search_options"),
        *("tool_choice", "function_call", "parallel_tool_calls"),
    }
)
"""The parameters of a request that a Responses payload is made of."""

_ROLES_OF_INSTRUCTIONS: Final = ("system", "developer")


def responses_payload(
    call: HandlerCall, settings: ModelSettings, *, stream: bool
) -> dict[str, Any]:
    """Return the whole body for ``POST /v1/responses``, before any flag or ``extra_body``."""
    params = call.optional_params
    seal = seal_of(settings)
    payload: dict[str, Any] = {
        "model": call.model,
        "input": [item for message in call.messages for item in _items(message, seal)],
        **({"stream": True} if stream else {}),  # third, where LiteLLM puts it if it asks itself
        **passed_on(params, _PASSED_ON),
        **_limits(params),
        **responses_tool_fields(params),
        **_shape(params, settings),
        "metadata": limited_metadata(trace_metadata(call.litellm_params)),
    }
    if not payload["input"]:
        raise UntranslatableError("no message says anything; expected at least one turn")
    log_left_out(params, READ, "Responses API")
    return payload


def _items(message: Mapping[str, Any], seal: ReasoningSeal | None) -> Iterator[Item]:
    role = message.get("role")
    if role == "assistant":
        yield from _assistant_items(message, seal)
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
    return [responses_part(part) for part in content_parts(content)] or ""


def _assistant_items(message: Mapping[str, Any], seal: ReasoningSeal | None) -> list[Item]:
    """Return the turn's text, then its calls; the thinking rides on the first of them.

    A turn of thinking alone becomes a message with an empty text, since an item that carries
    nothing that the API declares would not be one. Reasoning that was kept goes where it stood.
    """
    reasoning, thinking = taken_out(message.get("thinking_blocks"), seal)
    calls = [_function_call(*call) for call in tool_calls(message)]
    parts = _output_parts(message)
    if not parts and not calls and thinking:
        parts = [{"type": "output_text", "text": ""}]
    items = [{"type": "message", "role": "assistant", "content": parts}] if parts else []
    items += calls
    if thinking is not None and items:
        items[0]["thinking_blocks"] = thinking
    return in_place(reasoning, items)


def _output_parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    texts, refusal = said_by_the_assistant(message)
    parts: list[dict[str, Any]] = [{"type": "output_text", "text": text} for text in texts]
    if refusal:
        parts.append({"type": "refusal", "refusal": refusal})
    return parts


def _function_call(call: Mapping[str, Any], function: Mapping[str, Any]) -> Item:
    call_id = short_call_id(call["id"], LONGEST_RESPONSES_CALL_ID)
    return {"type": "function_call", "call_id": call_id, **called(function)}


def _tool_output(message: Mapping[str, Any]) -> Item:
    parts = content_parts(message.get("content"))
    images = not all(map(is_text, parts))
    return {
        "type": "function_call_output",
        "call_id": short_call_id(message["tool_call_id"], LONGEST_RESPONSES_CALL_ID),
        "output": [responses_part(part) for part in parts] if images else text_of(parts),
    }


def _limits(params: Mapping[str, Any]) -> dict[str, Any]:
    limit = params.get("max_completion_tokens") or params.get("max_tokens")
    if isinstance(limit, int):
        limit = max(limit, SMALLEST_MAX_OUTPUT_TOKENS)
    return {} if limit is None else {"max_output_tokens": limit}


def _shape(params: Mapping[str, Any], settings: ModelSettings) -> dict[str, Any]:
    """Return how the model shall think and in which form it shall answer."""
    shape = {"reasoning": _reasoning(params, settings), "text": _text(params)}
    return {key: value for key, value in shape.items() if value}


def _reasoning(params: Mapping[str, Any], settings: ModelSettings) -> dict[str, Any]:
    """Return effort and summary: the request's own, else the model's."""
    asked = params.get("reasoning_effort")
    own = asked if isinstance(asked, Mapping) else {"effort": asked}
    both = {**(settings.reasoning or {}), **{k: own[k] for k in own if own[k] is not None}}
    return {key: both[key] for key in ("effort", "summary") if key in both}


def _text(params: Mapping[str, Any]) -> dict[str, Any]:
    text: dict[str, Any] = {}
    wanted = params.get("response_format")
    if wanted is not None:
        text["format"] = text_format(wanted)
    if params.get("verbosity") is not None:
        text["verbosity"] = params["verbosity"]
    return text
