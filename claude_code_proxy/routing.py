"""Which upstream API a request takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

from common.environment import boolean_switch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_code_proxy.settings import ModelSettings

UpstreamApi = Literal["responses", "chat"]

ALWAYS_USE_RESPONSES_API: Final = "ALWAYS_USE_RESPONSES_API"

_GPT: Final = re.compile(r"gpt-(\d+)")
_O_SERIES: Final = re.compile(r"o\d+(?:[-:]|$)")
_FIRST_RESPONSES_GPT: Final = 5
_AZURE_NAME_OF_GPT_3_5: Final = "35"


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
