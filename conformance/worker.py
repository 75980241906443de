"""A worker: one process with LiteLLM, the handler and mocks of its own, that records jobs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.entries.litellm_process import LiteLLMStartError
from conformance.loading import load_handler, prefer_local
from conformance.outcome import Broken, Outcome, Record
from conformance.recorder import ProxyRecorder, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.jobs import Job
    from conformance.matrix import Case
    from conformance.scenarios import Scenario


class Worker:
    """Records jobs with the handler of that name; a context manager.

    ``told`` is called with the number of cases done since it was called last. Raises
    `HandlerLoadError` if the handler does not import.
    """

    def __init__(self, handler: str, scenarios: tuple[Scenario, ...], limit: float) -> None:
        prefer_local(Path.cwd())
        self._reference = handler
        self._handler, self.file = load_handler(handler)
        self._scenarios = {scenario.name: scenario for scenario in scenarios}
        self._limit = limit
        self._stack = ExitStack()

    def __enter__(self) -> Worker:
        self._recorder = self._stack.enter_context(Recorder(self._handler, self._limit))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def record(self, job: Job, told: Callable[[int], None]) -> list[Record]:
        """Record every case of ``job``; what our own engine cannot do is a case's outcome too."""
        records = []
        for record in self._by_proxy(job) if job.by_proxy else self._in_process(job):
            records.append(record)
            told(1)
        return records

    def _in_process(self, job: Job) -> Iterator[Record]:
        for case in job.cases:
            yield self._try(self._recorder, case)

    def _by_proxy(self, job: Job) -> Iterator[Record]:
        try:
            with ProxyRecorder(
                job.cases, self._scenarios, self._recorder, self._reference, self._limit
            ) as recorder:
                for case in job.cases:
                    yield self._try(recorder, case)
        except LiteLLMStartError as error:
            yield from (broken(case, str(error)) for case in job.cases)

    def _try(self, recorder: Recorder | ProxyRecorder, case: Case) -> Record:
        """Record ``case``; the entries tell what the handler raised, so this is our own failure."""
        try:
            return recorder.record(case, self._scenarios[case.scenario])
        except Exception as error:  # noqa: BLE001 -- one case's trouble must not end the run
            return broken(case, f"{type(error).__name__}: {error}")


def broken(case: Case, reason: str) -> Record:
    """Return the record of a case that our own engine could not run."""
    return Record(case, Outcome((), Broken(reason)))
