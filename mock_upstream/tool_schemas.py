"""Tool-schema rules: what a tool's JSON Schema gets wrong, as the upstreams that read it see it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from mock_upstream.field_path import Location
from mock_upstream.finding import Check, Finding
from mock_upstream.rule import Rule
from mock_upstream.schema.fault import Fault
from mock_upstream.verdict import Api, Payload

_COMBINATORS: Final = ("oneOf", "anyOf", "allOf", "enum", "not")
_MANY: Final = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
)
"""Keywords whose value maps names to schemas."""
_LIST: Final = frozenset({"oneOf", "anyOf", "allOf", "prefixItems"})
_ONE: Final = frozenset(
    {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}
)
_TYPED: Final = frozenset({"type", "$ref", "oneOf", "anyOf", "allOf", "enum", "const"})

_DEEPEST: Final = 100
"""Steps into a schema; below, nothing is looked at, as no upstream takes such a schema."""

Spot: TypeAlias = tuple[tuple[str | int, ...], dict[str, Any]]
"""A schema within a tool's schema, and the way to it."""

Fails: TypeAlias = Callable[["Tool", Rule, Spot], str | None]
"""Says what is wrong at a spot: the keyword, format, reference or property; None if nothing is."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool with a schema."""

    name: str
    place: Location
    schema: dict[str, Any]
    strict: bool | None


def tool_schema_check(rule: Rule, api: Api) -> Check:
    """Compile a rule on the schemas of a request's tools."""
    fails = _FAILS[str(rule.tool_schema)]

    def check(payload: Payload) -> Iterator[Finding]:
        for tool in _tools(payload, api):
            if not _asked(rule, tool):
                continue
            for spot in _spots(tool.schema, whole=rule.tool_schema != "top_level_combinator"):
                key = fails(tool, rule, spot)
                if key is not None:
                    yield _finding(tool, spot, key, rule)

    return check


def _tools(payload: Payload, api: Api) -> Iterator[Tool]:
    listed = payload.get("tools")
    for at, given in enumerate(listed if isinstance(listed, list) else ()):
        tool: Any = given
        place: Location = ("tools", at)
        if api == "chat" and isinstance(given, dict):
            tool, place = given.get("function"), (*place, "function")
        if isinstance(tool, dict) and isinstance(tool.get("parameters"), dict):
            name, strict = tool.get("name"), tool.get("strict")
            yield Tool(
                name if isinstance(name, str) else "",
                (*place, "parameters"),
                tool["parameters"],
                strict if isinstance(strict, bool) else None,
            )


def _asked(rule: Rule, tool: Tool) -> bool:
    if rule.strict == "explicit":
        return tool.strict is True
    return rule.strict is None or tool.strict is not False


def _spots(schema: dict[str, Any], *, whole: bool) -> Iterator[Spot]:
    """Walk to every schema in a schema, outer before inner, in document order."""
    waiting: list[Spot] = [((), schema)]
    while waiting:
        place, inner = waiting.pop()
        yield place, inner
        if whole and len(place) < _DEEPEST:
            waiting += reversed(list(_below(place, inner)))


def _below(place: tuple[str | int, ...], schema: dict[str, Any]) -> Iterator[Spot]:
    for key, value in schema.items():
        if key in _MANY and isinstance(value, dict):
            found: Any = ((key, name, inner) for name, inner in value.items())
        elif key in _LIST and isinstance(value, list):
            found = ((key, at, inner) for at, inner in enumerate(value))
        elif key in _ONE and isinstance(value, dict):
            yield (*place, key), value
            continue
        else:
            continue
        for outer, step, inner in found:
            if isinstance(inner, dict):
                yield (*place, outer, step), inner


def _finding(tool: Tool, spot: Spot, key: str, rule: Rule) -> Finding:
    place, schema = spot
    way = [*place, "$ref"] if str(rule.tool_schema).startswith("ref_") else list(place)
    extra = {
        "tool": tool.name,
        "context": repr(tuple(map(str, place))),
        "schema_path": ".".join(map(str, way)),
        "key": key,
    }
    return Finding(Fault("value", tool.place, schema), extra)


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object" or (
        "type" not in schema and isinstance(schema.get("properties"), dict)
    )


def _array_items(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot[1]
    kinds = schema.get("type")
    is_array = kinds == "array" or (isinstance(kinds, list) and "array" in kinds)
    return "items" if is_array and "items" not in schema and "prefixItems" not in schema else None


def _object_properties(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot[1]
    missing = schema.get("type") == "object" and "properties" not in schema
    return "properties" if missing else None


def _property_type(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    place, schema = spot
    is_property = len(place) > 1 and place[-2] == "properties"
    return str(place[-1]) if is_property and not _TYPED & schema.keys() else None


def _top_level_combinator(_tool: Tool, rule: Rule, spot: Spot) -> str | None:
    schema = spot[1]
    if schema.get("type") != "object":
        return "type"
    return next((word for word in rule.words or _COMBINATORS if word in schema), None)


def _strict_required(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot[1]
    properties, required = schema.get("properties"), schema.get("required")
    if not _is_object(schema) or not isinstance(properties, dict):
        return None
    listed = set(filter(_is_text, required)) if isinstance(required, list) else set()
    return next((name for name in properties if name not in listed), None)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _strict_additional(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot[1]
    is_open = _is_object(schema) and schema.get("additionalProperties") is not False
    return "additionalProperties" if is_open else None


def _format(_tool: Tool, rule: Rule, spot: Spot) -> str | None:
    said = spot[1].get("format")
    return said if isinstance(said, str) and said not in rule.words else None


def _keyword(_tool: Tool, rule: Rule, spot: Spot) -> str | None:
    return next((key for key in spot[1] if key in rule.words), None)


def _ref(schema: Mapping[str, Any]) -> str | None:
    reference = schema.get("$ref")
    return reference if isinstance(reference, str) else None


def _ref_prefix(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    reference = _ref(spot[1])
    return reference if reference is not None and not reference.startswith("#/$defs/") else None


def _ref_missing(tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    reference = _ref(spot[1])
    if reference is None or not reference.startswith("#/$defs/"):
        return None
    name = reference.removeprefix("#/$defs/").partition("/")[0]
    known = tool.schema.get("$defs")
    return None if isinstance(known, dict) and name in known else reference


def _ref_siblings(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot[1]
    return _ref(schema) if len(schema) > 1 else None


_FAILS: Final[Mapping[str, Fails]] = {
    "array_items": _array_items,
    "object_properties": _object_properties,
    "property_type": _property_type,
    "top_level_combinator": _top_level_combinator,
    "strict_required": _strict_required,
    "strict_additional": _strict_additional,
    "format": _format,
    "keyword": _keyword,
    "ref_prefix": _ref_prefix,
    "ref_missing": _ref_missing,
    "ref_siblings": _ref_siblings,
}
