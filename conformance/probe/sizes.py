"""The bound of a size: found on a ladder, with the number that the refusal names, or by halving."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.probe.experiment import Limit
    from conformance.probe.trial import Trial

_NUMBER: Final = re.compile(r"(?<![\w.-])\d{1,6}(?![\w-])")
_USUAL: Final = (512, 256, 128, 64, 40, 32, 16, 9)


@dataclass(frozen=True, slots=True)
class Bound:
    """The last size that was taken; ``beyond`` is the trial with the next, None if no end was seen.

    ``size`` is -1 where not one was taken.
    """

    size: int
    beyond: Trial | None


def bound_of(limit: Limit, ask: Callable[[int], Trial]) -> Bound:
    """Find the bound of ``limit``; `ask` sends a request with one size."""
    good, bad, refused = -1, -1, None
    for size in reversed(limit.ladder):
        trial = ask(size)
        if trial.outcome == "accepted":
            good = size
            break
        if limit.least:
            return _down(limit, size, trial, ask)
        bad, refused = size, trial
    if refused is None:
        return Bound(good, None)
    if good < 0:
        return Bound(-1, None)
    return _between(good, bad, refused, ask)


def _down(limit: Limit, bad: int, refused: Trial, ask: Callable[[int], Trial]) -> Bound:
    """Find the least size that is taken."""
    good = limit.ladder[0]
    for guess in _guesses(refused, bad, good):
        if ask(guess).outcome == "accepted":
            good = guess
            break
        bad = guess
    while good - bad > 1:
        middle = (good + bad) // 2
        trial = ask(middle)
        if trial.outcome == "accepted":
            good = middle
        else:
            bad, refused = middle, trial
    return Bound(good, refused)


def _between(good: int, bad: int, refused: Trial, ask: Callable[[int], Trial]) -> Bound:
    """Find the largest size that is taken, between one that is and one that is not."""
    guesses = _guesses(refused, good, bad)
    while bad - good > 1:
        middle = next((one for one in guesses if good < one < bad), (good + bad) // 2)
        trial = ask(middle)
        if trial.outcome != "accepted":
            bad, refused = middle, trial
            continue
        good = middle
        if bad - good > 1:
            trial = ask(good + 1)
            if trial.outcome != "accepted":
                return Bound(good, trial)
            good += 1
    return Bound(good, refused)


def _guesses(refused: Trial, low: int, high: int) -> Iterator[int]:
    """Yield the numbers that the words name, then usual bounds."""
    named = [int(one) for one in _NUMBER.findall(refused.refused.message)]
    return (one for one in (*named, *_USUAL) if low < one < high)
