"""Rules about a tool's JSON Schema, read a second time, as docs/profiles.md has `tool_schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.unpredicted import CannotTellError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from common.field_path import Location
    from conformance.matrix import Api
    from conformance.profile_reading import Rule

_TYPED: Final = ("type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const")
_COMBINATORS: Final = ("oneOf", "anyOf", "allOf", "enum", "not")
_MAPS: Final = ("properties", "$defs", "definitions", "patternProperties")


def wrong_schema(rule: Rule, api: Api, payload: Any) -> Iterator[Location]:
    """Yield the tools whose schema meets ``rule``."""
    for index, tool in enumerate(payload.get("tools") or ()):
        function = tool.get("function", {}) if api == "chat" else tool
        schema = function.get("parameters")
        if isinstance(schema, dict) and _is_asked(rule, function) and _fails(rule, schema):
            yield ("tools", index)


def _is_asked(rule: Rule, function: dict[str, Any]) -> bool:
    match rule.get("strict"):
        case "explicit":
            return function.get("strict") is True
        case "assumed":
            return function.get("strict") is not False
    return True


def _fails(rule: Rule, schema: dict[str, Any]) -> bool:
    name = rule["tool_schema"]
    if name == "top_level_combinator":
        words = rule.get("words", _COMBINATORS)
        return schema.get("type") != "object" or any(word in schema for word in words)
    if name not in _CHECKS:
        raise CannotTellError(f"tool_schema {name}")
    return any(_CHECKS[name](rule, schema, inner) for inner in _schemas(schema))


def _schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield ``schema`` and all schemas in it."""
    if isinstance(schema, list):
        for inner in schema:
            yield from _schemas(inner)
    elif isinstance(schema, dict):
        yield schema
        for key, value in schema.items():
            if key in _MAPS and isinstance(value, dict):
                for inner in value.values():
                    yield from _schemas(inner)
            elif key not in ("enum", "const", "default", "examples"):
                yield from _schemas(value)


def _untyped_property(_rule: Rule, _whole: Any, schema: dict[str, Any]) -> bool:
    return any(
        isinstance(inner, dict) and not any(word in inner for word in _TYPED)
        for inner in schema.get("properties", {}).values()
    )


def _lost_reference(_rule: Rule, whole: dict[str, Any], schema: dict[str, Any]) -> bool:
    reference = schema.get("$ref", "")
    known = [f"#/$defs/{name}" for name in whole.get("$defs", {})]
    return reference.startswith("#/$defs/") and reference not in known


def _open_object(_rule: Rule, _whole: Any, schema: dict[str, Any]) -> bool:
    return schema.get("type") == "object" and schema.get("additionalProperties") is not False


def _optional_property(_rule: Rule, _whole: Any, schema: dict[str, Any]) -> bool:
    return bool(set(schema.get("properties", {})) - set(schema.get("required", ())))


_CHECKS: Final[dict[str, Callable[[Rule, dict[str, Any], dict[str, Any]], bool]]] = {
    "array_items": lambda _, _w, one: one.get("type") == "array" and "items" not in one,
    "object_properties": lambda _, _w, one: one.get("type") == "object" and "properties" not in one,
    "property_type": _untyped_property,
    "strict_additional": _open_object,
    "strict_required": _optional_property,
    "format": lambda rule, _w, one: one.get("format", rule["words"][0]) not in rule["words"],
    "keyword": lambda rule, _w, one: any(word in one for word in rule["words"]),
    "ref_prefix": lambda _, _w, one: not one.get("$ref", "#/$defs/").startswith("#/$defs/"),
    "ref_siblings": lambda _, _w, one: "$ref" in one and len(one) > 1,
    "ref_missing": _lost_reference,
}
