"""A result: what the lines of a run say together, and what is missing in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from conformance.claims.claim import Breach
from conformance.reports.lines import (
    VERDICTS,
    BreachLine,
    CaseLine,
    CureLine,
    Footer,
    Header,
    LedgerLine,
    PayloadLine,
    ProductLine,
    ReplayLine,
    RulingLine,
    ScoreLine,
)

if TYPE_CHECKING:
    from conformance.matrix import Case
    from conformance.reports.lines import Line, Verdict

L = TypeVar("L", bound="Line")


class ResultFileError(ValueError):
    """A file that is no result file; the message says where and what was expected."""


@dataclass(frozen=True)
class Result:
    """The lines of a run; ``damage`` says which of a file's lines could not be read."""

    header: Header
    lines: tuple[Line, ...]
    damage: str = ""

    @classmethod
    def of(cls, lines: tuple[Line, ...], damage: str = "") -> Result:
        """Return the result of ``lines``; raises `ResultFileError` if the first is no header."""
        first = lines[0]
        if not isinstance(first, Header):
            raise ResultFileError(f"the first line is of kind {first.kind}; expected a header")
        return cls(first, lines, damage)

    @cached_property
    def footer(self) -> Footer | None:
        """The footer; None where the run was killed."""
        return next(iter(self._only(Footer)), None)

    @cached_property
    def cases(self) -> tuple[CaseLine, ...]:
        """The cases in the order of their products."""
        return self._only(CaseLine)

    @cached_property
    def rulings(self) -> tuple[RulingLine, ...]:
        """How each claim fared; those that were broken first."""
        return tuple(
            sorted(self._only(RulingLine), key=lambda ruling: VERDICTS.index(ruling.verdict))
        )

    @cached_property
    def cures(self) -> tuple[CureLine, ...]:
        """What each profile refuses, and what cures it there."""
        return self._only(CureLine)

    @cached_property
    def ledgers(self) -> tuple[LedgerLine, ...]:
        """The scenarios' tables."""
        return self._only(LedgerLine)

    @cached_property
    def products(self) -> tuple[ProductLine, ...]:
        """The products of the run's tier; none where single cases were run."""
        return self._only(ProductLine)

    @cached_property
    def score(self) -> ScoreLine | None:
        """How good the suite is; None where the run was killed."""
        return next(iter(self._only(ScoreLine)), None)

    @cached_property
    def payloads(self) -> dict[str, PayloadLine]:
        """The distinct payloads by sha256."""
        return {payload.sha256: payload for payload in self._only(PayloadLine)}

    @cached_property
    def replays(self) -> dict[str, list[ReplayLine]]:
        """What the profiles said to each payload, by sha256."""
        found: dict[str, list[ReplayLine]] = {}
        for replay in self._only(ReplayLine):
            found.setdefault(replay.sha256, []).append(replay)
        return found

    @cached_property
    def breaches(self) -> dict[str, list[BreachLine]]:
        """The breaches of each claim."""
        found: dict[str, list[BreachLine]] = {}
        for breach in self._only(BreachLine):
            found.setdefault(breach.claim, []).append(breach)
        return found

    @cached_property
    def by_case(self) -> dict[Case, CaseLine]:
        """The line of each case."""
        return {line.case(): line for line in self.cases}

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict on each case, by id: the worst of the claims that it broke."""
        found: dict[str, Verdict] = {
            case.id: "error" if case.answer.kind == "broken" else "pass" for case in self.cases
        }
        for ruling in self.rulings:
            for breach in self.breaches.get(ruling.claim, ()):
                both = (found[breach.case], ruling.verdict)
                found[breach.case] = min(both, key=VERDICTS.index)
        return found

    @property
    def shard(self) -> str:
        """Which shard of a run this is, such as ``2/4``; empty if it is none."""
        part = self.header.shard
        return "" if part is None else f"{part.number}/{part.count}"

    @property
    def partial(self) -> str:
        """Why this is not the whole of a run; empty if it is."""
        part = self.header.shard
        if part is None or self.cut:
            return self.cut
        others = [name for name in part.scenarios if name not in self.header.scenarios]
        return (
            f"this is shard {self.shard}, which leaves out {len(others)} of "
            f"{len(part.scenarios)} scenarios ({', '.join(others) or 'none'}); "
            f"`conformance report` puts the files of all {part.count} together"
        )

    @property
    def cut(self) -> str:
        """What is missing of the run, or of the shard; empty if nothing is."""
        done = f"{len(self.cases)} of {self.header.cases} cases are here"
        if self.damage:
            return f"{self.damage}; {done}"
        if self.footer is None:
            return f"the run did not end, for there is no footer; {done}"
        if not self.footer.complete:
            return f"the run was broken off; {done}"
        counted = Counter(line.kind for line in self.lines)
        if counted != Counter(self.footer.lines):
            told = dict(self.footer.lines)
            return f"lines are missing: {dict(counted)}, where the footer counted {told}; {done}"
        return ""

    @property
    def held(self) -> bool:
        """Whether this is a whole run in which every claim held."""
        return not self.partial and self.footer is not None and self.footer.held

    @property
    def word(self) -> str:
        """How it ended, in a word; a shard never has the word of a whole run."""
        if self.cut or self.footer is None:
            return "partial"
        ended = "passed" if self.footer.held else "failed"
        return f"shard {self.shard} {ended}" if self.shard else ended

    def breaches_of(self, claim: str) -> list[Breach]:
        """Return the breaches of ``claim`` as the engine had them."""
        cases = {line.id: case for case, line in self.by_case.items()}
        found = self.breaches.get(claim, ())
        return [Breach(cases[line.case], line.expected, line.seen) for line in found]

    def _only(self, kind: type[L]) -> tuple[L, ...]:
        return tuple(line for line in self.lines if isinstance(line, kind))
