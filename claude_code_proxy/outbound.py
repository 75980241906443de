"""The one way an outbound request is built, for all four methods of the handler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import litellm
from litellm.types.router import RetryPolicy
from litellm.utils import supports_native_streaming

from claude_code_proxy.adaptations import adapted
from claude_code_proxy.anthropic_request import anthropic_payload, anthropics_fields
from claude_code_proxy.chat_request import chat_payload
from claude_code_proxy.client_thinking import with_effort
from claude_code_proxy.conversation import repaired
from claude_code_proxy.drop_fields import without_fields
from claude_code_proxy.drop_flags import without_dropped_fields
from claude_code_proxy.extra_headers import without_the_environments
from claude_code_proxy.litellm_differences import in_one_form
from claude_code_proxy.reasoning_items import with_reasoning_included, without_ours
from claude_code_proxy.request_log import log_request
from claude_code_proxy.responses_request import responses_payload
from claude_code_proxy.routing import UpstreamApi, route
from claude_code_proxy.settings import OWN_NAMES, ModelSettings, read_settings
from claude_code_proxy.surrogates import without_lone_surrogates
from claude_code_proxy.timeout import read_timeout
from common.errors import ConfigurationError, UntranslatableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_code_proxy.handler_call import HandlerCall

_BUILDERS: Final[Mapping[UpstreamApi, Callable[..., dict[str, Any]]]] = {
    "responses": responses_payload,
    "chat": chat_payload,
    "anthropic": anthropic_payload,
}
_TURNS: Final[Mapping[UpstreamApi, str]] = {
    "responses": "input",
    "chat": "messages",
    "anthropic": "messages",
}
_NOT_FROM_EXTRA_BODY: Final = OWN_NAMES | {"stream", "stream_options"}
_ONE_REQUEST: Final[Mapping[str, Any]] = {
    "max_retries": 0,
    "num_retries": 0,
    "retry_policy": RetryPolicy(),  # else a global litellm.num_retries sends it again
    "caching": False,  # a global litellm.cache serves the outer call; its keys ignore extra_body
}


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """One request, ready to go: the body as it will stand on the wire, and how to send it.

    Neither keys nor prompts show in its ``repr``, which ends up in tracebacks.
    """

    model: str
    configured_name: str
    api: UpstreamApi
    payload: dict[str, Any] = field(repr=False)
    settings: ModelSettings
    headers: Mapping[str, Any] = field(repr=False)
    timeout: Any

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for ``litellm.[a]responses`` or ``litellm.[a]completion``.

        The payload goes whole as ``extra_body``, which LiteLLM lays over the body it makes of its
        own arguments: so the bytes are ours in every version, whatever LiteLLM would rename, drop
        or refuse for a model name that it thinks it knows. What is repeated beside it is what
        LiteLLM must know to make the call; the copies keep its edits off our payload.
        """
        if self.api == "anthropic":
            return self._arguments_for_anthropic()
        arguments = {
            "model": f"openai/{self.model}",
            "api_base": self.settings.api_base,
            "api_key": self.settings.api_key,
            "extra_headers": self._extra_headers(),
            "timeout": self.timeout,
            "extra_body": self.payload,
            **_ONE_REQUEST,
        }
        if not self._streams_behind_litellms_back():
            for key in ("stream", "stream_options"):
                arguments[key] = self.payload.get(key)
        turns = _TURNS[self.api]
        arguments[turns] = _without_thinking(self.payload[turns])
        if self.api == "chat":
            arguments["_skip_responses_api_bridge"] = True  # the choice of API is ours
        return {key: value for key, value in arguments.items() if value is not None}

    def _streams_behind_litellms_back(self) -> bool:
        """Tell whether LiteLLM must not hear that a Responses request asks to stream.

        Of a model that it believes unable to stream (any that it does not know, in 1.100.5) it
        would ask for the whole reply and play that back. In ``extra_body`` alone, streaming works.
        """
        return (
            self.api == "responses"
            and "stream" in self.payload
            and not supports_native_streaming(self.model, "openai")
        )

    def _arguments_for_anthropic(self) -> dict[str, Any]:
        """Return arguments that LiteLLM's own Anthropic provider makes a request of.

        What a model does not take is left out by LiteLLM rather than refused.
        """
        return {
            **self.payload,
            "model": f"anthropic/{self.model}",
            "api_base": self.settings.api_base,
            "api_key": self.settings.api_key,
            "extra_headers": dict(self.headers),
            "timeout": self.timeout,
            "drop_params": True,
            **_ONE_REQUEST,
        }

    def _extra_headers(self) -> dict[str, Any] | None:
        if self.settings.api_base and self.api == "chat":
            return without_the_environments(self.headers)
        return dict(self.headers) or None


def build_request(call: HandlerCall, *, stream: bool) -> OutboundRequest:
    """Build the request for ``call``; raises `common.errors.ProxyError` where that cannot be."""
    call = in_one_form(call)
    settings = read_settings(call)
    _refuse_malformed(call.messages, "messages")
    routed, settings, api = route(call, settings, litellm.model_cost)
    payload = _payload(routed, settings, api, stream=stream)
    request = OutboundRequest(
        model=routed.model,
        configured_name=call.configured_name,
        api=api,
        payload=payload,
        settings=settings,
        headers=settings.extra_headers,
        timeout=read_timeout(call),
    )
    log_request(request)
    return request


def _payload(
    call: HandlerCall, settings: ModelSettings, api: UpstreamApi, *, stream: bool
) -> dict[str, Any]:
    """Build, adapt, let the user's ``extra_body`` lie over it, drop; in this order."""
    params: Mapping[str, Any] = without_fields(call.optional_params, settings.drop_params)
    messages = call.messages
    if api != "anthropic":
        params, messages = with_effort(params, call.litellm_params), repaired(messages)
    if api != "responses":
        messages = without_ours(messages)
    call = replace(call, messages=messages, optional_params=params)
    built = adapted(_BUILDERS[api](call, settings, stream=stream), api, settings.adaptations)
    extra = _extra_body(call)
    payload = {**built, **(anthropics_fields(extra) if api == "anthropic" else extra)}
    if api == "responses":
        payload = with_reasoning_included(payload, settings)
    _refuse_malformed(payload[_TURNS[api]], _TURNS[api])
    payload = without_dropped_fields(payload, api, settings.drop_flags)
    return _sendable(without_fields(payload, settings.drop_fields))


def _sendable(payload: dict[str, Any]) -> dict[str, Any]:
    """Return ``payload`` in characters that can be sent; raise if it is no JSON."""
    cleaned = without_lone_surrogates(payload)
    if cleaned is not payload:  # else it has been encoded
        try:
            json.dumps(cleaned)
        except (TypeError, ValueError, RecursionError) as error:
            raise UntranslatableError(
                f"the request cannot be written as JSON ({error}); expected fewer levels and plain "
                "values: take out what is not"
            ) from None
    return cleaned


def _extra_body(call: HandlerCall) -> dict[str, Any]:
    """Return the fields that the user asked for by name, which no allow-list of ours may veto."""
    extra = call.optional_params.get("extra_body") or {}
    if not isinstance(extra, dict):
        raise ConfigurationError(
            f"extra_body of model {call.model!r} is {type(extra).__name__}; expected a mapping"
        )
    return {key: value for key, value in extra.items() if key not in _NOT_FROM_EXTRA_BODY}


def _refuse_malformed(turns: object, name: str) -> None:
    """Raise `UntranslatableError` unless ``turns`` are turns; a text alone may be an ``input``."""
    if name == "input" and isinstance(turns, str):
        return
    if isinstance(turns, list | tuple) and all(isinstance(turn, Mapping) for turn in turns):
        return
    raise UntranslatableError(f"{name} is not a list of objects; expected one object for each turn")


def _without_thinking(turns: str | list[Mapping[str, Any]]) -> str | list[dict[str, Any]]:
    if isinstance(turns, str):
        return turns
    return [{key: _copied(turn[key]) for key in turn if key != "thinking_blocks"} for turn in turns]


def _copied(value: Any) -> Any:
    """Return a copy of JSON: LiteLLM writes into parts, such as a name into a file without one."""
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value
