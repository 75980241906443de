"""Workers: processes that take one job after the other and hand back its records.

They are started anew, not forked: LiteLLM has threads. Only they import it, all at the same time,
so that this process is free to show progress. A worker that dies takes its job's cases with it, and
nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Final

from conformance import environment
from conformance.jobs import jobs
from conformance.loading import HandlerLoadError
from conformance.outcome import Broken, Outcome, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from conformance.jobs import Job
    from conformance.matrix import Case
    from conformance.scenarios import Scenario

_MOST: Final = 4
_LAST_SECONDS: Final = 5.0


def usual_workers() -> int:
    """Return how many workers a run has unless told: one a core, up to four."""
    return min(_MOST, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Task:
    """What every worker is told: the handler by name, the scenarios, seconds for one case."""

    handler: str
    scenarios: tuple[Scenario, ...]
    limit: float


@dataclass(slots=True)
class Workers:
    """A crew of ``count`` workers; a context manager that leaves none behind.

    ``file`` is where the handler came from, known as soon as the first worker is ready.
    """

    task: Task
    count: int
    file: str = ""
    _stack: ExitStack = field(default_factory=ExitStack)
    _crew: list[_Worker] = field(default_factory=list)

    def __enter__(self) -> Workers:
        for _ in range(self.count):
            self._hire()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def record(self, cases: Sequence[Case], told: Callable[[int], None]) -> Iterator[Record]:
        """Yield the records of ``cases`` as they come, in no order; ``told(n)``: n more are done.

        Raises `HandlerLoadError` if the handler does not import.
        """
        waiting = deque(jobs(cases))
        while waiting or any(worker.job for worker in self._crew):
            ready = set(map(id, wait([worker.pipe for worker in self._crew])))
            for worker in [one for one in self._crew if id(one.pipe) in ready]:
                yield from self._hear(worker, waiting, told)

    def _hear(
        self, worker: _Worker, waiting: deque[Job], told: Callable[[int], None]
    ) -> Iterator[Record]:
        match worker.receive():
            case "done", count:
                told(count)
            case "failed", reason:
                raise HandlerLoadError(reason)
            case "ready", file:
                self.file = file
                worker.give(waiting)
            case "records", records:
                yield from records
                worker.give(waiting)
            case "died", reason:
                self._crew.remove(worker)
                yield from (Record(case, Outcome((), Broken(reason))) for case in worker.left())
                told(len(worker.left()))
                if waiting:
                    self._hire()

    def _hire(self) -> None:
        worker = _Worker(self.task)
        self._stack.callback(worker.dismiss)
        self._crew.append(worker)


class _Worker:
    def __init__(self, task: Task) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other, task), daemon=False)
        self._process.start()
        other.close()
        self.job: Job | None = None
        self._told = 0

    def give(self, waiting: deque[Job]) -> None:
        self.job, self._told = (waiting.popleft() if waiting else None), 0
        if self.job is not None:
            self.pipe.send(self.job)

    def receive(self) -> tuple[str, Any]:
        try:
            kind, content = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join(_LAST_SECONDS)
            code = self._process.exitcode
            return "died", f"the worker process ended with exit code {code} in the middle of a job"
        self._told += content if kind == "done" else 0
        return kind, content

    def left(self) -> tuple[Case, ...]:
        return self.job.cases if self.job else ()

    def dismiss(self) -> None:
        self.pipe.close()
        self._process.join(0.1 if self.job else _LAST_SECONDS)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(_LAST_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _work(pipe: Connection[Any, Any], task: Task) -> None:
    """Serve jobs until the pipe is closed; the target of a worker's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who shares out the work
    environment.prepare()  # before LiteLLM is imported
    from conformance.worker import Worker

    try:
        worker = Worker(task.handler, task.scenarios, task.limit)
    except HandlerLoadError as error:
        pipe.send(("failed", str(error)))
        return
    with worker, pipe:
        pipe.send(("ready", str(worker.file)))
        try:
            while True:
                job = pipe.recv()
                pipe.send(("records", worker.record(job, lambda n: pipe.send(("done", n)))))
        except (EOFError, OSError):  # nobody is left to work for
            return
