"""Entries: the ways a client's request reaches the handler.

``litellm_params`` is delivered by calling the handler with arguments captured from a real LiteLLM
call, because no LiteLLM that we know fills it; the other two placements go through LiteLLM's SDK,
so that what is tested is LiteLLM's own delivery.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import litellm
from litellm.types.utils import ModelResponse
from litellm.utils import custom_llm_setup

from conformance.environment import KEY_FROM_CALL
from conformance.matrix import MODELS
from conformance.outcome import Answer, Failure
from conformance.watch import CapturingHandler, WatchedHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from litellm.llms.custom_llm import CustomLLM

    from conformance.matrix import Case
    from conformance.scenarios import Scenario

PROVIDER = "claude_code_router"
_CAPTURE = "conformance_capture"
_DIRECT = "litellm_params"
_NESTED = "optional_params.litellm_params"
_TOP = "optional_params"


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A scenario as LiteLLM hands it to a custom provider: Chat messages and parameters."""

    messages: list[Any]
    parameters: dict[str, Any]


class Entries:
    """Calls the handler through LiteLLM as a case says, and returns what the caller got.

    A context manager: inside it the handler is LiteLLM's custom provider, outside it the providers
    are what they were. ``api_base`` and a marked key are given with every call.
    """

    def __init__(self, handler: CustomLLM, api_base: str) -> None:
        self.watched = WatchedHandler(handler)
        self._capturing = CapturingHandler()
        self._api_base = api_base
        self._runner = asyncio.Runner()
        self._providers: list[Any] = []
        self._calls: dict[str, ChatCall] = {}

    def __enter__(self) -> Entries:
        self._providers = litellm.custom_provider_map
        litellm.custom_provider_map = [
            {"provider": PROVIDER, "custom_handler": self.watched},
            {"provider": _CAPTURE, "custom_handler": self._capturing},
        ]
        litellm.suppress_debug_info = True
        # LiteLLM before 1.100 does not know the providers until this has run.
        custom_llm_setup()  # type: ignore[no-untyped-call] # LiteLLM left it so
        return self

    def __exit__(self, *_: object) -> None:
        litellm.custom_provider_map = self._providers
        self._runner.close()

    def call(self, case: Case, scenario: Scenario) -> Answer | Failure:
        """Send ``scenario`` as ``case`` says; an exception is an outcome, not an error of ours."""
        directly = _DIRECT in case.delivery.placements
        try:
            return Answer((self._directly if directly else self._through_sdk)(case, scenario))
        except Exception as error:  # noqa: BLE001 -- whatever the handler raises is its outcome
            return Failure(type(error).__name__, getattr(error, "status_code", None), str(error))

    def _directly(self, case: Case, scenario: Scenario) -> str:
        """Call the handler with what LiteLLM passed to a capturing one, its settings added."""
        self._through_sdk(case, scenario, provider=_CAPTURE)
        captured = self._capturing.arguments
        settings = {**captured["litellm_params"], **case.delivery.settings(_DIRECT)}
        arguments = {**captured, "litellm_params": settings, "model_response": ModelResponse()}
        return self._read(case, getattr(self.watched, case.method), arguments)

    def _through_sdk(self, case: Case, scenario: Scenario, provider: str = PROVIDER) -> str:
        """Call LiteLLM, which calls the provider's handler."""
        call = self._translated(scenario)
        arguments = copy.deepcopy({"messages": call.messages, **call.parameters})
        arguments |= case.delivery.settings(_TOP)
        if _NESTED in case.delivery.placements:
            arguments["litellm_params"] = case.delivery.settings(_NESTED)
        if scenario.caller_metadata:
            arguments["metadata"] = dict(scenario.caller_metadata)
        if case.streams:
            arguments["stream"] = True
        arguments |= {
            "model": f"{provider}/{MODELS[case.api]}",
            "api_base": self._api_base,
            "api_key": KEY_FROM_CALL,
        }
        method = litellm.acompletion if case.method.startswith("a") else litellm.completion
        return self._read(case, method, arguments)

    def _translated(self, scenario: Scenario) -> ChatCall:
        """Let LiteLLM translate the scenario's Messages body, once."""
        if scenario.name not in self._calls:
            body = {k: v for k, v in scenario.body.items() if k not in {"model", "stream"}}
            self._runner.run(
                litellm.anthropic_messages(
                    model=f"{_CAPTURE}/model", drop_params=True, **copy.deepcopy(body)
                )
            )
            captured = self._capturing.arguments
            self._calls[scenario.name] = ChatCall(captured["messages"], captured["optional_params"])
        return self._calls[scenario.name]

    def _read(self, case: Case, method: Callable[..., Any], arguments: dict[str, Any]) -> str:
        """Call ``method`` and read its answer to the end."""
        if case.method.startswith("a"):
            return self._runner.run(_aread(method, arguments, streams=case.streams))
        result = method(**arguments)
        return _joined(result) if case.streams else _text(result)


async def _aread(method: Callable[..., Any], arguments: dict[str, Any], *, streams: bool) -> str:
    result = method(**arguments)
    if not isinstance(result, AsyncIterable):
        result = await result
    return _joined([chunk async for chunk in result]) if streams else _text(result)


def _text(response: Any) -> str:
    return response.choices[0].message.content or ""


def _joined(chunks: Iterable[Any]) -> str:
    return "".join(_delta(chunk) for chunk in chunks)


def _delta(chunk: Any) -> str:
    """The text of one chunk, in either form that a custom provider may yield."""
    if isinstance(chunk, dict):
        return chunk.get("text") or ""
    return "".join(choice.delta.content or "" for choice in chunk.choices)
