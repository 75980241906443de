"""Field paths, as the mock reads and writes them: where a rule points, where a payload offends.

The grammar is the project's own (`metadata`, `input[*].thinking_blocks`,
`input[?type=function_call].id`, `tools[3].name`, `metadata["trace.name"]`) and is held to
`tests/field_path_vectors.json`. The mock has a parser of its own so that it can be installed
alone.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""A concrete place in a payload: object keys and array indices from the root."""

Reached: TypeAlias = tuple[str | int, object]
"""What one step reaches: a key or index, and the value there."""

_NOT_BARE = re.compile(r'[.\[\]"*\s]')
_LONGEST_INDEX = 9  # digits; more is no index into a body that fits in memory
_EXPECTED = 'a name, .name, ["key"], [*], [N] or [?key=value]'


class FieldPathError(ValueError):
    """A text that is not a field path; says what was received, at which column, what fits."""


@dataclass(frozen=True, slots=True)
class Key:
    """Step into the value of one object key."""

    name: str

    def into(self, value: object) -> Iterable[Reached]:
        """Give the pair of the key, if `value` is an object that has it."""
        if isinstance(value, dict) and self.name in value:
            return ((self.name, value[self.name]),)
        return ()


@dataclass(frozen=True, slots=True)
class Index:
    """Step into one array element, counted from 0."""

    position: int

    def into(self, value: object) -> Iterable[Reached]:
        """Give the element, if `value` is an array that is long enough."""
        if isinstance(value, list) and self.position < len(value):
            return ((self.position, value[self.position]),)
        return ()


@dataclass(frozen=True, slots=True)
class Every:
    """Step into every array element."""

    def into(self, value: object) -> Iterable[Reached]:
        """Give all elements, if `value` is an array."""
        return enumerate(value) if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True)
class Where:
    """Step into the array elements that are objects whose `key` is the string `wanted`."""

    key: str
    wanted: str

    def into(self, value: object) -> Iterable[Reached]:
        """Give the matching elements, if `value` is an array."""
        return (
            (position, element)
            for position, element in enumerate(value if isinstance(value, list) else ())
            if isinstance(element, dict) and element.get(self.key) == self.wanted
        )


Step: TypeAlias = Key | Index | Every | Where


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A parsed field path."""

    text: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> "FieldPath":
        """Read a field path. Raises `FieldPathError`."""
        return cls(text, tuple(_read(text)))

    def find(self, payload: object) -> list[Location]:
        """List the concrete places that the path names in `payload`, in document order."""
        reached: list[tuple[Location, object]] = [((), payload)]
        for step in self.steps:
            reached = [
                ((*place, key), inner)
                for place, value in reached
                for key, inner in step.into(value)
            ]
            if not reached:
                break
        return [place for place, _ in reached]

    def first(self, payload: object) -> Location | None:
        """Give the first of the places that `find` lists, without looking for the others."""
        place: list[str | int] = []
        stack = [iter(self.steps[0].into(payload))]
        while stack:
            reached = next(stack[-1], None)
            if reached is None:
                stack.pop()
                del place[-1:]
            elif len(stack) == len(self.steps):
                return (*place, reached[0])
            else:
                place.append(reached[0])
                stack.append(iter(self.steps[len(stack)].into(reached[1])))
        return None


def render(location: Iterable[str | int]) -> str:
    """Write a concrete place as a field path, such as `input[1].thinking_blocks`."""
    parts: list[str] = []
    for step in location:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _is_bare(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f"[{json.dumps(step, ensure_ascii=False)}]")
    return "".join(parts)


def _is_bare(name: str) -> bool:
    return _bare_end(name, 0) == len(name) > 0


def _bare_end(text: str, start: int) -> int:
    """Find where the bare name that begins at `start` ends."""
    end = _NOT_BARE.search(text, start)  # a key may have megabytes
    return end.start() if end else len(text)


def _read(text: str) -> Iterator[Step]:
    at = 0
    if not text.startswith('["'):
        at = _bare_end(text, 0)
        if at == 0:
            raise _refuse(text, 0)
        yield Key(text[:at])
    while at < len(text):
        step, at = _read_step(text, at)
        yield step


def _read_step(text: str, at: int) -> tuple[Step, int]:
    """Read the step that begins at `at`; return it and where the next one begins."""
    if text[at] == ".":
        end = _bare_end(text, at + 1)
        if end == at + 1:
            raise _refuse(text, at)
        return Key(text[at + 1 : end]), end
    if text[at] != "[":
        raise _refuse(text, at)
    opened = text[at + 1 : at + 2]
    if opened == '"':
        name, end = _read_quoted(text, at + 1, step_at=at)
        return Key(name), end
    if opened == "?":
        return _read_where(text, at)
    inside = text[at + 1 : max(text.find("]", at), at + 1)]
    if inside == "*":
        return Every(), at + 3
    if inside.isascii() and inside.isdigit() and len(inside) <= _LONGEST_INDEX:
        return Index(int(inside)), at + len(inside) + 2
    raise _refuse(text, at)


def _read_where(text: str, at: int) -> tuple[Step, int]:
    """Read `[?key=value]`, which begins at `at`."""
    key, equals, _ = text[at + 2 : _bare_end(text, at + 2)].partition("=")
    value_at = at + 2 + len(key) + 1
    if not key or not equals:
        raise _refuse(text, at)
    if text.startswith('"', value_at):
        wanted, end = _read_quoted(text, value_at, step_at=at)
        return Where(key, wanted), end
    wanted = text[value_at : max(text.find("]", value_at), value_at)]
    if not wanted or '"' in wanted:
        raise _refuse(text, at)
    return Where(key, wanted), value_at + len(wanted) + 1


def _read_quoted(text: str, at: int, *, step_at: int) -> tuple[str, int]:
    """Read the JSON string at `at` and the bracket that closes its step."""
    end = at + 1
    while end < len(text) and text[end] != '"':
        end += 2 if text[end] == "\\" else 1
    if not text.startswith('"]', end):
        raise _refuse(text, step_at)
    try:
        return str(json.loads(text[at : end + 1])), end + 2
    except json.JSONDecodeError:
        raise _refuse(text, at) from None


def _refuse(text: str, at: int) -> FieldPathError:
    return FieldPathError(
        f"{text!r} is no field path: at column {at + 1} expected {_EXPECTED}; "
        "for example input[*].thinking_blocks"
    )
