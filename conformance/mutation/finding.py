"""A finding: what became of one mutation. It imports nothing, so that it can travel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a mutation: how it was first seen (empty: it was not), by which claims.

    ``case`` is the number of the case that showed it, ``reached`` how many were tried in vain.
    ``hangs`` tells that the process may not be used any more.
    """

    seen: str
    claims: tuple[str, ...] = ()
    case: int = 0
    hangs: bool = False
    reached: int = 0
