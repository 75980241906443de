"""The real handler, driven through LiteLLM against one mock whose profile changes."""

from __future__ import annotations

import collections
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import litellm
import orjson

from conformance.entries.access import Upstreams
from conformance.entries.configuration import PROVIDER
from conformance.entries.in_process import InProcessEntries
from conformance.environment import KEY_FROM_CALL
from conformance.matrix import MODELS
from conformance.scenarios import Scenario, load_scenarios
from mock_upstream import MockServer, Session, create_app, load_profile
from mock_upstream.from_error.unwrapping import without_prefixes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from litellm.llms.custom_llm import CustomLLM

    from conformance.matrix import Api
    from mock_upstream.profile_format.profile import Profile

LIMIT: Final = 10.0
"""Seconds that one call may take."""

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Driven:
    """One call of the handler: what it sent, and what it got for it.

    ``payload`` is the last request's body, None where no request left; ``status`` and ``message``
    are the mock's answer, or the exception's where nothing was sent.
    """

    payload: Mapping[str, Any] | None
    status: int | None
    message: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the upstream took the request."""
        return self.status == 200  # noqa: PLR2004 -- HTTP's OK


class HandlerDrive:
    """Drives the handler; a context manager. The mock is one server for all profiles.

    It takes one key, `KEY_FROM_CALL`.

    Each scenario's Chat form is worked out once, and what the handler makes of it without settings.
    """

    def __init__(self, handler: CustomLLM) -> None:
        self._entries = InProcessEntries(handler, Upstreams(), LIMIT)
        self._permissive = load_profile("permissive")
        self._session = Session(self._permissive, api_keys=(KEY_FROM_CALL,))
        self._server = MockServer(create_app(self._session))
        self._arguments: dict[str, dict[str, Any]] = {}
        self._plain: dict[tuple[str, Api, bool], Driven] = {}
        self.scenarios = load_scenarios()

    def __enter__(self) -> Self:
        self._entries.__enter__()
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()
        self._entries.__exit__(kind, error, trace)

    def plain(self, scenario: Scenario, api: Api, *, stream: bool = False) -> Driven:
        """Return what the handler sends for a scenario without any setting; all is accepted."""
        key = (scenario.name, api, stream)
        if key not in self._plain:
            settings = {"stream": True} if stream else {}
            self._plain[key] = self.drive(scenario, api, settings, self._permissive)
        return self._plain[key]

    def drive(
        self,
        scenario: Scenario,
        api: Api,
        settings: Mapping[str, Any],
        profile: Profile,
        *,
        api_key: str = KEY_FROM_CALL,
    ) -> Driven:
        """Send a scenario with settings to the mock with a profile."""
        self._session.use_profile(profile)
        self._session.journal.clear()
        try:
            call = {
                **copy.deepcopy(self._chat(scenario)),
                **_configuration(scenario, api, settings),
                "api_base": f"{self._server.url}/v1",
                "api_key": api_key,
            }
            reply = litellm.completion(**call, timeout=LIMIT)
            if call.get("stream"):
                collections.deque(reply, maxlen=0)
        except Exception as error:  # noqa: BLE001 -- whatever the handler raises is its outcome
            return self._driven(error)
        return self._driven(None)

    def _chat(self, scenario: Scenario) -> dict[str, Any]:
        if scenario.name not in self._arguments:
            self._arguments[scenario.name] = self._entries.chat_arguments(scenario)
        return self._arguments[scenario.name]

    def _driven(self, error: Exception | None) -> Driven:
        entries = self._session.journal.entries
        if not entries:
            return Driven(None, getattr(error, "status_code", None), str(error))
        last = entries[-1]
        try:
            payload = orjson.loads(last.body)
        except orjson.JSONDecodeError:
            payload = None
        told = "" if error is None else without_prefixes(str(error)).message
        return Driven(payload, last.status, told)


def _configuration(scenario: Scenario, api: Api, settings: Mapping[str, Any]) -> dict[str, Any]:
    own = copy.deepcopy(dict(settings))
    model = own.pop("model", f"{MODELS[api]}{scenario.model_suffix}")
    own.setdefault("use_responses_api", api == "responses")
    metadata = {"metadata": dict(scenario.caller_metadata)} if scenario.caller_metadata else {}
    return {"model": f"{PROVIDER}/{model}", **metadata, **own}
