"""Field paths: the one way we point into a payload.

``metadata`` · ``input[*].thinking_blocks`` · ``input[?type=function_call].id`` ·
``tools[3].name`` · ``metadata["trace.name"]``

A path is one or more steps: a key (``.name``, or ``["any key"]`` as a JSON string), every element
of an array (``[*]``), one element (``[3]``, counted from 0), or the elements that are objects whose
key equals a string (``[?type=function_call]``). ``tests/field_path_vectors.json`` fixes the grammar
for this parser and for the mock's.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Location = tuple[str | int, ...]
"""A concrete place in a payload, such as ``("input", 1, "thinking_blocks")``."""

_BARE = r'[^.\[\]"*\s]+'
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_BARE_NAME = re.compile(_BARE)
_NEXT_STEP = re.compile(
    rf"\.(?P<name>{_BARE})"
    rf"|\[(?:(?P<every>\*)|(?P<index>\d{{1,9}})|(?P<key>{_QUOTED})"
    rf"|\?(?P<where>[^.\[\]\"*\s=]+)=(?P<equals>{_QUOTED}|[^\]\"]+))\]"
)
_EXPECTED = 'a name, .name, ["key"], [*], [N] or [?key=value]'


class FieldPathError(ValueError):
    """A text that is not a field path; the message says what was received, where, and what fits."""


@dataclass(frozen=True, slots=True)
class Key:
    """The value under one key of an object."""

    name: str

    def places(self, value: object) -> Iterator[tuple[str | int, object]]:
        """Yield the matching (key, value) of ``value``."""
        if isinstance(value, dict) and self.name in value:
            yield self.name, value[self.name]

    def __str__(self) -> str:
        if _BARE_NAME.fullmatch(self.name):
            return f".{self.name}"
        return f"[{json.dumps(self.name, ensure_ascii=False)}]"


@dataclass(frozen=True, slots=True)
class Every:
    """Every element of an array."""

    def places(self, value: object) -> Iterator[tuple[str | int, object]]:
        """Yield each (index, element) of ``value``."""
        if isinstance(value, list):
            yield from enumerate(value)

    def __str__(self) -> str:
        return "[*]"


@dataclass(frozen=True, slots=True)
class Index:
    """One element of an array, counted from 0."""

    number: int

    def places(self, value: object) -> Iterator[tuple[str | int, object]]:
        """Yield the (index, element) of ``value`` where there is one."""
        if isinstance(value, list) and self.number < len(value):
            yield self.number, value[self.number]

    def __str__(self) -> str:
        return f"[{self.number}]"


@dataclass(frozen=True, slots=True)
class Where:
    """The elements of an array that are objects whose ``key`` equals the string ``equals``."""

    key: str
    equals: str

    def places(self, value: object) -> Iterator[tuple[str | int, object]]:
        """Yield each matching (index, element) of ``value``."""
        if isinstance(value, list):
            for index, element in enumerate(value):
                if isinstance(element, dict) and element.get(self.key) == self.equals:
                    yield index, element

    def __str__(self) -> str:
        bare = self.equals and not re.search(r'[\]"]', self.equals)
        return f"[?{self.key}={self.equals if bare else json.dumps(self.equals)}]"


Step = Key | Every | Index | Where


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A parsed field path.

    ``find`` tells where it points in a payload, ``remove`` gives the payload without those places.
    """

    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> FieldPath:
        """Parse ``text``; raise `FieldPathError` if it is not a field path."""
        first = _BARE_NAME.match(text)
        if first:
            steps: list[Step] = [Key(first.group())]
            at = first.end()
        elif text.startswith('["'):
            steps, at = [], 0
        else:
            raise _error(text, 0)
        while at < len(text):
            match = _NEXT_STEP.match(text, at)
            if match is None:
                raise _error(text, at)
            steps.append(_step(match, text))
            at = match.end()
        return cls(tuple(steps))

    def find(self, payload: object) -> list[Location]:
        """Return the concrete places that this path points at, in document order."""
        found: list[tuple[Location, object]] = [((), payload)]
        for step in self.steps:
            found = [
                ((*place, key), inner)
                for place, value in found
                for key, inner in step.places(value)
            ]
        return [place for place, _ in found]

    def remove(self, payload: Any) -> Any:
        """Return ``payload`` without the places; untouched parts are shared, nothing is mutated."""
        return _without(payload, self.steps)

    def __str__(self) -> str:
        return "".join(map(str, self.steps)).removeprefix(".")


def _step(match: re.Match[str], text: str) -> Step:
    kind = match.lastgroup
    if kind == "name":
        return Key(match["name"])
    if kind == "every":
        return Every()
    if kind == "index":
        return Index(int(match["index"]))
    if kind == "key":
        return Key(_unquote(match["key"], text, match.start("key")))
    return Where(match["where"], _unquote(match["equals"], text, match.start("equals")))


def _unquote(word: str, text: str, at: int) -> str:
    if not word.startswith('"'):
        return word
    try:
        return str(json.loads(word))
    except json.JSONDecodeError:
        raise _error(text, at) from None


def _error(text: str, at: int) -> FieldPathError:
    return FieldPathError(
        f"not a field path: {text!r} at column {at + 1}; expected {_EXPECTED}, "
        f"such as input[*].thinking_blocks"
    )


def _without(value: Any, steps: tuple[Step, ...]) -> Any:
    places = dict(steps[0].places(value))
    if not places:
        return value
    if len(steps) == 1:
        if isinstance(value, dict):
            return {key: inner for key, inner in value.items() if key not in places}
        return [inner for index, inner in enumerate(value) if index not in places]
    changed = {key: _without(inner, steps[1:]) for key, inner in places.items()}
    if all(changed[key] is places[key] for key in places):
        return value
    copy = value.copy()
    for key, inner in changed.items():
        copy[key] = inner
    return copy
