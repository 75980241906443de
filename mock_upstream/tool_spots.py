"""The tools of a request with every schema in their schemas, each with the way to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from mock_upstream.field_path import Location
from mock_upstream.verdict import Api, Payload

_MANY: Final = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
)
"""Keywords whose value maps names to schemas."""
_LIST: Final = frozenset({"oneOf", "anyOf", "allOf", "prefixItems"})
_ONE: Final = frozenset(
    {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}
)
_HOLDERS: Final = _MANY | _LIST | _ONE
_DEEPEST: Final = 100
"""Steps into a schema; below, nothing is looked at, as no upstream takes such a schema."""

Link: TypeAlias = tuple[Any, ...]
"""A way into a schema, last step first: (step, step, Link), (step, Link), or () for the top."""


class Spot:
    """A schema within a tool's schema. The way to it is made only where it is told."""

    __slots__ = ("_link", "name", "schema")

    def __init__(self, schema: dict[str, Any], link: Link, name: str | None) -> None:
        self.schema = schema
        self.name = name
        """Its name, if it is a property."""
        self._link = link

    @property
    def place(self) -> tuple[str | int, ...]:
        """The way to it from the top of the tool's schema."""
        steps: list[str | int] = []
        link = self._link
        while link:
            *last, link = link
            steps += reversed(last)
        return tuple(reversed(steps))


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool with a schema. `spots` are that and every schema in it, in document order."""

    name: str
    place: Location
    schema: dict[str, Any]
    strict: bool | None
    spots: tuple[Spot, ...]


def tools_of(payload: Payload, api: Api) -> Iterator[Tool]:
    """List the tools that have a schema."""
    listed = payload.get("tools")
    for at, given in enumerate(listed if isinstance(listed, list) else ()):
        tool: Any = given
        place: Location = ("tools", at)
        if api == "chat" and isinstance(given, dict):
            tool, place = given.get("function"), (*place, "function")
        if isinstance(tool, dict) and isinstance(tool.get("parameters"), dict):
            name, strict, schema = tool.get("name"), tool.get("strict"), tool["parameters"]
            yield Tool(
                name if isinstance(name, str) else "",
                (*place, "parameters"),
                schema,
                strict if isinstance(strict, bool) else None,
                tuple(_spots(schema)),
            )


def _spots(schema: dict[str, Any]) -> Iterator[Spot]:
    """Walk to every schema in a schema, outer before inner."""
    waiting: list[tuple[Spot, Link, int]] = [(Spot(schema, (), None), (), 0)]
    while waiting:
        spot, link, depth = waiting.pop()
        yield spot
        if depth == _DEEPEST:
            continue
        below: list[tuple[Spot, Link, int]] = []
        for keyword, value in spot.schema.items():
            if keyword in _HOLDERS:
                below += [
                    (Spot(inner, way, name), way, depth + 1)
                    for inner, way, name in _held(keyword, value, link)
                ]
        if below:
            waiting += reversed(below)


def _held(
    keyword: str, value: object, link: Link
) -> Iterator[tuple[dict[str, Any], Link, str | None]]:
    """List the schemas that a keyword holds, with the way to each and the name of a property."""
    if isinstance(value, dict) and keyword in _MANY:
        is_property = keyword == "properties"
        for name, inner in value.items():
            if isinstance(inner, dict):
                yield inner, (keyword, name, link), name if is_property else None
    elif isinstance(value, list) and keyword in _LIST:
        for at, inner in enumerate(value):
            if isinstance(inner, dict):
                yield inner, (keyword, at, link), None
    elif isinstance(value, dict) and keyword in _ONE:
        yield value, (keyword, link), None
