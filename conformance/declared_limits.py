"""What OpenAI's closed schema holds a request to besides its keys, as far as ours can miss it.

Written down by hand as the rules that a profile would have for it (docs/profiles.md), each with the
kind of fault that it is; apart from the mock's schema, like `conformance.declared_keys`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.matrix import Api
    from conformance.profile_reading import Rule

_FUNCTION: Final = {"equals": "function"}
_RESPONSES: Final[tuple[tuple[str, Rule], ...]] = (
    ("missing", {"require": "tools[?type=function].name"}),
    ("missing", {"require": "input[*].content[?type=input_text].text"}),
    (
        "missing",
        {"require": "tool_choice.name", "when": {"fields": {"tool_choice.type": _FUNCTION}}},
    ),
    ("missing", {"require": "input[?type=web_search_call].id"}),
    ("missing", {"require": "input[?type=function_call].call_id"}),
    ("missing", {"require": "input[?type=function_call_output].call_id"}),
    ("type", {"type": "input", "allowed": ["string", "array"]}),
    ("type", {"type": "include", "allowed": ["array", "null"]}),
    ("value", {"enum": "tool_choice", "refused": ["any", "tool"]}),
    ("value", {"enum": "input[*].content[*].type", "refused": ["text", "image_url", "file"]}),
    (
        "value",
        {"enum": "tool_choice.type", "refused": ["auto", "any", "tool", "none", "required"]},
    ),
    ("below", {"range": "max_output_tokens", "min": 16}),
    ("too_long", {"length": "input[*].call_id", "max": 64}),
    ("too_long", {"length": "tools[*].name", "max": 64}),
    ("too_many", {"properties": "metadata", "max": 16}),
)
_CHAT: Final[tuple[tuple[str, Rule], ...]] = (
    ("missing", {"require": "model"}),
    ("missing", {"require": "tools[?type=function].function"}),
    ("missing", {"require": "messages[*].content[?type=text].text"}),
    ("type", {"type": "messages[*].name", "allowed": ["string"]}),
    ("type", {"type": "max_tokens", "allowed": ["integer", "null"]}),
    ("type", {"type": "max_completion_tokens", "allowed": ["integer", "null"]}),
    ("value", {"enum": "tool_choice", "refused": ["any", "tool"]}),
    ("type", {"type": "messages[*].content", "allowed": ["string", "array", "null"]}),
    ("too_short", {"items": "messages", "min": 1}),
    ("above", {"range": "top_logprobs", "max": 20}),
    ("too_long", {"length": "tools[*].function.name", "max": 64}),
    ("too_many", {"properties": "metadata", "max": 16}),
)
LIMITS: Final[Mapping[Api, tuple[tuple[str, Rule], ...]]] = {
    "responses": _RESPONSES,
    "chat": _CHAT,
}
LONGEST_METADATA: Final = 512
"""Characters of a metadata value: the one limit that no field path can name."""
