"""What a claim is, what breaks it, and how claims are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.matrix import Case
    from conformance.records import Records

Level = Literal["MUST", "SHOULD", "MAY"]


@dataclass(frozen=True, slots=True)
class Breach:
    """One case that breaks a claim: what was expected there and what was seen."""

    case: Case
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class Unsaid:
    """One case of which the check cannot say whether the claim holds, and why."""

    case: Case
    reason: str


Finding = Breach | Unsaid | None
"""What a check finds of one case; None is a case that keeps the promise."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One promise: an id, its level, a sentence, why it is made (with source), and its check.

    ``check`` yields a breach for every case that breaks the promise, and yields ``None`` for every
    case that keeps it: a claim that looked at no case has not held. ``needs`` names what a case
    must have for the claim to concern it (`conformance.features`).
    """

    id: str
    level: Level
    sentence: str
    reason: str
    check: Callable[[Records], Iterator[Finding]]
    needs: tuple[str, ...] = ()
