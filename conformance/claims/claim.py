"""What a claim is, what breaks it, and how claims are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
class Claim:
    """One promise: an id, its level, a sentence, why it is made (with source), and its check.

    ``check`` yields a breach for every case that breaks the promise, and yields ``None`` for every
    case that keeps it: a claim that looked at no case has not held.
    """

    id: str
    level: Level
    sentence: str
    reason: str
    check: Callable[[Records], Iterator[Breach | None]]


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a claim fared: the number of cases looked at, and the breaches."""

    claim: Claim
    looked_at: int
    breaches: tuple[Breach, ...]

    @property
    def held(self) -> bool:
        """Whether the claim was checked on some case and broken on none."""
        return self.looked_at > 0 and not self.breaches


def judge(claims: Iterable[Claim], all_records: Iterable[Records]) -> tuple[Ruling, ...]:
    """Check ``claims`` on every scenario's records."""
    records = tuple(all_records)
    return tuple(_ruling(claim, records) for claim in claims)


def _ruling(claim: Claim, all_records: tuple[Records, ...]) -> Ruling:
    found = [breach for records in all_records for breach in claim.check(records)]
    return Ruling(claim, len(found), tuple(breach for breach in found if breach is not None))
