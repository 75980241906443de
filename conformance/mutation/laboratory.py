"""The laboratory: experiments in a process that can be left behind when a mutation hangs."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance import environment
from conformance.mutation.finding import Finding

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from conformance.mutation.mutations import Mutation
    from conformance.mutation.reach import Line

_START_SECONDS: Final = 900.0
"""How long the preparation may take; half a minute alone on two cores."""

_SECONDS: Final = 300.0
"""How long one mutation may take; some 10 s if it survives."""


class LaboratoryError(RuntimeError):
    """The experiment could not be prepared; the message says why."""


@dataclass(slots=True)
class Laboratory:
    """Asks a process of its own about mutations; a context manager.

    The process is started anew, not forked, since LiteLLM has threads; and again where a mutation
    hung in it.
    """

    claims: bool = False
    size: int = 0
    payloads: dict[str, set[str]] = field(default_factory=dict)
    _lines: tuple[frozenset[Line], ...] = ()
    _process: SpawnProcess | None = None
    _pipe: Connection[Any, Any] | None = None

    def __enter__(self) -> Laboratory:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def find(self, mutation: Mutation) -> Finding:
        """Return what becomes of ``mutation``."""
        if self._pipe is None:
            self._start()
        assert self._pipe is not None  # noqa: S101 -- for the type checker: _start has set it
        self._pipe.send(mutation)
        finding = self._hear(_SECONDS)
        if not isinstance(finding, Finding):
            self._stop()
            return Finding(f"ends the process: {finding}", hangs=True)
        if finding.hangs:
            self._stop()
        return finding

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        told = (other, self.claims, self._lines)
        self._process = context.Process(target=_work, args=told, daemon=True)
        self._process.start()
        other.close()
        ready = self._hear(_START_SECONDS)
        if not isinstance(ready, tuple):
            self._stop()
            raise LaboratoryError(f"the experiment could not be prepared: {ready}")
        self.size, self.payloads, self._lines = ready

    def _hear(self, seconds: float) -> Any:
        """Return what the process says, or a text that says why it says nothing."""
        assert self._pipe is not None  # noqa: S101 -- for the type checker
        if not self._pipe.poll(seconds):
            return f"no answer within {seconds:g} s"
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            return "it is gone"

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None


def _work(pipe: Connection[Any, Any], claims: bool, lines: tuple[frozenset[Line], ...]) -> None:  # noqa: FBT001 -- a process's target
    environment.prepare()  # before LiteLLM is imported
    from conformance.mutation.experiment import Experiment

    try:
        with Experiment(claims, lines) as experiment:
            pipe.send((experiment.size, experiment.payloads, experiment.lines))
            while True:
                pipe.send(experiment.find(pipe.recv()))
    except (EOFError, OSError):
        pass
    except Exception as error:  # noqa: BLE001 -- told to the one who asked
        pipe.send(f"{type(error).__name__}: {error}")
    os._exit(0)  # a mutation may have left a thread that Python would wait for
