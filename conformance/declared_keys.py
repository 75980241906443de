"""The keys that OpenAI's API reference declares at the top of a request, and what ours are not.

Written down by hand, and apart from the mock's schema, which was made of OpenAI's own package: so a
mistake in either shows. Of the keys further inside, only those that the handler can send and that
the API does not declare are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from common.field_path import Location
    from conformance.matrix import Api

_SHARED: Final = """
    metadata model moderation parallel_tool_calls prompt_cache_key prompt_cache_options
    prompt_cache_retention safety_identifier service_tier store stream stream_options temperature
    tool_choice tools top_logprobs top_p user
"""
_RESPONSES: Final = """
    background context_management conversation include input instructions max_output_tokens
    max_tool_calls previous_response_id prompt reasoning text truncation
"""
_CHAT: Final = """
    audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens
    max_tokens messages modalities n prediction presence_penalty reasoning_effort response_format
    seed stop verbosity web_search_options
"""
DECLARED: Final[Mapping[Api, frozenset[str]]] = {
    "responses": frozenset((_SHARED + _RESPONSES).split()),
    "chat": frozenset((_SHARED + _CHAT).split()),
}
"""As of the API reference of 2026-11."""

_UNDECLARED_INSIDE: Final = frozenset(
    {"thinking_blocks", "reasoning_content", "cache_control", "extra_content"}
)


def undeclared(api: Api, payload: Any, *, top_alone: bool) -> Iterator[Location]:
    """Yield the places of undeclared keys, in the order of the document."""
    for key, value in payload.items():
        if key not in DECLARED[api]:
            yield (key,)
        elif not top_alone and key in ("input", "messages"):
            yield from _inside(value, (key,))
        elif not top_alone and key == "tools":
            yield from _beside(value, (key,))


def _beside(tools: Any, place: Location) -> Iterator[Location]:
    """Yield the undeclared keys of the tools themselves; in a schema any key may stand."""
    for index, tool in enumerate(tools if isinstance(tools, list) else ()):
        for key in tool if isinstance(tool, dict) else ():
            if key in _UNDECLARED_INSIDE:
                yield (*place, index, key)


def _inside(value: Any, place: Location) -> Iterator[Location]:
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _inside(inner, (*place, index))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in _UNDECLARED_INSIDE or (key == "name" and _is_item(value, place)):
                yield (*place, key)
            else:
                yield from _inside(inner, (*place, key))


def _is_item(value: dict[str, Any], place: Location) -> bool:
    """Whether ``value`` is a turn of the Responses API, where nobody has a name."""
    return place[0] == "input" and len(place) == len(("input", 0)) and "role" in value
