"""Shapes: reads the schema's descriptions of values, and joins those that meet at one place.

Besides the shapes of `type_walk` there are three with bounds, which the limits add:
`{"of": "string", "min_length": …, "max_length": …}`, `{"of": "integer" | "number", "minimum": …,
"maximum": …}`, and `min_items`, `max_items` beside `items`, `max_properties` and `max_key_length`
beside `map`. Where several alternatives meet, the loosest bound counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

Shape: TypeAlias = str | Mapping[str, Any]
"""A value's shape: see `mock_upstream.schema.type_walk`."""

_LOWER = ("minimum", "min_length", "min_items")
_UPPER = ("maximum", "max_length", "max_items", "max_properties", "max_key_length")
BOUNDS = (*_LOWER, *_UPPER)


def members(shapes: Iterable[Shape]) -> list[Shape]:
    """List the members of the union of `shapes`, flat, each once, in their order."""
    found: dict[bytes, Shape] = {}
    waiting = list(shapes)
    while waiting:
        shape = waiting.pop(0)
        if isinstance(shape, Mapping) and "any_of" in shape:
            waiting[:0] = shape["any_of"]
        else:
            found.setdefault(orjson.dumps(shape), shape)
    return list(found.values())


def truths_joined(alternatives: list[Shape]) -> list[Shape]:
    """Write enums of true and of false that meet as a boolean: `stream`, of two request types."""
    truths = [shape for shape in alternatives if shape in ({"enum": [False]}, {"enum": [True]})]
    if len(truths) < 2:  # noqa: PLR2004 - both of them
        return alternatives
    return [
        "boolean" if shape == truths[0] else shape for shape in alternatives if shape != truths[1]
    ]


def kind(member: Shape) -> str:
    """Name a member's kind: `string`, `integer`, …, `enum`, `array`, `map`, `object`, `any`."""
    if isinstance(member, str):
        return member
    if "of" in member:
        return str(member["of"])
    if "items" in member:
        return "array"
    if "ref" in member:
        return "object"
    return "enum" if "enum" in member else "map"


def literals(shape: Shape) -> list[str]:
    """List the strings of a shape's enums, in order."""
    return [
        value
        for member in members([shape])
        if isinstance(member, Mapping)
        for value in member.get("enum", ())
        if isinstance(value, str)
    ]


def is_free(shape: Shape) -> bool:
    """Say whether a shape takes any string."""
    return any(kind(member) in ("string", "any") for member in members([shape]))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a value may go: of a number its value, of others their length; None is no bound."""

    lowest: float | None = None
    highest: float | None = None


def bounds(alternatives: Sequence[Shape], lowest: str, highest: str) -> Bounds:
    """Join two bounds of alternatives: what one of them leaves open stays open."""
    lows = [_bound(shape, lowest) for shape in alternatives]
    highs = [_bound(shape, highest) for shape in alternatives]
    return Bounds(
        None if None in lows else min((low for low in lows if low is not None), default=None),
        None if None in highs else max((high for high in highs if high is not None), default=None),
    )


def _bound(shape: Shape, name: str) -> float | None:
    value: float | None = shape.get(name) if isinstance(shape, Mapping) else None
    return value


def limited(shape: Shape, limit: Mapping[str, Any]) -> Shape | None:
    """Add a limit to the members of a shape that it is `of`; None if there are none.

    A limit is `{"of": kind, bound: number, …}`, for arrays and maps with `each`, a limit of what
    they hold, and `noun`, what an error calls the object.
    """
    if isinstance(shape, Mapping) and "any_of" in shape:
        parts = [limited(part, limit) for part in shape["any_of"]]
        if all(part is None for part in parts):
            return None
        kept = zip(parts, shape["any_of"], strict=True)
        return {"any_of": [old if new is None else new for new, old in kept]}
    if kind(shape) != limit["of"]:
        return None
    added = {name: limit[name] for name in (*BOUNDS, "noun") if name in limit}
    old: dict[str, Any] = {"of": shape} if isinstance(shape, str) else dict(shape)
    if "each" in limit:
        holder = "items" if "items" in old else "map"
        inner = limited(old[holder], limit["each"])
        if inner is None:
            return None
        old[holder] = inner
    return old | added
