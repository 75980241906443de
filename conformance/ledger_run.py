"""A run for the ledger alone: the core tier recorded, nothing replayed or judged."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from conformance.jobs import workers_for
from conformance.ledger import Ledger
from conformance.outcome import Broken
from conformance.products import cases
from conformance.recording import by_scenario
from conformance.worker_process import Task
from conformance.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conformance.outcome import Record
    from conformance.scenarios import Scenario

LIMIT: Final = 60.0
"""Seconds that a case may take: what is late here would read as a change."""


@dataclass(frozen=True, slots=True)
class LedgerRun:
    """The ledgers of a run by scenario; ``broken`` says what our own engine could not run."""

    handler: str
    litellm: str
    ledgers: dict[str, Ledger]
    broken: str


def ledger_run(
    handler: str,
    scenarios: tuple[Scenario, ...],
    workers: int,
    progress: Callable[[int], AbstractContextManager[Callable[[], None]]],
) -> LedgerRun:
    """Record the core tier of ``scenarios``; raises `HandlerLoadError`."""
    chosen = cases([scenario.name for scenario in scenarios])
    found: list[Record] = []
    task = Task(handler, scenarios, LIMIT)
    with Workers(task, workers_for(chosen, workers)) as crew, progress(len(chosen)) as count:
        for record in crew.record(chosen):
            found.append(record)
            count()
        file = crew.file
    ledgers = map(Ledger.of, by_scenario(scenarios, chosen, found))
    return LedgerRun(
        file, version("litellm"), {one.scenario: one for one in ledgers}, _broken(found)
    )


def _broken(found: list[Record]) -> str:
    broken = [
        (record.case, answer.reason)
        for record in found
        if isinstance(answer := record.outcome.answer, Broken)
    ]
    if not broken:
        return ""
    case, reason = broken[0]
    return f"{len(broken)} of {len(found)} cases could not be run, such as {case}: {reason}"
