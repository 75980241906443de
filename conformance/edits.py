"""Edits: how one payload departs from another, in field paths, losing nothing.

``difference(base, payload)`` gives edits; ``apply(edits, base)`` gives ``payload`` back, its keys
in their order, since that is bytes too. Removals that cover every place of a pattern are told as
the pattern (``input[*].thinking_blocks``).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from common.field_path import Every, FieldPath, Index, Key, Location, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


class EditError(ValueError):
    """A text that is not an edit, or an edit that does not fit its payload."""


@dataclass(frozen=True, slots=True)
class Without:
    """Removes what ``path`` points at."""

    path: FieldPath

    def apply(self, payload: Any) -> Any:
        """Return ``payload`` without the field; raise `EditError` where there is none."""
        if not self.path.find(payload):
            raise EditError(f"nothing to remove at {self.path}")
        return self.path.remove(payload)

    def __str__(self) -> str:
        return f"without {self.path}"


@dataclass(frozen=True, slots=True)
class With:
    """Sets what the concrete ``path`` points at to ``value`` (JSON, as text)."""

    path: FieldPath
    value: str

    def apply(self, payload: Any) -> Any:
        """Return a copy of ``payload`` with the value set; raise `EditError` where it can't be."""
        return _set(payload, self.path.steps, orjson.loads(self.value), str(self))

    def __str__(self) -> str:
        return f"with {self.path} = {self.value}"


@dataclass(frozen=True, slots=True)
class Instead:
    """Another payload altogether: what to say when not even the outermost kind is the same."""

    value: str

    def apply(self, payload: Any) -> Any:  # noqa: ARG002 -- every edit is applied the same way
        """Return the other payload."""
        return orjson.loads(self.value)

    def __str__(self) -> str:
        return f"instead {self.value}"


@dataclass(frozen=True, slots=True)
class Order:
    """Puts the keys of the object at ``path`` (concrete; None is the payload) into this order."""

    path: FieldPath | None
    keys: tuple[str, ...]

    def apply(self, payload: Any) -> Any:
        """Return ``payload`` in that order; raise `EditError` where there are other keys."""
        if self.path is None:
            return self._ordered(payload)
        return _change(payload, self.path.steps, self._ordered, str(self))

    def _ordered(self, value: Any) -> Any:
        if not isinstance(value, dict) or sorted(value) != sorted(self.keys):
            raise EditError(f"other keys are there: {self}")
        return {key: value[key] for key in self.keys}

    def __str__(self) -> str:
        where = "" if self.path is None else f"{self.path} "
        return f"order {where}= {_json(self.keys)}"


@dataclass(frozen=True, slots=True)
class Spelled:
    """The same JSON in other bytes than where this edit is not: the begin of their sha256."""

    sha256: str

    def apply(self, payload: Any) -> Any:
        """Return ``payload``: what differs is no JSON."""
        return payload

    def __str__(self) -> str:
        return f"spelled {self.sha256}"


Edit = Without | With | Instead | Order | Spelled

_AT = re.compile(r'(?P<path>(?:[^"\s]|"(?:[^"\\]|\\.)*")+) = (?P<value>.+)')
"""A path may hold " = " only inside a quoted key."""


def difference(base: Any, payload: Any) -> tuple[Edit, ...]:
    """Return the edits that turn ``base`` into ``payload``; none if they are the same JSON."""
    if not (isinstance(base, dict) and isinstance(payload, dict)):
        return () if same(base, payload) else (Instead(_json(payload)),)
    gone: list[Location] = []
    changed: list[tuple[Location, Any]] = []
    for place, value in _departures(base, payload, ()):
        if value is _GONE:
            gone.append(place)
        else:
            changed.append((place, value))
    sets = (With(concrete(place), _json(value)) for place, value in changed)
    edits: tuple[Edit, ...] = (*_removals(gone, base), *sets)
    return (*edits, *_orders(apply(edits, base), payload, ()))


def apply(edits: Iterable[Edit], base: Any) -> Any:
    """Return ``base`` with ``edits`` made one after the other; ``base`` is not touched."""
    for edit in edits:
        base = edit.apply(base)
    return base


def parse_edit(text: str) -> Edit:
    """Parse what ``str(edit)`` wrote; raise `EditError` or `FieldPathError` for anything else."""
    verb, _, rest = text.partition(" ")
    if verb == "without":
        return Without(FieldPath.parse(rest))
    if verb == "with" and (parts := _AT.fullmatch(rest)):
        return With(FieldPath.parse(parts["path"]), parts["value"])
    if verb == "order" and rest.startswith("= "):
        return Order(None, _keys(rest.removeprefix("= ")))
    if verb == "order" and (parts := _AT.fullmatch(rest)):
        return Order(FieldPath.parse(parts["path"]), _keys(parts["value"]))
    if verb == "instead":
        return Instead(rest)
    if verb == "spelled":
        return Spelled(rest)
    raise EditError(f"not an edit: {text!r}; expected 'without PATH' or 'with PATH = JSON'")


def _keys(text: str) -> tuple[str, ...]:
    return tuple(orjson.loads(text))


_GONE = object()


def _departures(base: Any, payload: Any, place: Location) -> Iterator[tuple[Location, Any]]:
    if type(base) is type(payload) is dict:
        for key in base:
            if key not in payload:
                yield (*place, key), _GONE
        for key, value in payload.items():
            if key not in base:
                yield (*place, key), value
            else:
                yield from _departures(base[key], value, (*place, key))
    elif type(base) is type(payload) is list and len(base) == len(payload):
        for index, (old, new) in enumerate(zip(base, payload, strict=True)):
            yield from _departures(old, new, (*place, index))
    elif not same(base, payload):
        yield place, payload


def _orders(base: Any, payload: Any, place: Location) -> Iterator[Order]:
    """Tell where the keys of the same JSON stand in another order."""
    if isinstance(base, dict):
        if list(base) != list(payload):
            yield Order(concrete(place) if place else None, tuple(payload))
        for key, value in payload.items():
            yield from _orders(base[key], value, (*place, key))
    elif isinstance(base, list):
        for index, (old, new) in enumerate(zip(base, payload, strict=True)):
            yield from _orders(old, new, (*place, index))


def _removals(gone: list[Location], base: Any) -> Iterator[Without]:
    """Tell removals as patterns where a pattern has just these places."""
    for pattern, places in itertools.groupby(sorted(gone, key=_pattern_key), key=_pattern):
        here = list(places)
        path = FieldPath(pattern)
        if sorted(path.find(base), key=repr) == sorted(here, key=repr):
            yield Without(path)
        else:
            yield from (Without(concrete(place)) for place in here)


def _pattern(place: Location) -> tuple[Step, ...]:
    return tuple(Key(step) if isinstance(step, str) else Every() for step in place)


def _pattern_key(place: Location) -> tuple[str, str]:
    return str(FieldPath(_pattern(place))), repr(place)


def concrete(place: Sequence[str | int]) -> FieldPath:
    """Return the path that points at ``place`` alone."""
    return FieldPath(tuple(Key(s) if isinstance(s, str) else Index(s) for s in place))


def _set(payload: Any, steps: tuple[Step, ...], value: Any, edit: str) -> Any:
    return _change(payload, steps, lambda _: value, edit, adds=True)


def _change(
    payload: Any,
    steps: tuple[Step, ...],
    change: Callable[[Any], Any],
    edit: str,
    *,
    adds: bool = False,
) -> Any:
    """Copy ``payload`` with what stands at ``steps`` changed; ``adds`` a key that is not there."""
    step = steps[0]
    key: Any = step.name if isinstance(step, Key) else getattr(step, "number", None)
    fits = isinstance(payload, dict if isinstance(step, Key) else list)
    is_there = fits and bool(list(step.places(payload)))
    is_added = adds and fits and len(steps) == 1 and isinstance(step, Key)
    if key is None or not (is_there or is_added):
        raise EditError(f"nowhere to put it: {edit}")
    copy = payload.copy()
    if len(steps) == 1:
        copy[key] = change(copy[key] if is_there else None)
    else:
        copy[key] = _change(payload[key], steps[1:], change, edit, adds=adds)
    return copy


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON, keys in the same order; ``1`` and ``true`` are not."""
    return type(one) is type(other) and _json(one) == _json(other)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
