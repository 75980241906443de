"""A scenario as LiteLLM hands it to a custom provider: Chat messages and parameters."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import litellm

if TYPE_CHECKING:
    import asyncio

    from conformance.scenarios import Scenario
    from conformance.watch import CapturingHandler

CAPTURING_PROVIDER = "conformance_capture"
_NOT_PARAMETERS = frozenset({"model", "messages", "stream"})


@dataclass(frozen=True, slots=True)
class ChatCall:
    """The ``messages`` of a call and its other parameters."""

    messages: list[Any]
    parameters: dict[str, Any]

    def arguments(self) -> dict[str, Any]:
        """Return the call's arguments, as a copy that LiteLLM may write into."""
        return copy.deepcopy({"messages": self.messages, **self.parameters})


class Translation:
    """Turns scenarios into calls, each once: a Messages body by LiteLLM's own translation."""

    def __init__(self, capturing: CapturingHandler) -> None:
        self._capturing = capturing
        self._calls: dict[str, ChatCall] = {}

    def of(self, scenario: Scenario, runner: asyncio.Runner) -> ChatCall:
        """Return the call of ``scenario``."""
        if scenario.name not in self._calls:
            self._calls[scenario.name] = self._translated(scenario, runner)
        return self._calls[scenario.name]

    def _translated(self, scenario: Scenario, runner: asyncio.Runner) -> ChatCall:
        parameters = {k: v for k, v in scenario.body.items() if k not in _NOT_PARAMETERS}
        messages = scenario.body["messages"]
        if scenario.form == "chat":
            return ChatCall(messages, parameters)
        runner.run(
            litellm.anthropic_messages(  # type: ignore[no-untyped-call,unused-ignore] # LiteLLM's own
                model=f"{CAPTURING_PROVIDER}/model",
                drop_params=True,
                **copy.deepcopy({"messages": messages, **parameters}),
            )
        )
        captured = self._capturing.arguments
        return ChatCall(captured["messages"], captured["optional_params"])
