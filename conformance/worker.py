"""A worker: one process with LiteLLM, the handler and mocks of its own, that does jobs."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.entries.litellm_process import LiteLLMStartError
from conformance.loading import dotted, load_handler
from conformance.outcome import Record
from conformance.recorder import ProxyRecorder, Recorder
from conformance.replay import Replayer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litellm.llms.custom_llm import CustomLLM

    from conformance.jobs import CaseJob, ReplayJob
    from conformance.matrix import Case
    from conformance.replay import Reply
    from conformance.scenarios import Scenario


class Worker:
    """Does jobs with the handler of that name; a context manager.

    Raises `HandlerLoadError` if the handler does not import.
    """

    def __init__(self, handler: str, scenarios: tuple[Scenario, ...], limit: float) -> None:
        self._reference = dotted(handler)
        self._handler, self.file = load_handler(handler)
        self._scenarios = {scenario.name: scenario for scenario in scenarios}
        self._limit = limit
        self._stack = ExitStack()

    def __enter__(self) -> Worker:
        self._recorder = self._stack.enter_context(Recorder(self._handler, self._limit))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def records(self, job: CaseJob) -> Iterator[Record]:
        """Yield the record of each case of ``job``; what our own engine cannot do is told too."""
        if job.by_proxy:
            yield from self._by_proxy(job)
        else:
            yield from (self._try(self._recorder, case) for case in job.cases)

    def replies(self, job: ReplayJob) -> list[Reply]:
        """Return every profile's answer to every payload of ``job``."""
        return [reply for payload in job.payloads for reply in self._replayer.replies(payload)]

    @cached_property
    def _replayer(self) -> Replayer:
        return Replayer()

    def _by_proxy(self, job: CaseJob) -> Iterator[Record]:
        try:
            with (
                Recorder(_own_handler(), self._limit) as client,
                ProxyRecorder(
                    job.cases, self._scenarios, client, self._reference, self._limit
                ) as recorder,
            ):
                for case in job.cases:
                    yield self._try(recorder, case)
        except LiteLLMStartError as error:
            yield from (Record.broken(case, str(error)) for case in job.cases)

    def _try(self, recorder: Recorder | ProxyRecorder, case: Case) -> Record:
        """Record ``case``; the entries tell what the handler raised, so this is our own failure."""
        started = time.perf_counter()
        try:
            record = recorder.record(case, self._scenarios[case.scenario])
        except Exception as error:  # noqa: BLE001 -- one case's trouble must not end the run
            record = Record.broken(case, f"{type(error).__name__}: {error}")
        return replace(record, seconds=time.perf_counter() - started)


def _own_handler() -> CustomLLM:
    """Our handler, whichever is judged: it says what a client of ``/v1/responses`` sends."""
    from claude_code_proxy.claude_code_router import claude_code_router

    return claude_code_router
