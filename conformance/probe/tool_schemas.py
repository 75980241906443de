"""JSON Schemas of tools that some upstream refuses, and the rule that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.profile_reading import Rule

_FORMATS: Final = [
    "date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid",
]  # fmt: skip


def _with(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": []}


SCHEMAS: Final[Mapping[str, dict[str, Any]]] = {
    "closed": {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    },
    "untyped": _with(args={"description": "Anything."}),
    "array": _with(names={"type": "array"}),
    "uri": _with(address={"type": "string", "format": "uri"}),
    "draft": {"$schema": "https://json-schema.org/draft/2020-12/schema", **_with()},
    "combined": {"type": "object", "properties": {}, "anyOf": [{"required": []}]},
    "untyped-top": {"properties": {"title": {"type": "string"}}},
    "empty-object": _with(options={"type": "object"}),
    "foreign-ref": {**_with(a={"$ref": "#/definitions/A"}), "definitions": {"A": {"type": "null"}}},
    "lost-ref": {**_with(a={"$ref": "#/$defs/B"}), "$defs": {"A": {"type": "null"}}},
    "ref-with-more": {
        **_with(a={"$ref": "#/$defs/A", "description": "An A."}),
        "$defs": {"A": {"type": "null"}},
    },
}
"""By name; `closed` is one that all take."""

_RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "untyped": ({"tool_schema": "property_type"},),
    "array": ({"tool_schema": "array_items"},),
    "uri": ({"tool_schema": "format", "words": _FORMATS},),
    "draft": ({"tool_schema": "keyword", "words": ["$schema"]},),
    "closed": ({"tool_schema": "keyword", "words": ["additionalProperties"]},),
    "combined": (
        {"tool_schema": "top_level_combinator"},
        {"tool_schema": "keyword", "words": ["anyOf"]},
    ),
    "untyped-top": ({"tool_schema": "top_level_combinator"},),
    "empty-object": ({"tool_schema": "object_properties"},),
    "foreign-ref": ({"tool_schema": "ref_prefix"},),
    "lost-ref": ({"tool_schema": "ref_missing"},),
    "ref-with-more": ({"tool_schema": "ref_siblings"},),
}


def schema_rule(name: str) -> tuple[Rule, ...]:
    """Return what a profile would say where the schema ``name`` is refused."""
    return _RULES[name]
