"""The recorder: runs cases, and keeps for each what left and what came back."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import orjson

from conformance.entries.in_process import InProcessEntries
from conformance.entries.proxy import ProxyEntries
from conformance.marked_mocks import MarkedMocks
from conformance.matrix import Case
from conformance.outcome import Outcome, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from litellm.llms.custom_llm import CustomLLM

    from conformance.scenarios import Scenario

PATIENCE = 20.0
"""Seconds that one case may take."""

_NOT_IN_A_REQUEST = ("model", "stream", "metadata")


class Recorder:
    """Sends cases through the handler in this process by its ``entries``; a context manager."""

    def __init__(self, handler: CustomLLM, limit: float = PATIENCE) -> None:
        self._mocks = MarkedMocks()
        self._handler = handler
        self._limit = limit
        self._stack = ExitStack()

    def __enter__(self) -> Recorder:
        upstreams = self._stack.enter_context(self._mocks)
        self.entries = self._stack.enter_context(
            InProcessEntries(self._handler, upstreams, self._limit)
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def record(self, case: Case, scenario: Scenario) -> Record:
        """Send one case and return it with its outcome."""
        self._mocks.prepare(case)
        answer = self.entries.call(case, scenario)
        return Record(
            case, Outcome(self._mocks.sent(case), answer, self.entries.watched.take_touched())
        )

    def body(self, case: Case, scenario: Scenario) -> Mapping[str, Any]:
        """Return the body of the request that a proxy's ``case`` posts, in its API's form.

        For ``/v1/responses`` it is what the handler here sends for the scenario, less what only
        a drop flag's field or the client's model and stream are.
        """
        if case.entry == "proxy-messages":
            return scenario.body
        if case.entry == "proxy-chat":
            return self.entries.chat_arguments(scenario)
        plain = Case(case.scenario, "responses", "completion", case.delivery)
        [sent] = self.record(plain, scenario).outcome.sent
        body = orjson.loads(sent.body)
        for item in body["input"]:
            item.pop("thinking_blocks", None)
        return {key: value for key, value in body.items() if key not in _NOT_IN_A_REQUEST}


class ProxyRecorder:
    """Sends cases through a real proxy that loads ``custom_handler``; a context manager."""

    def __init__(
        self,
        cases: Sequence[Case],
        scenarios: Mapping[str, Scenario],
        recorder: Recorder,
        custom_handler: str,
        limit: float = PATIENCE,
    ) -> None:
        self._mocks = MarkedMocks()
        self._cases = cases
        self._scenarios = scenarios
        self._recorder = recorder
        self._custom_handler = custom_handler
        self._limit = limit
        self._stack = ExitStack()
        self._bodies: dict[tuple[str, str], Mapping[str, Any]] = {}

    def __enter__(self) -> ProxyRecorder:
        upstreams = self._stack.enter_context(self._mocks)
        self._entries = self._stack.enter_context(
            ProxyEntries(
                self._cases,
                self._scenarios,
                upstreams,
                self._body,
                self._custom_handler,
                self._limit,
            )
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def record(self, case: Case, scenario: Scenario) -> Record:
        """Send one case and return it with its outcome."""
        self._mocks.prepare(case)
        answer = self._entries.call(case, scenario)
        return Record(case, Outcome(self._mocks.sent(case), answer))

    def _body(self, case: Case) -> Mapping[str, Any]:
        key = (case.scenario, case.entry)
        if key not in self._bodies:
            self._bodies[key] = self._recorder.body(case, self._scenarios[case.scenario])
        return self._bodies[key]
