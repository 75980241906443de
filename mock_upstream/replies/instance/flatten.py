"""One subschema as a single set of demands: its references followed, its `allOf` merged.

What is left to choose, `anyOf`, `oneOf` and `if`, comes as lists of branches.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mock_upstream.replies.instance.limits import Unsatisfiable, Work
from mock_upstream.replies.instance.number import is_number

Demands = dict[str, Any]

_LONGEST_POINTER: Final = 64
"""Steps of a reference that are followed."""
_TYPES: Final = 20
"""Types of one list that are looked at; JSON has seven."""
_INDICES: Final = 100
"""Places of a list that a reference may name."""


@dataclass(slots=True)
class Flat:
    """Demands that all hold, lists of branches to choose from, and the references on the way."""

    demands: Demands = field(default_factory=dict)
    branches: list[list[object]] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)


def flatten(schema: object, root: object, work: Work) -> Flat:
    """Merge a subschema. Raises `Unsatisfiable` where its parts contradict each other."""
    flat = Flat()
    queue = [schema]
    for part in queue:  # grows while it is read
        work.step()
        if part is False:
            raise Unsatisfiable("a schema allows nothing")
        if not isinstance(part, dict):
            continue
        reference = part.get("$ref")
        if isinstance(reference, str):
            if reference in flat.refs:
                raise Unsatisfiable(f"{reference} refers to itself")
            flat.refs.add(reference)
            queue.append(resolve(reference, root))
        queue += _list(part.get("allOf"))
        flat.branches += _branches(part)
        _merge(flat.demands, part, work)
    return flat


def resolve(reference: str, root: object) -> object:
    """Follow a reference within the schema. Raises `Unsatisfiable` for any other."""
    if reference != "#" and not reference.startswith("#/"):
        raise Unsatisfiable(f"$ref {reference[:80]!r} leads out of the schema")
    steps = reference.split("/")[1:]
    if len(steps) > _LONGEST_POINTER:
        raise Unsatisfiable(f"a $ref has {len(steps)} steps")
    place = root
    for step in steps:
        name = step.replace("~1", "/").replace("~0", "~").replace("%25", "%")
        if isinstance(place, dict) and name in place:
            place = place[name]
        elif isinstance(place, list) and name in map(str, range(min(len(place), _INDICES))):
            place = place[int(name)]
        else:
            raise Unsatisfiable(f"$ref {reference[:80]!r} leads nowhere")
    return place


def _branches(part: Mapping[str, Any]) -> list[list[object]]:
    branches = [_list(part[name]) for name in ("anyOf", "oneOf") if _list(part.get(name))]
    if "if" in part:
        met: list[object] = [part["if"], part.get("then", True)]
        unmet: list[object] = [{"not": part["if"]}, part.get("else", True)]
        branches.append([{"allOf": met}, {"allOf": unmet}])
    return branches


def _merge(demands: Demands, part: Mapping[str, Any], work: Work) -> None:
    for name, value in part.items():
        work.step()
        if name == "const":
            name, value = "enum", [value]  # noqa: PLW2901 -- the same demand in other words
        merge = _MERGES.get(name)
        if merge is None:
            continue
        if name in demands:
            demands[name] = merge(demands[name], value)
        elif name != "type" or isinstance(value, str | list):
            demands[name] = [value] if name == "type" and isinstance(value, str) else value


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _types(old: object, new: object) -> list[object]:
    """Keep the types that both allow; a whole number is a number."""
    ours, theirs = _list(old)[:_TYPES], ([new] if isinstance(new, str) else _list(new))[:_TYPES]
    both = [one for one in ours if one in theirs or (one == "integer" and "number" in theirs)]
    both += [one for one in theirs if one == "integer" and "number" in ours and one not in both]
    if not both:
        raise Unsatisfiable(f"no type is both {ours} and {theirs}")
    return both


def _both(old: object, new: object) -> object:
    return {"allOf": [old, new]}


def _properties(old: object, new: object) -> object:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return old if isinstance(old, dict) else new
    return old | {name: _both(old[name], new[name]) if name in old else new[name] for name in new}


def _union(old: object, new: object) -> object:
    return list(dict.fromkeys(one for one in (*_list(old), *_list(new)) if isinstance(one, str)))


def _shared(old: object, new: object) -> object:
    """Keep what both list; written out, since `true` equals 1."""
    theirs = set(map(repr, _list(new)))
    return [one for one in _list(old) if repr(one) in theirs]


def _largest(old: Any, new: Any) -> object:
    return max(old, new) if is_number(old) and is_number(new) else new


def _smallest(old: Any, new: Any) -> object:
    return min(old, new) if is_number(old) and is_number(new) else new


def _first(old: object, _new: object) -> object:
    """Keep the first; the finished instance is checked against both."""
    return old


_MERGES: Final[Mapping[str, Callable[[Any, Any], object]]] = {
    "type": _types,
    "enum": _shared,
    "properties": _properties,
    "patternProperties": _properties,
    "dependentRequired": _properties,
    "required": _union,
    "items": _both,
    "contains": _both,
    "additionalProperties": _both,
    "additionalItems": _both,
    "propertyNames": _both,
    "prefixItems": _first,
    "multipleOf": _first,
    "pattern": _first,
    "format": _first,
    "not": _first,
    "uniqueItems": _first,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems"), _largest),
    **dict.fromkeys(("minProperties", "minContains"), _largest),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems"), _smallest),
    **dict.fromkeys(("maxProperties",), _smallest),
}
"""The demands that count, and how two of one name are met at once."""
