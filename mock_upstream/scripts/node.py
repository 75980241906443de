"""A value in a script, and where it stands: what reads it can say what is wrong there."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from mock_upstream.field_path import render
from mock_upstream.nearest import nearest
from mock_upstream.scripts.condition import shown

Place: TypeAlias = tuple[str | int, ...]
T = TypeVar("T")
W = TypeVar("W", bound=str)


class RefusedError(ValueError):
    """One fault of a script, in full words; the reader goes on behind it."""


class Lines(Protocol):
    """Knows on which line a place stands."""

    def line(self, place: Place) -> int:
        """Give the line, from 1."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a script came from: what it is called, and its lines where it is a text."""

    origin: str
    lines: Lines | None = None

    def line(self, place: Place) -> int | None:
        """Give the line of a place, if there are lines."""
        return None if self.lines is None else self.lines.line(place)


@dataclass(frozen=True, slots=True)
class Node:
    """A value at a place of a script. Its methods read it, or raise `RefusedError`."""

    value: object
    place: Place
    source: Source

    @property
    def line(self) -> int | None:
        """The line that it stands on, if that is known."""
        return self.source.line(self.place)

    def refuse(self, what: str) -> RefusedError:
        """Put a fault into words: `ORIGIN:LINE: PLACE: what`; the whole has no place."""
        line = self.line
        where = self.source.origin if line is None else f"{self.source.origin}:{line}"
        place = f"{render(self.place)}: " if self.place else ""
        return RefusedError(f"{where}: {place}{what}")

    def expected(self, what: str) -> RefusedError:
        """Put into words that something else was expected."""
        return self.refuse(f"received {shown(self.value)}; expected {what}")

    def within(self, step: str | int, value: object) -> "Node":
        """Give the node of a value inside this one."""
        return Node(value, (*self.place, step), self.source)

    def entries(self, what: str) -> Iterator[tuple[str, "Node"]]:
        """List the keys of a mapping, whatever they are called, with their nodes."""
        if not isinstance(self.value, Mapping):
            raise self.expected(what)
        for key, value in self.value.items():
            if not isinstance(key, str):
                raise self.refuse(f"received the key {shown(key)}; expected text; write '{key}'")
            yield key, self.within(key, value)

    def mapping(self, keys: Collection[str]) -> dict[str, "Node"]:
        """Read a mapping that has no other keys than these."""
        found = dict(self.entries(f"a mapping with some of {', '.join(keys)}"))
        for key, node in found.items():
            if key not in keys:
                raise node.unknown(keys)
        return found

    def unknown(self, keys: Collection[str]) -> RefusedError:
        """Put into words that the key of this value is not known."""
        word = nearest(str(self.place[-1]), keys)
        return self.refuse(f"unknown key; expected one of {', '.join(keys)}{word}")

    def items(self) -> list["Node"]:
        """Read a list."""
        if not isinstance(self.value, list | tuple):
            raise self.expected("a list")
        return [self.within(at, value) for at, value in enumerate(self.value)]

    def text(self) -> str:
        """Read a text."""
        if not isinstance(self.value, str):
            hint = f'; write "{self.value}"' if isinstance(self.value, int | float) else ""
            raise self.expected(f"text{hint}")
        self.json()
        return self.value

    def word(self, words: tuple[W, ...]) -> W:
        """Read one of several words."""
        for one in words:
            if self.value == one:
                return one
        raise self.expected(f"one of {', '.join(words)}{nearest(str(self.value), words)}")

    def flag(self) -> bool:
        """Read true or false."""
        if not isinstance(self.value, bool):
            raise self.expected("true or false")
        return self.value

    def whole(self) -> int:
        """Read a whole number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.expected("a whole number")
        return self.value

    def number(self) -> float:
        """Read a number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.expected("a number")
        return self.value

    def json(self) -> object:
        """Read any JSON value; YAML knows others, such as dates."""
        if not _is_json(self.value):
            raise self.expected("a JSON value in UTF-8; write a date as text")
        return self.value

    def made(self, make: Callable[[], T]) -> T:
        """Make something of what was read; what it cannot be made of is told with the place."""
        try:
            return make()
        except RefusedError:
            raise
        except (ValueError, TypeError) as error:
            raise self.refuse(str(error)) from None


def _is_json(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, dict):
        return all(_is_text(key) and _is_json(one) for key, one in value.items())
    return value is None or _is_text(value) or isinstance(value, bool | int | float)


def _is_text(value: object) -> bool:
    """Say whether a value is a text that UTF-8 can carry: half a surrogate pair is none."""
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
