"""The experiment: whether the recorded cases, or the claims about them, show a mutation."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.claims import CLAIMS, judge
from conformance.loading import load_handler
from conformance.mutants.trial import Stand
from conformance.mutation.cases import cases
from conformance.mutation.finding import Finding
from conformance.mutation.mutations import mutant
from conformance.mutation.reach import Reach, Tracer
from conformance.mutation.reloading import reloaded
from conformance.outcome import Answer, Failure
from conformance.recorder import Recorder
from conformance.records import Records
from conformance.scenarios import load_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.matrix import Case
    from conformance.mutation.mutations import Mutation
    from conformance.mutation.reach import Line
    from conformance.outcome import Outcome, Record
    from conformance.scenarios import Scenario

LIMIT: Final = 20.0
"""Seconds that a case may take: more than a good one does on a busy machine."""


@dataclass(slots=True)
class Experiment:
    """Records the real handler once, then mutated ones; a context manager.

    Of a mutation those cases are run that reach it, up to the first difference from what the real
    handler sends and gives back, which is what the ledger holds. With ``claims`` every case is run
    and the claims are judged. ``lines`` are those that each case reaches, where they are known.
    """

    claims: bool = False
    lines: tuple[frozenset[Line], ...] = ()
    _stack: ExitStack = field(default_factory=ExitStack)
    _scenarios: Mapping[str, Scenario] = field(init=False)
    _cases: Sequence[Case] = field(init=False)
    _real: list[Any] = field(init=False)
    _reach: Reach = field(init=False)
    _stand: Stand = field(init=False)
    _recorder: Recorder = field(init=False)
    payloads: Mapping[str, set[str]] = field(init=False)

    def __enter__(self) -> Experiment:
        self._scenarios = {scenario.name: scenario for scenario in load_scenarios()}
        self._cases = cases(self._scenarios)
        self._stand = Stand(load_handler()[0])
        records = self._recorded()
        self._reach = Reach(self.lines)
        broken = self._broken(records)  # so that all that judges is imported before any mutation
        if broken:
            raise RuntimeError(f"the real handler breaks {', '.join(broken)}")
        self._real = [_shown(record.outcome) for record in records]
        self.payloads = _payloads(records)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def size(self) -> int:
        """The number of cases."""
        return len(self._cases)

    def find(self, mutation: Mutation) -> Finding:
        """Return what becomes of ``mutation``."""
        try:
            with reloaded(mutation.module, mutant(mutation)) as handler:
                self._stand.handler = handler
                return self._judged() if self.claims else self._compared(mutation)
        except Exception as error:  # noqa: BLE001 -- whatever a mutated module does on import
            return Finding(f"does not import: {type(error).__name__}: {error}"[:200])

    def _recorded(self) -> list[Record]:
        """Record every case, and if it is not known yet, the lines that it reaches."""
        if self.lines:
            self._recorder = self._stack.enter_context(Recorder(self._stand, LIMIT))
            return [self._record(case) for case in self._cases]
        tracer = Tracer()
        records, lines = [], []
        with tracer.listening():
            self._recorder = self._stack.enter_context(Recorder(self._stand, LIMIT))
            for case in self._cases:
                records.append(self._record(case))
                lines.append(tracer.take())
        self.lines = tuple(lines)
        return records

    def _compared(self, mutation: Mutation) -> Finding:
        numbers = self._reach.of(mutation)
        for number in numbers:
            record = self._record(self._cases[number])
            if record.unanswered:
                return Finding(f"hangs in {record.case}", case=number + 1, hangs=True)
            if _shown(record.outcome) != self._real[number]:
                return Finding(_difference(record.case, record.outcome), case=number + 1)
        return Finding("", reached=len(numbers))

    def _judged(self) -> Finding:
        seen, first, records = "", 0, []
        for number, case in enumerate(self._cases):
            record = self._record(case)
            records.append(record)
            if not seen and _shown(record.outcome) != self._real[number]:
                seen, first = _difference(case, record.outcome), number + 1
            if record.unanswered:
                return Finding(seen, case=first, hangs=True)
        return Finding(seen, self._broken(records), first, reached=len(records))

    def _record(self, case: Case) -> Record:
        return self._recorder.record(case, self._scenarios[case.scenario])

    def _broken(self, records: Sequence[Record]) -> tuple[str, ...]:
        sorted_out = [
            Records.of(scenario, [one for one in records if one.case.scenario == name])
            for name, scenario in self._scenarios.items()
        ]
        return tuple(r.claim.id for r in judge(CLAIMS, sorted_out) if r.verdict == "fail")


def _shown(outcome: Outcome) -> Any:
    """Return what is compared: what was sent and heard, but for the words of a usual refusal."""
    answer = outcome.answer
    told = answer
    if isinstance(answer, Failure) and not answer.heard:
        told = Failure(answer.kind, answer.status, "")
    sent = tuple(
        (one.method, one.base, one.path, one.sha256, one.credential, one.headers)
        for one in outcome.sent
    )
    return sent, told, outcome.touched


def _difference(case: Case, outcome: Outcome) -> str:
    if isinstance(outcome.answer, Answer):
        return f"other bytes or another answer in {case}"
    return f"{outcome.answer} in {case}"[:200]


def _payloads(records: Sequence[Record]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for scenario, sha256 in _sums(records):
        found.setdefault(scenario, set()).add(sha256)
    return found


def _sums(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    for record in records:
        for sent in record.outcome.sent:
            yield record.case.scenario, sent.sha256
