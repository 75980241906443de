"""The main job: every case through the real handler, its payloads at every profile, the claims."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.claims import CLAIMS, Ruling, judge
from conformance.cures import Cure, cures
from conformance.ledger import Ledger
from conformance.records import Records
from conformance.replay import Replayer
from conformance.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.matrix import Case
    from conformance.outcome import Record
    from conformance.scenarios import Scenario
    from conformance.workers import Task


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found; ``seconds`` is the time the cases took, imports included.

    ``handler`` is the handler's file. ``complete`` is False where the run was broken off.
    """

    handler: str
    records: tuple[Records, ...]
    ledgers: tuple[Ledger, ...]
    cures: tuple[Cure, ...]
    rulings: tuple[Ruling, ...]
    seconds: float
    complete: bool

    @property
    def cases(self) -> int:
        """The number of cases that were run."""
        return sum(len(records.outcomes) for records in self.records)

    @property
    def distinct(self) -> int:
        """The number of distinct payloads, as bytes."""
        return sum(len(records.distinct()) for records in self.records)

    @property
    def held(self) -> bool:
        """Whether cases were run and every claim held on them."""
        return self.complete and self.cases > 0 and all(ruling.held for ruling in self.rulings)


def run(
    task: Task,
    cases: Sequence[Case],
    workers: int,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 -- a default
) -> Report:
    """Run ``cases`` and judge all claims; ``progress(done, total)`` is told.

    Ctrl-C ends the cases, not the report of those that were run. Raises `HandlerLoadError`.
    """
    started = time.perf_counter()
    done, complete = 0, True

    def told(count: int) -> None:
        nonlocal done
        done += count
        progress(done, len(cases))

    found: list[Record] = []
    with Workers(task, workers) as crew:
        try:
            found.extend(crew.record(cases, told))
        except KeyboardInterrupt:
            complete = False
        handler = crew.file
    all_records = by_scenario(task.scenarios, cases, found)
    replay(all_records)
    return Report(
        handler=handler,
        records=all_records,
        ledgers=tuple(Ledger.of(records) for records in all_records),
        cures=tuple(cure for records in all_records for cure in cures(records)),
        rulings=judge(CLAIMS, all_records),
        seconds=time.perf_counter() - started,
        complete=complete,
    )


def by_scenario(
    scenarios: Iterable[Scenario], cases: Sequence[Case], found: Iterable[Record]
) -> tuple[Records, ...]:
    """Sort ``found`` into the order of ``cases``, and by scenario."""
    outcomes = {record.case: record.outcome for record in found}
    return tuple(
        Records(
            scenario,
            {
                case: outcomes[case]
                for case in cases
                if case.scenario == scenario.name and case in outcomes
            },
        )
        for scenario in scenarios
    )


def replay(all_records: Iterable[Records]) -> None:
    """Replay each distinct payload at every profile that is replayed."""
    with Replayer() as replayer:
        for records in all_records:
            records.replays = tuple(
                answer
                for case, sent in records.distinct().values()
                for answer in replayer.replay(case, sent)
            )
