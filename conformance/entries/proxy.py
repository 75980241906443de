"""The proxy's three entries: the real `litellm` command, its configuration file, and HTTP."""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import orjson

from conformance.entries.configuration import configuration
from conformance.entries.handler_replies import NoReplyError
from conformance.entries.litellm_process import LiteLLMProcess
from conformance.entries.proxy_config import proxy_environment, write_config
from conformance.entries.proxy_replies import read_in_turns, text_of, text_of_stream
from conformance.environment import KEY_OF_THE_CLIENT
from conformance.outcome import NO_ANSWER, Answer, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conformance.entries.access import Upstreams
    from conformance.matrix import Case, Entry
    from conformance.scenarios import Scenario

PATHS: Final[Mapping[Entry, str]] = {
    "proxy-messages": "/v1/messages",
    "proxy-chat": "/v1/chat/completions",
    "proxy-responses": "/v1/responses",
}


_END_SECONDS: Final = 2.0
"""How long a process that closed a connection may take to be gone."""


class ProxyEntries:
    """A running proxy that serves every model that the ``cases`` ask for; a context manager.

    ``bodies`` gives the body of a case's request, its model and stream apart, in the form of the
    entry's API. ``limit`` is how many seconds an answer may take.
    """

    def __init__(
        self,
        cases: Iterable[Case],
        scenarios: Mapping[str, Scenario],
        upstreams: Upstreams,
        bodies: Callable[[Case], Mapping[str, Any]],
        custom_handler: str,
        limit: float,
    ) -> None:
        self._names: dict[str, str] = {}
        self._models: dict[str, dict[str, Any]] = {}
        self._model_of: dict[Case, str] = {}
        for case in cases:
            params = configuration(case, scenarios[case.scenario], upstreams)
            name = self._names.setdefault(repr(params), f"model-{len(self._names)}")
            self._models[name] = params
            self._model_of[case] = name
        self._bodies = bodies
        self._custom_handler = custom_handler
        self._limit = limit
        self._stack = ExitStack()

    def __enter__(self) -> ProxyEntries:
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="proxy-")))
        config = directory / "config.yaml"
        write_config(config, self._models, self._custom_handler)
        litellm = str(Path(sysconfig.get_path("scripts"), "litellm"))
        command = [sys.executable, litellm, "--config", str(config)]
        command += ["--host", "127.0.0.1", "--port", "0"]
        environment = proxy_environment(directory, filter(None, sys.path))
        self._process = LiteLLMProcess(command, environment, directory)
        self._stack.enter_context(self._process)
        self._client = self._stack.enter_context(
            httpx.Client(base_url=self._process.url, timeout=self._limit)
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def call(self, case: Case, scenario: Scenario) -> Answer | Failure:
        """Post ``scenario`` as ``case`` says, and read the whole answer, or both in turns."""
        request = self._request(case, scenario)
        try:
            with ExitStack() as open_responses:
                responses = []
                for _ in range(case.calls):
                    response = self._client.send(request, stream=True)
                    open_responses.callback(response.close)
                    if response.is_error:
                        response.read()
                        return Failure("HTTPStatusError", response.status_code, response.text)
                    responses.append(response)
                return _answer(case, read_in_turns(responses, self._limit))
        except httpx.HTTPError as error:
            return self._failure(error)

    def _request(self, case: Case, scenario: Scenario) -> httpx.Request:
        body = {
            **self._bodies(case),
            "model": self._model_of[case],
            "stream": case.streams,
        }
        if scenario.caller_metadata:
            body["metadata"] = dict(scenario.caller_metadata)
        return self._client.build_request(
            "POST",
            PATHS[case.entry],
            content=_written(body),
            headers={
                **scenario.headers,
                "content-type": "application/json",
                "authorization": f"Bearer {KEY_OF_THE_CLIENT}",
            },
        )

    def _failure(self, error: httpx.HTTPError) -> Failure:
        """Tell what became of a request that got no whole answer."""
        if isinstance(error, httpx.TimeoutException) and self._process.exit_code is None:
            return Failure(NO_ANSWER, None, f"no answer within {self._limit:g} s")
        code = self._process.ended(_END_SECONDS)  # its last connection closes before it is gone
        if code is not None:
            return Failure(NO_ANSWER, None, f"the proxy ended with exit code {code}")
        return Failure(type(error).__name__, None, str(error))


def _answer(case: Case, contents: Iterable[bytes]) -> Answer | Failure:
    read = text_of_stream if case.streams else text_of
    try:
        texts = [read(case.entry, content) for content in contents]
    except NoReplyError as error:
        return Failure(type(error).__name__, None, str(error))
    return Answer(*texts) if texts else Failure(NoReplyError.__name__, None, "got nothing at all")


def _written(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # half a surrogate pair: JSON's escapes can say it
        import json

        return json.dumps(body).encode("ascii")
