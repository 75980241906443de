"""Tool-schema rules: what a tool's JSON Schema gets wrong, as the upstreams that read it see it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from mock_upstream.judging.finding import Check, Finding
from mock_upstream.judging.request_view import RequestView
from mock_upstream.profile_format.rule import Rule
from mock_upstream.schema.fault import Fault
from mock_upstream.tool_spots import Spot, Tool, tools_of
from mock_upstream.verdict import Api

_COMBINATORS: Final = ("oneOf", "anyOf", "allOf", "enum", "not")
_TYPED: Final = frozenset({"type", "$ref", "oneOf", "anyOf", "allOf", "enum", "const"})

Fails: TypeAlias = Callable[[Tool, Rule, Spot], str | None]
"""Says what is wrong at a spot: the keyword, format, reference or property; None if nothing is."""


def tool_schema_check(rule: Rule, api: Api) -> Check:
    """Compile a rule on the schemas of a request's tools."""
    fails = _FAILS[str(rule.tool_schema)]
    top = rule.tool_schema == "top_level_combinator"

    def check(request: RequestView) -> Iterator[Finding]:
        for tool in request.shared(("tools", api), lambda payload: list(tools_of(payload, api))):
            if not _asked(rule, tool):
                continue
            for spot in tool.spots[:1] if top else tool.spots:
                key = fails(tool, rule, spot)
                if key is not None:
                    yield _finding(tool, spot, key, rule)

    return check


def _asked(rule: Rule, tool: Tool) -> bool:
    if rule.strict == "explicit":
        return tool.strict is True
    return rule.strict is None or tool.strict is not False


def _finding(tool: Tool, spot: Spot, key: str, rule: Rule) -> Finding:
    place = spot.place
    way = [*place, "$ref"] if str(rule.tool_schema).startswith("ref_") else list(place)
    extra = {
        "tool": tool.name,
        "context": repr(tuple(map(str, place))),
        "schema_path": ".".join(map(str, way)),
        "key": key,
    }
    return Finding(Fault("value", tool.place, spot.schema), extra)


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object" or (
        "type" not in schema and isinstance(schema.get("properties"), dict)
    )


def _array_items(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot.schema
    kinds = schema.get("type")
    is_array = kinds == "array" or (isinstance(kinds, list) and "array" in kinds)
    return "items" if is_array and "items" not in schema and "prefixItems" not in schema else None


def _object_properties(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot.schema
    missing = schema.get("type") == "object" and "properties" not in schema
    return "properties" if missing else None


def _property_type(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    return spot.name if spot.name is not None and not _TYPED & spot.schema.keys() else None


def _top_level_combinator(_tool: Tool, rule: Rule, spot: Spot) -> str | None:
    schema = spot.schema
    if schema.get("type") != "object":
        return "type"
    return next((word for word in rule.words or _COMBINATORS if word in schema), None)


def _strict_required(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot.schema
    properties, required = schema.get("properties"), schema.get("required")
    if not _is_object(schema) or not isinstance(properties, dict):
        return None
    listed = set(filter(_is_text, required)) if isinstance(required, list) else set()
    return next((name for name in properties if name not in listed), None)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _strict_additional(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot.schema
    is_open = _is_object(schema) and schema.get("additionalProperties") is not False
    return "additionalProperties" if is_open else None


def _format(_tool: Tool, rule: Rule, spot: Spot) -> str | None:
    said = spot.schema.get("format")
    return said if isinstance(said, str) and said not in rule.words else None


def _keyword(_tool: Tool, rule: Rule, spot: Spot) -> str | None:
    return next((key for key in spot.schema if key in rule.words), None)


def _ref(schema: Mapping[str, Any]) -> str | None:
    reference = schema.get("$ref")
    return reference if isinstance(reference, str) else None


def _ref_prefix(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    reference = _ref(spot.schema)
    return reference if reference is not None and not reference.startswith("#/$defs/") else None


def _ref_missing(tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    reference = _ref(spot.schema)
    if reference is None or not reference.startswith("#/$defs/"):
        return None
    name = reference.removeprefix("#/$defs/").partition("/")[0]
    known = tool.schema.get("$defs")
    return None if isinstance(known, dict) and name in known else reference


def _ref_siblings(_tool: Tool, _rule: Rule, spot: Spot) -> str | None:
    schema = spot.schema
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
