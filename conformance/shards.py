"""Shards: a run divided among machines, so that each takes about as long.

What is divided are scenarios, for that is what claims compare within: each claim looks at the cases
of one scenario, whichever entry and method they have, and a ledger's table is of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.scenarios import Scenario

_PART: Final = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")


class ShardError(ValueError):
    """A shard that there is not; the message has what was given and what was expected."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``number`` of ``count``: its own ``scenarios`` of the ``whole``, in their order."""

    number: int
    count: int
    scenarios: tuple[str, ...]
    whole: tuple[str, ...]

    @property
    def left_out(self) -> tuple[str, ...]:
        """The scenarios that other shards run."""
        return tuple(name for name in self.whole if name not in self.scenarios)

    def of(self, scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
        """Return those of ``scenarios`` that are this shard's."""
        return tuple(one for one in scenarios if one.name in self.scenarios)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def parse_part(text: str) -> tuple[int, int]:
    """Read ``i/n``, the i-th of n shards, counted from 1; raises `ShardError`."""
    found = _PART.fullmatch(text)
    number, count = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= count:
        raise ShardError(
            f"{text!r} is no shard; expected i/n with i from 1 to n and n up to 9999, such as 1/3"
        )
    return number, count


def shard(part: tuple[int, int], weights: Mapping[str, float]) -> Shard:
    """Return shard ``part`` of the scenarios that ``weights`` names, with the seconds of each.

    Raises `ShardError` where there are fewer scenarios than shards.
    """
    number, count = part
    if count > len(weights):
        raise ShardError(
            f"{count} shards, and {len(weights)} scenarios to share: one would be empty; "
            f"expected at most {len(weights)}"
        )
    return Shard(number, count, divided(weights, count)[number - 1], tuple(weights))


def divided(weights: Mapping[str, float], count: int) -> tuple[tuple[str, ...], ...]:
    """Divide the names of ``weights`` into ``count`` parts of about equal weight.

    The heaviest first, each to the part that has least so far; the same on every machine. No part
    is heavier than the mean by more than the heaviest name.
    """
    parts: list[set[str]] = [set() for _ in range(count)]
    loads = [0.0] * count
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        least = min(range(count), key=lambda part: (loads[part], len(parts[part]), part))
        parts[least].add(name)
        loads[least] += weights[name]
    return tuple(tuple(name for name in weights if name in part) for part in parts)
