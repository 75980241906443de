"""Shrinks a captured request to the smallest one that is still refused: delta debugging on JSON."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MOST_TRIALS: Final = 400
MOST_SECONDS: Final = 8.0
_LONG: Final = 8
_KEPT: Final = frozenset({"model", "role", "type"})

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The smallest request that was found; ``complete`` says that nothing more can go."""

    request: Mapping[str, Any]
    before: int
    after: int
    trials: int
    complete: bool


class _Budget:
    """How often may still be tried, and until when."""

    def __init__(self) -> None:
        self.trials = 0
        self._end = time.monotonic() + MOST_SECONDS

    @property
    def over(self) -> bool:
        """Whether no more may be tried."""
        return self.trials >= MOST_TRIALS or time.monotonic() > self._end


def shrink(request: Mapping[str, Any], refused: Callable[[Any], bool]) -> Shrunk:
    """Return the smallest request that ``refused`` still says yes to.

    Parts of lists go first, in halves and ever smaller pieces, then keys, then texts are cut.
    """
    budget = _Budget()
    smallest: Any = dict(request)
    while not budget.over:
        changed = _pass(smallest, refused, budget)
        if changed is None:
            break
        smallest = changed
    size = len(orjson.dumps(request)), len(orjson.dumps(smallest))
    return Shrunk(smallest, *size, trials=budget.trials, complete=not budget.over)


def _pass(value: Any, refused: Callable[[Any], bool], budget: _Budget) -> Any:
    """Make every cut that leaves the request refused; None if there was none."""
    any_cut = False
    tried: set[tuple[Place, str]] = set()
    again = True
    while again and not budget.over:
        again = False
        for place, name, smaller in _cuts(value, ()):
            if budget.over:
                break
            if (place, name) in tried:
                continue
            tried.add((place, name))
            candidate = _with(value, place, smaller)
            budget.trials += 1
            if refused(candidate):
                value, any_cut, again = candidate, True, True
                tried = {one for one in tried if one[0][: len(place)] != place}
                break
    return value if any_cut else None


def _cuts(value: Any, place: Place) -> Iterator[tuple[Place, str, Any]]:
    """Yield what may be tried in the place of a value: the largest cuts first."""
    if isinstance(value, list):
        size = len(value)
        piece = size
        while piece:
            for start in range(0, size, piece):
                if size - piece >= (1 if place == ("messages",) else 0):
                    yield place, f"{start}+{piece}of{size}", value[:start] + value[start + piece :]
            piece //= 2
    elif isinstance(value, dict):
        for key in value:
            if key not in _KEPT:
                yield place, f"-{key}", {k: v for k, v in value.items() if k != key}
    elif isinstance(value, str) and len(value) > _LONG and (not place or place[-1] not in _KEPT):
        yield place, "x", "x"
        yield place, f"half of {len(value)}", value[: len(value) // 2]
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, one in inner:
        yield from _cuts(one, (*place, key))


def _with(value: Any, place: Place, new: Any) -> Any:
    if not place:
        return new
    step, *rest = place
    copy = value.copy()
    copy[step] = _with(value[step], tuple(rest), new)
    return copy
