"""A worker's process, from both sides: what its employer sees of it, and what it does."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance import environment, log_lines
from conformance.entries.litellm_process import START_SECONDS
from conformance.jobs import CaseJob
from conformance.loading import HandlerLoadError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from conformance.jobs import Job
    from conformance.matrix import Case
    from conformance.scenarios import Scenario

IMPORT_SECONDS: Final = 180.0
"""How long a worker may take to import LiteLLM and the handler; about 6 s alone on two cores."""

_GRACE_SECONDS: Final = 120.0
"""How long a worker may be silent beyond a case's limit before it is taken for dead.

It ends a hanging call by itself; so this is for one that lets no other thread of its process run,
and must not be met by a good one on a busy machine.
"""

_LAST_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Task:
    """What every worker is told: the handler by name, the scenarios, seconds for one case.

    ``import_limit`` is how many seconds the handler's import may take.
    """

    handler: str
    scenarios: tuple[Scenario, ...]
    limit: float
    import_limit: float = IMPORT_SECONDS


class WorkerProcess:
    """A started worker as its employer sees it; ``job`` is what it is at."""

    def __init__(self, task: Task) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self._task = task
        self._process = context.Process(target=_work, args=(other, task), daemon=False)
        self._process.start()
        other.close()
        self._heard = time.monotonic()
        self.job: Job | None = None
        self.left: Sequence[Case] = ()
        self.is_ready = False
        self.has_retired = False

    def give(self, job: Job) -> None:
        """Send ``job`` to the worker."""
        self.job = job
        self.left = job.cases if isinstance(job, CaseJob) else ()
        self._heard = time.monotonic()
        try:
            self.pipe.send(job)
        except OSError:  # it has died; the next to hear is its end
            return

    def receive(self) -> tuple[str, Any]:
        """Return what the worker says, or why it will say no more; waits if it says nothing."""
        if self.is_overdue and not self.pipe.poll():
            return "gone", self._overdue()
        try:
            kind, content = self.pipe.recv()
        except (EOFError, OSError):
            return "gone", self._end()
        self._heard = time.monotonic()
        if kind == "record":
            self.left = self.left[1:]
            self.has_retired = content.unanswered
        elif kind == "ready":
            self.is_ready, self.job, self.left = True, None, ()
        return kind, content

    @property
    def is_overdue(self) -> bool:
        """Whether the worker has been silent for longer than its job explains."""
        return time.monotonic() - self._heard > self._allowed()

    def dismiss(self) -> None:
        """End the process: at once if it is at work, else when it has cleared up."""
        self.pipe.close()
        self._process.join(0.1 if self.job else _LAST_SECONDS)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(_LAST_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _allowed(self) -> float:
        if not self.is_ready:
            return self._task.import_limit
        if self.job is None:
            return float("inf")
        starts = START_SECONDS if isinstance(self.job, CaseJob) and self.job.by_proxy else 0
        return starts + self._task.limit + _GRACE_SECONDS

    def _overdue(self) -> str:
        if self.is_ready:
            return f"the worker process said nothing for {self._allowed():g} s"
        return (
            f"{self._task.handler} was not imported within {self._task.import_limit:g} s; "
            "look for what its module does when it is imported"
        )

    def _end(self) -> str:
        self._process.join(_LAST_SECONDS)
        at = "in the middle of a case" if self.is_ready else f"importing {self._task.handler}"
        return f"the process ended with exit code {self._process.exitcode} {at}"


def _work(pipe: Connection[Any, Any], task: Task) -> None:
    """Serve jobs until the pipe is closed; the target of a worker's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who shares out the work
    code = 1
    try:
        _serve(pipe, task)
        code = 0
    except (EOFError, OSError):  # nobody is left to work for
        code = 0
    except Exception:  # noqa: BLE001 -- told as multiprocessing would, had it the last word
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a call that hangs may be in a thread that Python would wait for


def _serve(pipe: Connection[Any, Any], task: Task) -> None:
    environment.prepare()  # before LiteLLM is imported
    log_lines.tell_once()
    from conformance.worker import Worker

    try:
        worker = Worker(task.handler, task.scenarios, task.limit)
    except HandlerLoadError as error:
        pipe.send(("failed", str(error)))
        return
    with worker:
        while True:
            pipe.send(("ready", str(worker.file)))
            job = pipe.recv()
            if not isinstance(job, CaseJob):
                pipe.send(("replies", worker.replies(job)))
                continue
            for record in worker.records(job):
                pipe.send(("record", record))
                if record.unanswered:  # and may still be at it: no other case beside that
                    return
