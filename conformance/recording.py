"""Recording: every case through the handler, and each distinct payload at every profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.comparable import comparable
from conformance.jobs import workers_for
from conformance.records import Records
from conformance.replay import add_replays, payloads
from conformance.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.matrix import Case
    from conformance.outcome import Outcome, Record
    from conformance.scenarios import Scenario
    from conformance.worker_process import Task


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded and replayed; ``handler`` is the handler's file.

    ``complete`` is False where the run was broken off; then nothing was replayed.
    """

    handler: str
    records: tuple[Records, ...]
    complete: bool


def record(
    task: Task,
    cases: Sequence[Case],
    workers: int,
    told: Callable[[Record], None] = lambda record: None,  # noqa: ARG005 -- a default
) -> Recording:
    """Record ``cases`` and replay each distinct payload; ``told`` each record as it comes.

    ``workers`` is how many there are at most.

    Ctrl-C ends it early. Raises `HandlerLoadError`.
    """
    found: list[Record] = []
    complete = False
    with Workers(task, workers_for(cases, workers)) as crew:
        try:
            for record in crew.record(cases):
                found.append(record)
                told(record)
            all_records = by_scenario(task.scenarios, cases, found)
            add_replays(all_records, crew.replay(payloads(all_records)))
            complete = True
        except KeyboardInterrupt:
            all_records = by_scenario(task.scenarios, cases, found)
        return Recording(crew.file, all_records, complete)


def by_scenario(
    scenarios: Iterable[Scenario], cases: Sequence[Case], found: Iterable[Record]
) -> tuple[Records, ...]:
    """Sort ``found`` into the order of ``cases``, and by scenario."""
    outcomes = {record.case: record.outcome for record in found}
    sorted_out: dict[str, dict[Case, Outcome]] = {scenario.name: {} for scenario in scenarios}
    for case in comparable(cases, outcomes.keys()):
        sorted_out[case.scenario][case] = outcomes[case]
    return tuple(
        Records(scenario, sorted_out[scenario.name])
        for scenario in scenarios
        if sorted_out[scenario.name]
    )
