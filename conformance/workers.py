"""Workers: processes that take one job after the other and hand back what they found.

They are started anew, not forked: LiteLLM has threads. Only they import it, all at the same time,
so that this process is free to show progress. A worker that hangs or dies costs the case that it
was at, and nothing else: another takes what is left of its job.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final

from conformance.jobs import CaseJob, case_jobs, replay_jobs
from conformance.loading import HandlerLoadError
from conformance.outcome import Record
from conformance.patience import Patience
from conformance.replay import Reply
from conformance.worker_process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.jobs import Job
    from conformance.matrix import Case
    from conformance.outcome import Outcome
    from conformance.replay import Payload
    from conformance.worker_process import Task

_LOOK_SECONDS: Final = 1.0
"""How often a worker that says nothing is looked after."""

_MOST: Final = 4


def usual_workers() -> int:
    """Return how many workers a run has unless told: one a core, up to four."""
    return min(_MOST, os.cpu_count() or 1)


@dataclass(slots=True)
class Workers:
    """A crew of ``count`` workers; a context manager that leaves none behind.

    ``file`` is where the handler came from, known as soon as the first worker is ready.
    """

    task: Task
    count: int
    file: str = ""
    _stack: ExitStack = field(default_factory=ExitStack)
    _crew: list[WorkerProcess] = field(default_factory=list)
    _waiting: deque[Job] = field(default_factory=deque)
    _patience: Patience = field(default_factory=Patience)

    def __enter__(self) -> Workers:
        for _ in range(self.count):
            self._hire()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def record(self, cases: Sequence[Case]) -> Iterator[Record]:
        """Yield the records of ``cases`` as they come, in no order.

        What is equal in them is kept once: a run has a hundred times more cases than payloads.
        Raises `HandlerLoadError` if the handler does not import.
        """
        asked = {case: case for case in cases}
        outcomes: dict[Outcome, Outcome] = {}
        for found in self._found(case_jobs(cases)):
            if isinstance(found, Record):
                outcome = outcomes.setdefault(found.outcome, found.outcome)
                yield replace(found, case=asked[found.case], outcome=outcome)

    def replay(self, payloads: Sequence[Payload]) -> Iterator[Reply]:
        """Yield every profile's answer to each of ``payloads``, in no order."""
        return (found for found in self._found(replay_jobs(payloads)) if isinstance(found, Reply))

    def _found(self, jobs: Iterable[Job]) -> Iterator[Record | Reply]:
        self._waiting = deque(jobs)
        while self._waiting or any(worker.job for worker in self._crew):
            for worker in [one for one in self._crew if one.is_ready]:
                yield from self._give(worker)
            while len(self._crew) < min(self.count, len(self._waiting)):
                self._hire()
            ready = set(map(id, wait([worker.pipe for worker in self._crew], _LOOK_SECONDS)))
            for worker in list(self._crew):
                if id(worker.pipe) in ready or worker.is_overdue:
                    yield from self._hear(worker)

    def _hear(self, worker: WorkerProcess) -> Iterator[Record | Reply]:
        match worker.receive():
            case "failed", reason:
                raise HandlerLoadError(reason)
            case "ready", file:
                self.file = self.file or file
            case "record", record:
                if record.unanswered:
                    self._patience.lost(record.case, record.outcome.answer.message)
                else:
                    self._patience.done(record.case)
                yield record
            case "replies", replies:
                yield from replies
            case "gone", reason:
                yield from self._bury(worker, reason)

    def _give(self, worker: WorkerProcess) -> Iterator[Record]:
        """Give ``worker`` a job, but for cases that have cost too many workers already."""
        while self._waiting and not worker.job:
            job = self._waiting.popleft()
            if isinstance(job, CaseJob):
                refused = {case: self._patience.refusal(case) for case in job.cases}
                yield from (Record.broken(case, why) for case, why in refused.items() if why)
                job = CaseJob(tuple(c for c in job.cases if not refused[c]), job.by_proxy)
                if not job.cases:
                    continue
            worker.give(job)

    def _bury(self, worker: WorkerProcess, reason: str) -> Iterator[Record]:
        """Put what is left of the job of a worker that has gone back to what is waiting."""
        self._crew.remove(worker)
        worker.dismiss()
        if not worker.is_ready:
            raise HandlerLoadError(reason)
        job, left = worker.job, list(worker.left)
        if not isinstance(job, CaseJob):
            if job is not None:
                raise ReplayError(f"no profile can be asked: {reason}")
            return
        if left and not worker.has_retired:
            case = left.pop(0)
            self._patience.lost(case, reason)
            yield Record.broken(case, reason)
        if left:
            self._waiting.appendleft(CaseJob(tuple(left), job.by_proxy))

    def _hire(self) -> None:
        interrupt = {signal.SIGINT}
        resource_tracker.ensure_running()  # when it starts, it lets Ctrl-C through again
        # The one who shares out the work hears Ctrl-C; its workers never do.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, interrupt)
        try:
            worker = WorkerProcess(self.task)
            self._stack.callback(worker.dismiss)
            self._crew.append(worker)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class ReplayError(RuntimeError):
    """The mocks that replay payloads could not be asked."""
