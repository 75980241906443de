"""Where something holds: the smallest set of axis values that describes exactly some of the cases.

Cases are given by what each has on every axis. A description is a conjunction, ``placement a or b``
and ``method streaming``; every case that fits it, and no other, is one of those described. Where
there is none, an exception and alternatives are tried, and then it is said how many of how many.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

MOST_AXES: Final = 4
"""A longer conjunction is no description that a person would use."""

_MOST_VALUES: Final = 3
_MOST_PARTS: Final = 3
_LISTED: Final = 8
"""How many values are written out."""

PHRASE: Final = "?"
"""How the name of an axis ends whose values are whole phrases: ``a flag raised``."""

Mask = int
"""A set of cases, a bit for each."""


class Choice(NamedTuple):
    """One axis and the values on it that are meant."""

    axis: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Where:
    """A description: its words, whether it is exact, and how much it takes to say it."""

    words: str
    axes: int
    values: int
    exact: bool = True


@dataclass(frozen=True)
class Places:
    """All ``cases`` that there are, each as what it has on every axis: ``{"api": "chat", …}``.

    The axes' order is the order of preference between descriptions of equal length.
    """

    cases: Sequence[Mapping[str, str]]
    _masks: dict[str, dict[str, Mask]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, case in enumerate(self.cases):
            for axis, value in case.items():
                values = self._masks.setdefault(axis, {})
                values[value] = values.get(value, 0) | 1 << number

    @cached_property
    def everywhere(self) -> Mask:
        """The set of all cases."""
        return (1 << len(self.cases)) - 1

    def mask(self, numbers: Iterable[int]) -> Mask:
        """Return the set of the cases of these numbers."""
        return sum(1 << number for number in set(numbers))

    def describe(
        self, affected: Mask, among: Mask | None = None, noun: str = "every case"
    ) -> Where:
        """Say which of those ``among`` (all, unless told) are ``affected``; each is a ``noun``."""
        among = self.everywhere if among is None else among
        return (
            self._conjunction(affected, among, noun)
            or self._exception(affected, among, noun)
            or self._alternative(affected, among, noun)
            or self._cover(affected, among, noun)
            or self._share(affected, among)
        )

    def _conjunction(self, affected: Mask, among: Mask, noun: str) -> Where | None:
        chosen = self._smallest(affected, among)
        if chosen is None:
            return None
        words = " and ".join(self._words(choice, among) for choice in chosen)
        shown = sum(len(choice.values) for choice in chosen)
        return Where(f"{noun} with {words}" if words else noun, len(chosen), shown)

    def _exception(self, affected: Mask, among: Mask, noun: str) -> Where | None:
        """Say it as a larger conjunction, but for one within it."""
        box = self._box(self._choices(affected, among), among)
        whole = self._conjunction(box, among, noun)
        spared = self._smallest(box & ~affected, box)
        if whole is None or not spared or whole.axes + len(spared) > MOST_AXES:
            return None
        words = " and ".join(self._words(choice, box) for choice in spared)
        shown = whole.values + sum(len(choice.values) for choice in spared)
        return Where(f"{whole.words}, except {words}", whole.axes + len(spared) + 1, shown)

    def _alternative(self, affected: Mask, among: Mask, noun: str) -> Where | None:
        """Say it as one conjunction for each value of one axis."""
        found: list[Where] = []
        for values in self._masks.values():
            parts = [mask & affected for mask in values.values() if mask & affected]
            if 1 < len(parts) <= _MOST_PARTS:
                found += self._joined(parts, among, noun)
        return min(found, key=_length, default=None)

    def _cover(self, affected: Mask, among: Mask, noun: str) -> Where | None:
        """Say it as a few values, each on one axis, that only affected cases have."""
        pure = [
            mask & among
            for values in self._masks.values()
            for mask in values.values()
            if mask & among and not mask & among & ~affected
        ]
        parts: list[Mask] = []
        left = affected
        while left and pure and len(parts) < _MOST_PARTS:
            parts.append(max(pure, key=lambda mask: (mask & left).bit_count()))
            left &= ~parts[-1]
        return None if left else next(self._joined(parts, among, noun), None)

    def _joined(self, parts: Iterable[Mask], among: Mask, noun: str) -> Iterator[Where]:
        each = [self._conjunction(part, among, noun) for part in parts]
        said = [one for one in each if one]
        axes = sum(one.axes for one in said)
        if len(said) == len(each) and axes <= MOST_AXES:
            words = ", and ".join(one.words for one in said)
            yield Where(words, axes, sum(one.values for one in said))

    def _share(self, affected: Mask, among: Mask) -> Where:
        """Say how many they are of the smallest conjunction around them that is short enough."""
        chosen: list[Choice] = []
        box = among
        choices = self._choices(affected, among)
        while choices and len(chosen) < MOST_AXES:
            best = min(choices, key=lambda choice: self._box([choice], box).bit_count())
            if self._box([best], box) == box:
                break
            box = self._box([best], box)
            chosen.append(best)
        words = " and ".join(self._words(choice, among) for choice in chosen)
        count = f"{affected.bit_count()} of {box.bit_count()} cases"
        said = f"{count} with {words}" if words else count
        shown = sum(len(choice.values) for choice in chosen)
        return Where(said, len(chosen), shown, exact=False)

    def _smallest(self, affected: Mask, among: Mask) -> tuple[Choice, ...] | None:
        """Return the fewest choices whose conjunction is exactly ``affected``; None if none is."""
        choices = self._choices(affected, among)
        if not affected or self._box(choices, among) != affected:
            return None
        for count in range(MOST_AXES + 1):
            fitting = (
                chosen
                for chosen in itertools.combinations(choices, count)
                if self._box(chosen, among) == affected
            )
            best = min(fitting, key=lambda chosen: sum(len(c.values) for c in chosen), default=None)
            if best is not None:
                return best
        return None

    def _choices(self, affected: Mask, among: Mask) -> list[Choice]:
        """Return what the affected have on each axis, where it tells them from any other."""
        return [
            Choice(axis, frozenset(value for value, mask in values.items() if mask & affected))
            for axis, values in self._masks.items()
            if any(mask & among and not mask & affected for mask in values.values())
        ]

    def _box(self, choices: Iterable[Choice], among: Mask) -> Mask:
        for axis, values in choices:
            masks = self._masks[axis]
            fitting = 0
            for value in values:
                fitting |= masks[value]
            among &= fitting
        return among

    def _words(self, choice: Choice, among: Mask) -> str:
        """Write a choice; where it leaves out few values of many, as those left out."""
        axis, values = choice
        every = [value for value, mask in self._masks[axis].items() if mask & among]
        if axis.endswith(PHRASE):
            return _listed(value for value in every if value in values)
        others = [value for value in every if value not in values]
        if len(values) > _MOST_VALUES and len(others) <= min(len(values), _LISTED):
            return f"any {axis} but {_listed(others)}"
        meant = [value for value in every if value in values]
        if len(meant) > _LISTED:
            return f"one of {len(meant)} {axis}: {', '.join(meant[:_MOST_VALUES])} …"
        return f"{axis} {_listed(meant)}"


def _length(where: Where) -> tuple[int, int]:
    return where.axes, where.values


def shortest(found: Collection[Where]) -> Where:
    """Return the exact description that takes least; any, if none is exact."""
    return min(found, key=lambda where: (not where.exact, *_length(where)))


def _listed(values: Iterable[str]) -> str:
    *first, last = values
    return f"{', '.join(first)} or {last}" if first else last
