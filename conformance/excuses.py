"""Excuses: what the known failures make of a claim's verdict, in a run or in all shards of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Excuse:
    """What one known failure did for a claim: how many breaches it covers.

    ``known`` says which it is, ``mended`` what to do when it covers none. ``tested`` is whether
    there was a case where it is known.
    """

    known: str
    mended: str
    breaches: int
    tested: bool


def unexpected(excuses: Sequence[Excuse]) -> str:
    """Say which known failures are mended, and what to delete; empty if none is."""
    return "; ".join(one.mended for one in excuses if one.tested and not one.breaches)


def told(excuses: Sequence[Excuse]) -> str:
    """Say how many breaches are known, and as what; empty if none is."""
    count = sum(one.breaches for one in excuses)
    return f"{count} known: {'; '.join(one.known for one in excuses)}" if count else ""


def added(excuses: Iterable[Excuse]) -> tuple[Excuse, ...]:
    """Add up what the shards of a run say of the same known failures."""
    found: dict[str, Excuse] = {}
    for one in excuses:
        before = found.get(one.known)
        found[one.known] = (
            one
            if before is None
            else replace(
                one,
                breaches=one.breaches + before.breaches,
                tested=one.tested or before.tested,
            )
        )
    return tuple(found.values())
