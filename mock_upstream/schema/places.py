"""Places: what the compiled schema knows of one place of a request, and how a value is opened.

A `Place` tells by a value's type what is to be checked there. A check opens a value: it says what
is wrong with the value itself and, of an object or array, what is to be walked below it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

from mock_upstream.schema.fault import Fault, Noun
from mock_upstream.schema.phrases import expected, listed
from mock_upstream.schema.shapes import Bounds, Shape

Step: TypeAlias = str | int
Path: TypeAlias = Sequence[Step]


Lookup: TypeAlias = Callable[[Any, "Held | None"], "Held | None"]
"""From a key, and what else would hold, to what its value is held to; None where anything goes."""

Below: TypeAlias = tuple[Iterable[tuple[Any, object]], Lookup, "Held | None"]
"""What is to be walked below a value: its keys and values, the places of some of the keys, and the
place of the others."""

Opened: TypeAlias = tuple[Iterable[Fault], Below | None]
"""The faults of a value itself, in order and found as asked for, and what is below it."""

FINE: Final[Opened] = ((), None)

NO_PLACE: Final[Lookup] = MappingProxyType[Any, Any]({}).get
"""The look-up where no key has a place of its own."""

_JSON_TYPES = (bool, int, float, str, list, dict)


class Check(Protocol):
    """Looks at a value of one JSON type."""

    def open(self, value: Any, path: Path) -> Opened:
        """Say what is wrong with the value at `path` itself, and what stands below it."""


class Held(Check, Protocol):
    """A place: it checks values of any type, and has the checks of those that it knows.

    `kinds` gives a check by the value's type: None where every such value is fine; a type that is
    absent is not welcome.
    """

    @property
    def kinds(self) -> Mapping[type, Check | None]:
        """The checks."""


class Unknown:
    """The place under a key that no declared object has."""

    __slots__ = ()

    kinds: Mapping[type, Check | None] = MappingProxyType({})

    def open(self, value: Any, path: Path) -> Opened:
        """Report the key."""
        return (Fault("unknown", tuple(path), value),), None


UNKNOWN: Final = Unknown()


class Place:
    """One place of the schema: what each type of value is held to there.

    `shapes` are the alternatives, for the words of a fault.
    """

    __slots__ = ("kinds", "shapes")

    def __init__(self) -> None:
        self.kinds: dict[type, Check | None] = {}
        self.shapes: Sequence[Shape] = ()

    def open(self, value: Any, path: Path) -> Opened:
        """Hand a value on to the check of its type."""
        check = self.kinds.get(value.__class__, UNKNOWN)
        if check is None:
            return FINE
        if check is not UNKNOWN:
            return check.open(value, path)
        base = next((known for known in _JSON_TYPES if isinstance(value, known)), None)
        if base not in self.kinds:
            return (self.wrong_type(value, path),), None
        check = self.kinds[base]  # of a subclass, such as a member of an enum
        return FINE if check is None else check.open(value, path)

    def wrong_type(self, value: object, path: Path) -> Fault:
        """Report a value of a type that is not welcome here."""
        return Fault("type", tuple(path), value, expected(self.shapes))


class Values:
    """Strings or booleans of a list."""

    __slots__ = ("values",)

    def __init__(self, values: Sequence[object]) -> None:
        self.values = dict.fromkeys(values)

    def open(self, value: Any, path: Path) -> Opened:
        """Check that the value is listed."""
        if value in self.values:
            return FINE
        return (Fault("value", tuple(path), value, listed(list(self.values))),), None


class Size:
    """How long a string or an array may be."""

    __slots__ = ("highest", "lowest", "noun")

    def __init__(self, noun: Noun, bounds: Bounds) -> None:
        self.noun = noun
        self.lowest: float = 0 if bounds.lowest is None else bounds.lowest
        self.highest: float = inf if bounds.highest is None else bounds.highest

    def fault(self, value: Any, path: Path) -> Fault:
        """Report one that is too short or too long."""
        length = len(value)
        if length > self.highest:
            return Fault("too_long", tuple(path), value, "", self.highest, length, self.noun)
        return Fault("too_short", tuple(path), value, "", self.lowest, length, self.noun)


class Length:
    """Strings of a bounded length, counted in characters."""

    __slots__ = ("size",)

    def __init__(self, bounds: Bounds) -> None:
        self.size = Size("string", bounds)

    def open(self, value: Any, path: Path) -> Opened:
        """Check the length."""
        size = self.size
        if size.lowest <= len(value) <= size.highest:
            return FINE
        return (size.fault(value, path),), None


class Number:
    """Numbers in a range; whole ones may be written with a fraction of zero."""

    __slots__ = ("place", "range", "whole")

    def __init__(self, place: Place, *, whole: bool, within: Bounds) -> None:
        self.place = place
        self.whole = whole
        self.range = within

    def open(self, value: Any, path: Path) -> Opened:
        """Check a number."""
        if self.whole and value.__class__ is float and not value.is_integer():
            return (self.place.wrong_type(value, path),), None
        noun: Noun = "integer" if self.whole else "decimal"
        lowest, highest = self.range.lowest, self.range.highest
        if lowest is not None and value < lowest:
            return (Fault("below", tuple(path), value, limit=lowest, noun=noun),), None
        if highest is not None and value > highest:
            return (Fault("above", tuple(path), value, limit=highest, noun=noun),), None
        return FINE


class Array:
    """Arrays: how many elements, and the place that each of them is at."""

    __slots__ = ("elements", "size")

    def __init__(self, elements: Place | None, bounds: Bounds) -> None:
        self.size = Size("array", bounds)
        self.elements = elements

    def open(self, value: Any, path: Path) -> Opened:
        """Check the number of elements, and hand them on."""
        size, elements = self.size, self.elements
        fine = size.lowest <= len(value) <= size.highest
        below = None if elements is None else (enumerate(value), NO_PLACE, elements)
        return () if fine else (size.fault(value, path),), below


class Free:
    """Objects of free keys: how many, how long, and the place that each value is at."""

    __slots__ = ("longest_key", "most", "values")

    def __init__(self, values: Place | None, most: float | None, longest_key: float | None) -> None:
        self.most = most
        self.longest_key = longest_key
        self.values = values

    def open(self, value: Any, path: Path) -> Opened:
        """Check the keys, and hand the values on."""
        values = self.values
        below = None if values is None else (value.items(), NO_PLACE, values)
        return () if self._fits(value) else self._faults(value, path), below

    def _fits(self, value: Mapping[str, object]) -> bool:
        """Say whether there is nothing to report."""
        if self.most is not None and len(value) > self.most:
            return False
        return self.longest_key is None or max(map(len, value), default=0) <= self.longest_key

    def _faults(self, value: Mapping[str, object], path: Path) -> Iterator[Fault]:
        size = len(value)
        if self.most is not None and size > self.most:
            yield Fault("too_many", tuple(path), None, "", self.most, size, "object")
        if self.longest_key is not None:
            for key in value:
                if len(key) > self.longest_key:
                    place, length = (*path, key), len(key)
                    yield Fault(
                        "too_long", place, key, "", self.longest_key, length, "property name"
                    )
