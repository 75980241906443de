"""Walks to the places that a field path names; the common shapes of a path without detours."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from mock_upstream.field_path import Every, FieldPath, Key, Location, Where

Walk: TypeAlias = Callable[[Any], Iterator[tuple[Location, Any]]]
"""Yields the places in a JSON value, in document order, with what is there."""


def walk_of(path: FieldPath) -> Walk:
    """Compile the walk along a path."""
    match path.steps:
        case (Key(name),):
            return _of_key(name)
        case (Key(name), Every(), Key(last)):
            return _of_elements(name, None, last)
        case (Key(name), Where() as where, Key(last)):
            return _of_elements(name, where, last)
    return lambda value: _any(path, value)


def _of_key(name: str) -> Walk:
    def walk(value: Any) -> Iterator[tuple[Location, Any]]:
        if isinstance(value, dict) and name in value:
            yield (name,), value[name]

    return walk


def _of_elements(name: str, where: Where | None, last: str) -> Walk:
    key, wanted = (where.key, where.wanted) if where else ("", "")

    def walk(value: Any) -> Iterator[tuple[Location, Any]]:
        elements = value.get(name) if isinstance(value, dict) else None
        if not isinstance(elements, list):
            return
        for at, element in enumerate(elements):
            if isinstance(element, dict) and last in element:
                if key and element.get(key) != wanted:
                    continue
                yield (name, at, last), element[last]

    return walk


def _any(path: FieldPath, value: object) -> Iterator[tuple[Location, Any]]:
    """Walk along a path of any shape, on a stack of its own."""
    place: list[str | int] = []
    stack = [iter(path.steps[0].into(value))]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            del place[-1:]
        elif len(stack) == len(path.steps):
            yield (*place, found[0]), found[1]
        else:
            place.append(found[0])
            stack.append(iter(path.steps[len(stack)].into(found[1])))
