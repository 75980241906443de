"""The entries in this process: the handler itself, LiteLLM's SDK, LiteLLM's Router.

``litellm_params`` is delivered by calling the handler with arguments captured from a real LiteLLM
call, because no LiteLLM that we know fills it; the other two placements go through LiteLLM, so that
what is tested is LiteLLM's own delivery.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import litellm
from litellm.router import Router
from litellm.types.utils import ModelResponse
from litellm.utils import custom_llm_setup

from conformance.entries.caller import Caller
from conformance.entries.chat_call import CAPTURING_PROVIDER, Translation
from conformance.entries.configuration import NESTED, PROVIDER, TOP, configuration
from conformance.entries.handler_replies import read, read_in_turns
from conformance.heard import Heard
from conformance.outcome import Answer, Failure
from conformance.variants import variant
from conformance.watch import CapturingHandler, WatchedHandler, own

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Hashable

    from litellm.llms.custom_llm import CustomLLM

    from conformance.entries.access import Upstreams
    from conformance.entries.handler_replies import Call
    from conformance.matrix import Case
    from conformance.scenarios import Scenario

_DIRECT = "litellm_params"
_GROUP = "configured-model"


class InProcessEntries:
    """Calls the handler through LiteLLM as a case says, and returns what the caller got.

    A context manager: inside it the handler is LiteLLM's custom provider, outside it the providers
    are what they were. ``limit`` is how many seconds a call may take.
    """

    def __init__(self, handler: CustomLLM, upstreams: Upstreams, limit: float) -> None:
        self.watched = WatchedHandler(handler)
        self._upstreams = upstreams
        self._capturing = CapturingHandler()
        self._translation = Translation(self._capturing)
        self._caller = Caller(limit)
        self._captured: dict[Hashable, dict[str, Any]] = {}
        self._routers: dict[str, Router] = {}
        self._providers: list[Any] = []

    def __enter__(self) -> InProcessEntries:
        self._providers = litellm.custom_provider_map
        litellm.custom_provider_map = [
            {"provider": PROVIDER, "custom_handler": self.watched},
            {"provider": CAPTURING_PROVIDER, "custom_handler": self._capturing},
        ]
        litellm.suppress_debug_info = True
        # LiteLLM before 1.100 does not know the providers until this has run.
        custom_llm_setup()  # type: ignore[no-untyped-call] # LiteLLM left it so
        return self

    def __exit__(self, *_: object) -> None:
        litellm.custom_provider_map = self._providers
        self._caller.close()

    def call(self, case: Case, scenario: Scenario) -> Answer | Failure:
        """Send ``scenario`` as ``case`` says; an exception is an outcome, not an error of ours."""
        self._caller.call(lambda runner: self._translation.of(scenario, runner), limited=False)
        heard = Heard(self._base)
        try:
            answer: Answer = self._caller.call(lambda r: self._answer(case, scenario, r, heard))
        except Exception as error:  # noqa: BLE001 -- whatever the handler raises is its outcome
            if case.options.variant:
                heard.error(error)
            status = getattr(error, "status_code", None)
            return Failure(type(error).__name__, status, str(error), tuple(heard.lines))
        return answer

    @property
    def _base(self) -> str:
        """The URL of the base that a call names."""
        return self._upstreams.urls["call"]

    def chat_arguments(self, scenario: Scenario) -> dict[str, Any]:
        """Return ``scenario`` as a Chat Completions request."""
        arguments = self._caller.call(
            lambda runner: self._translation.of(scenario, runner).arguments(), limited=False
        )
        return {key: value for key, value in arguments.items() if key != "stream"}

    def prepared(self, case: Case, scenario: Scenario, runner: asyncio.Runner) -> Call:
        """Return what is called for ``case``, and the arguments: a copy of its own."""
        enter = {"handler": self._handler, "sdk": self._sdk, "router": self._router}[case.entry]
        return enter(case, scenario, runner)

    def _answer(
        self, case: Case, scenario: Scenario, runner: asyncio.Runner, heard: Heard
    ) -> Answer:
        """Call what ``case`` calls; in a variant, all that comes is ``heard``."""
        call = self.prepared(case, scenario, runner)
        if case.options.variant:
            with variant(case.options.variant).in_environment(self._base), heard.log():
                text = read(case, call, runner, heard.reply)
            return Answer(text, heard=tuple(heard.lines))
        if case.options.beside:
            second = self.prepared(case, scenario, runner)
            return Answer(*read_in_turns(case, (call, second), runner))
        return Answer(read(case, call, runner))

    def _handler(self, case: Case, scenario: Scenario, runner: asyncio.Runner) -> Call:
        """Call the handler with what LiteLLM passed to a capturing one, its settings added."""
        captured = self._captured_arguments(case, scenario, runner)
        settings = self._upstreams.access(case.source).settings
        arguments = {
            **captured,
            "litellm_params": {**captured["litellm_params"], **case.settings(_DIRECT), **settings},
            "model_response": ModelResponse(),
        }
        if case.options.variant:
            arguments = variant(case.options.variant).laid_over(arguments, self._base)
        return getattr(self.watched, case.method), arguments

    def _captured_arguments(
        self, case: Case, scenario: Scenario, runner: asyncio.Runner
    ) -> dict[str, Any]:
        """Capture once what does not depend on the settings that are then added."""
        others = repr([case.settings(placement) for placement in (TOP, NESTED)])
        options = replace(case.options, variant="")
        key = (case.scenario, case.api, case.method, case.source, options, others)
        if key not in self._captured:
            read(case, self._sdk(case, scenario, runner, CAPTURING_PROVIDER), runner)
            self._captured[key] = self._capturing.arguments
        captured: dict[str, Any] = own(self._captured[key])
        return captured

    def _sdk(
        self, case: Case, scenario: Scenario, runner: asyncio.Runner, provider: str = PROVIDER
    ) -> Call:
        """Call LiteLLM, which calls the provider's handler."""
        arguments = self._arguments(case, scenario, runner)
        arguments |= configuration(case, scenario, self._upstreams, provider)
        method = litellm.acompletion if case.method.startswith("a") else litellm.completion
        return method, arguments

    def _router(self, case: Case, scenario: Scenario, runner: asyncio.Runner) -> Call:
        """Call LiteLLM's Router, which has the settings in its configuration."""
        configured = configuration(case, scenario, self._upstreams)
        key = repr(configured)
        if key not in self._routers:
            self._routers[key] = _router_of(configured)
        router = self._routers[key]
        arguments = {**self._arguments(case, scenario, runner), "model": _GROUP}
        method = router.acompletion if case.method.startswith("a") else router.completion
        return method, arguments

    def _arguments(self, case: Case, scenario: Scenario, runner: asyncio.Runner) -> dict[str, Any]:
        """Return what the client of LiteLLM says."""
        arguments = self._translation.of(scenario, runner).arguments()
        if scenario.caller_metadata:
            arguments["metadata"] = dict(scenario.caller_metadata)
        if case.streams:
            arguments["stream"] = True
        return arguments


def _router_of(configured: dict[str, Any]) -> Router:
    deployment = {"model_name": _GROUP, "litellm_params": configured}
    return Router(model_list=[deployment], num_retries=0, disable_cooldowns=True)
