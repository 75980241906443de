"""Where a request goes: under which model name, and by which upstream API."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from claude_code_proxy.anthropic_request import anthropic_credentials
from claude_code_proxy.model_name import ModelName, anthropic_name, is_claude
from common.environment import boolean_switch
from common.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_code_proxy.handler_call import HandlerCall
    from claude_code_proxy.settings import ModelSettings

UpstreamApi = Literal["responses", "chat", "anthropic"]
"""An OpenAI-compatible upstream speaks one of the first two; the third is Anthropic itself."""

ALWAYS_USE_RESPONSES_API: Final = "ALWAYS_USE_RESPONSES_API"

_GPT: Final = re.compile(r"gpt-(\d+)")
_O_SERIES: Final = re.compile(r"o\d+(?:[-:]|$)")
_FIRST_RESPONSES_GPT: Final = 5
_AZURE_NAME_OF_GPT_3_5: Final = "35"
_ANTHROPICS_KEYS: Final = "sk-ant-"


def route(
    call: HandlerCall,
    settings: ModelSettings,
    model_table: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
) -> tuple[HandlerCall, ModelSettings, UpstreamApi]:
    """Return ``call`` with the model's name as it is sent, ``settings`` for it, and the API.

    The settings gain the effort at the end of the name where they have none of their own, and
    Anthropic's credentials where the model is a ``claude-*`` without an ``api_base`` of its own.
    With one it is a gateway that speaks the chosen API, whatever the model's name.
    """
    named = ModelName.of(call.model, environment)
    if named.effort:
        settings = replace(settings, reasoning={"effort": named.effort, **settings.reasoning})
    if is_claude(named.name) and not settings.api_base:
        base, key = anthropic_credentials(settings, call.configured_name, environment)
        call = replace(call, model=anthropic_name(named.name))
        return call, replace(settings, api_base=base, api_key=key), "anthropic"
    _refuse_anthropics_key(settings, call.configured_name, named.name)
    api = choose_api(named.name, settings, model_table, environment)
    return replace(call, model=named.name), settings, api


def _refuse_anthropics_key(settings: ModelSettings, model: str, sent: str) -> None:
    if not settings.api_base and (settings.api_key or "").startswith(_ANTHROPICS_KEYS):
        raise ConfigurationError(
            f"model {model!r} is sent to OpenAI as {sent!r}, and its api_key is one of "
            "Anthropic's: set the api_key of OpenAI, or an api_base that takes this one"
        )


def choose_api(
    model: str,
    settings: ModelSettings,
    model_table: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
) -> UpstreamApi:
    """Choose by the setting, else the environment, else the model's family, else LiteLLM's table.

    The switch in the environment says "always" or nothing: where it is false, the model decides.
    The table (``litellm.model_cost``) is asked last and believed only where it lists no chat
    endpoint at all: it calls GPT-5 a chat model, and it differs between versions.
    """
    if settings.use_responses_api is not None:
        return "responses" if settings.use_responses_api else "chat"
    if (
        boolean_switch(ALWAYS_USE_RESPONSES_API, environment)
        or is_reasoning_family(model)
        or _lists_only_responses(model, model_table)
    ):
        return "responses"
    return "chat"


def is_reasoning_family(model: str) -> bool:
    """Tell whether ``model`` is of GPT-5 or later, of the o-series or a codex, by its name."""
    name = model.lower().rsplit("/", 1)[-1].removeprefix("ft:")
    gpt = _GPT.match(name)
    if gpt and gpt[1] != _AZURE_NAME_OF_GPT_3_5 and int(gpt[1]) >= _FIRST_RESPONSES_GPT:
        return True
    return bool(_O_SERIES.match(name)) or "codex" in name


def _lists_only_responses(model: str, model_table: Mapping[str, Any]) -> bool:
    entry = model_table.get(model) or model_table.get(f"openai/{model}") or {}
    endpoints = entry.get("supported_endpoints") or ()
    return any("responses" in endpoint for endpoint in endpoints) and not any(
        "chat/completions" in endpoint for endpoint in endpoints
    )
