"""What a value has to be: equal, containing, matching a pattern, there or not there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mock_upstream.profile_format.pattern_safety import LONGEST_TEXT, check_pattern

_LONGEST_ECHO = 80
_MOST_ECHOED = 3


@dataclass(frozen=True, slots=True)
class Equals:
    """The value is this one. As in JSON, `true` is not 1, and 1 is 1.0."""

    value: object

    def holds(self, values: Sequence[object]) -> bool:
        """Say whether one of the values found is the wanted one."""
        return any(_same(self.value, value) for value in values)

    def __str__(self) -> str:
        return shown(self.value)


@dataclass(frozen=True, slots=True)
class Contains:
    """The value is a text with this part in it, or an array with this element."""

    part: object

    def holds(self, values: Sequence[object]) -> bool:
        """Say whether one of the values found contains the part."""
        return any(self._within(value) for value in values)

    def _within(self, value: object) -> bool:
        if isinstance(value, str):
            return isinstance(self.part, str) and self.part in value
        return isinstance(value, list) and any(_same(self.part, one) for one in value)

    def __str__(self) -> str:
        return f"something that contains {shown(self.part)}"


@dataclass(frozen=True, slots=True)
class Matches:
    """The value is a text in which this pattern is found.

    The pattern is searched for in the first 4,096 characters. Raises `ValueError` for one that
    could take long on hostile input.
    """

    pattern: str
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", re.compile(check_pattern(self.pattern)))

    def holds(self, values: Sequence[object]) -> bool:
        """Say whether the pattern is found in one of the values."""
        return any(
            isinstance(value, str) and self._compiled.search(value[:LONGEST_TEXT]) is not None
            for value in values
        )

    def __str__(self) -> str:
        return f"a text that matches {self.pattern!r}"


@dataclass(frozen=True, slots=True)
class Present:
    """There is a value, whatever it is; `PRESENT` and `ABSENT` are the two that there are."""

    wanted: bool = True

    def holds(self, values: Sequence[object]) -> bool:
        """Say whether something was found, or nothing."""
        return bool(values) is self.wanted

    def __str__(self) -> str:
        return "something" if self.wanted else "nothing"


Condition: TypeAlias = Equals | Contains | Matches | Present

PRESENT = Present(wanted=True)
ABSENT = Present(wanted=False)


def condition(value: object) -> Condition:
    """Take a condition as it is; any other value is to be equalled."""
    return value if isinstance(value, Condition) else Equals(value)


def shown(value: object) -> str:
    """Write a value for a message, cut short."""
    text = repr(value)
    return text if len(text) <= _LONGEST_ECHO else f"{text[:_LONGEST_ECHO]}…"


def shown_all(values: Sequence[object]) -> str:
    """Write the values that were found for a message."""
    if not values:
        return "nothing"
    listed = ", ".join(map(shown, values[:_MOST_ECHOED]))
    more = len(values) - _MOST_ECHOED
    return f"{listed} and {more} more" if more > 0 else listed


def _same(wanted: object, value: object) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    if isinstance(wanted, dict) and isinstance(value, dict):
        return wanted.keys() == value.keys() and all(
            _same(inner, value[key]) for key, inner in wanted.items()
        )
    if isinstance(wanted, list | tuple) and isinstance(value, list):
        return len(wanted) == len(value) and all(map(_same, wanted, value))
    return wanted == value
