"""Mutants that ask wrongly, or answer wrongly: how often, where to, with which key, with what."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any, ClassVar

from claude_code_proxy.inbound import asend_and_read_reply, send_and_read_reply
from conformance.mutants.mutant import Arguments, Mutant
from conformance.mutants.showing import (
    BY_PROXY,
    BY_ROUTER,
    CREDENTIALS,
    RAISED,
    TWO_STREAMS,
    plainly,
)

if TYPE_CHECKING:
    from conformance.mutants.mutant import Built, Payload
    from conformance.replay import Reply


class Retries(Mutant):
    """Asks the upstream twice."""

    caught_by = ("one-request",)
    shown_by = plainly()

    def completion(self, *_: Any, **given: Any) -> Any:
        """Return the second reply."""
        send_and_read_reply(self.request(given, "completion"))
        return super().completion(**given)

    async def acompletion(self, *_: Any, **given: Any) -> Any:
        """Return the second reply."""
        await asend_and_read_reply(self.request(given, "acompletion"))
        return await super().acompletion(**given)


class Raises(Mutant):
    """Fails before anything leaves."""

    caught_by = ("one-request", "answered")
    shown_by = plainly()

    def before(self, given: Arguments) -> Arguments:
        """Raise."""
        raise RuntimeError(f"wrong on purpose, for {given['model']}")


class LosesTheAnswer(Mutant):
    """Swallows what the upstream streamed."""

    caught_by = ("answered",)
    shown_by = plainly()

    def streaming(self, *_: Any, **given: Any) -> Any:
        """Return a stream of nothing."""
        list(super().streaming(**given))
        yield from ()


class AnswersNonsense(Mutant):
    """Returns a text where LiteLLM expects a reply."""

    caught_by = ("answered",)
    shown_by = plainly()

    def completion(self, *_: Any, **given: Any) -> Any:
        """Return no reply."""
        super().completion(**given)
        return "no reply at all"


class CrossesTwoStreams(Mutant):
    """Reads on in whichever stream was opened last: right for one after the other."""

    caught_by = ("streams-apart",)
    shown_by = TWO_STREAMS
    _last: ClassVar[list[Any]] = []

    def streaming(self, *_: Any, **given: Any) -> Any:
        """Return the chunks of the stream that was opened last."""
        self._last[:] = [iter(super().streaming(**given))]
        yield from iter(lambda: next(self._last[0], None), None)


class WritesIntoTheArguments(Mutant):
    """Leaves a mark in what the caller passed."""

    caught_by = ("arguments-untouched",)
    shown_by = plainly()

    def after(self, built: Built) -> Payload:
        """Leave the request alone, and mark the caller's parameters."""
        built.given["optional_params"]["seen"] = built.method
        return built.payload


class SendsTheEnvironmentKey(Mutant):
    """Sends the key that was meant for another upstream."""

    caught_by = ("configured-upstream", "base-and-key-of-one-source")
    shown_by = plainly()

    def before(self, given: Arguments) -> Arguments:
        """Take the key from the environment."""
        return {**given, "api_key": os.environ.get("OPENAI_API_KEY")}


class SwapsTheBase(Mutant):
    """Lets base and key among the settings beat the call's own."""

    caught_by = ("configured-upstream",)
    shown_by = CREDENTIALS

    def before(self, given: Arguments) -> Arguments:
        """Take both from the settings."""
        return {**given, **_settings(given, "api_base", "api_key")}


class MixesTwoSources(Mutant):
    """Sends the settings' key to the call's base."""

    caught_by = ("base-and-key-of-one-source", "configured-upstream")
    shown_by = CREDENTIALS

    def before(self, given: Arguments) -> Arguments:
        """Take the key alone from the settings."""
        return {**given, **_settings(given, "api_key")}


class LendsTheEnvironmentKey(Mutant):
    """Sends the environment's key to a base that has none."""

    caught_by = ("refused-without-key", "base-and-key-of-one-source", "one-request")
    shown_by = CREDENTIALS

    def before(self, given: Arguments) -> Arguments:
        """Take the key from the environment where there is none."""
        if given.get("api_base") and not given.get("api_key"):
            return {**given, "api_key": os.environ.get("OPENAI_API_KEY")}
        return given


class TellsTheSourceOfTheKey(Mutant):
    """Names a user if base and key come from the environment."""

    caught_by = ("credentials-change-no-byte",)
    shown_by = CREDENTIALS

    def after(self, built: Built) -> Payload:
        """Write another payload where no base is built.given."""
        if built.settings.api_base:
            return built.payload
        return {**built.payload, "user": "environment"}


class SendsTheClientsKey(Mutant):
    """Passes on the key that a client showed to the proxy."""

    caught_by = ("clients-key-stays", "configured-upstream")
    shown_by = BY_PROXY

    def before(self, given: Arguments) -> Arguments:
        """Take the key that opens the proxy; only a proxy notes a request."""
        if (given.get("litellm_params") or {}).get("proxy_server_request"):
            from litellm.proxy.proxy_server import master_key

            return {**given, "api_key": master_key}
        return given


class SendsTheClientsHeaders(Mutant):
    """Passes a header of the client's on."""

    caught_by = ("headers-by-list",)
    shown_by = plainly()

    def headers(self, headers: Arguments) -> Arguments:
        """Add it."""
        return {**headers, "x-claude-code-session-id": "a client's"}


class MockForgetsItsRules(Mutant):
    """Is the real handler, before mocks that take every payload."""

    caught_by = ("verdicts-as-predicted",)
    shown_by = plainly("thinking-history")

    def reply(self, reply: Reply) -> Reply:
        """Take the payload."""
        return dataclasses.replace(reply, status=200, rule="", body=None)


class MockRefusesEverything(Mutant):
    """Is the real handler, before mocks that take no payload."""

    caught_by = ("verdicts-as-predicted", "declared-by-the-api")
    shown_by = RAISED

    def reply(self, reply: Reply) -> Reply:
        """Refuse the payload."""
        return dataclasses.replace(reply, status=400, rule="no-rule", body={"detail": "no"})


class NamesTheRoutersModel(Mutant):
    """Sends the name that the Router knows the model by as the user."""

    caught_by = ("entry-changes-nothing",)
    shown_by = BY_ROUTER

    def after(self, built: Built) -> Payload:
        """Write the Router's name of the model, where there is one."""
        metadata = (built.given.get("litellm_params") or {}).get("metadata") or {}
        if "model_group" not in metadata:
            return built.payload
        return {**built.payload, "user": metadata["model_group"]}


class AsyncSaysMore(Mutant):
    """Sends another payload in the asynchronous methods."""

    caught_by = ("sync-is-async",)
    shown_by = plainly()

    def after(self, built: Built) -> Payload:
        """Ask for a temperature."""
        return _warmer(built) if built.method.startswith("a") else built.payload


class StreamsSayMore(Mutant):
    """Sends another payload where it asks for a stream."""

    caught_by = ("stream-keys-only",)
    shown_by = plainly()

    def after(self, built: Built) -> Payload:
        """Ask for a temperature."""
        return _warmer(built) if built.method.endswith("streaming") else built.payload


def _warmer(built: Built) -> Payload:
    return {**built.payload, "temperature": 0.5}


def _settings(given: Arguments, *names: str) -> Arguments:
    """Return what the nested placement says under these ``names``."""
    nested = given["optional_params"].get("litellm_params") or {}
    return {name: nested[name] for name in names if name in nested}


CALL_MUTANTS = (
    Retries(),
    Raises(),
    LosesTheAnswer(),
    AnswersNonsense(),
    CrossesTwoStreams(),
    WritesIntoTheArguments(),
    SendsTheEnvironmentKey(),
    SwapsTheBase(),
    MixesTwoSources(),
    LendsTheEnvironmentKey(),
    TellsTheSourceOfTheKey(),
    SendsTheClientsKey(),
    SendsTheClientsHeaders(),
    MockForgetsItsRules(),
    MockRefusesEverything(),
    NamesTheRoutersModel(),
    AsyncSaysMore(),
    StreamsSayMore(),
)
