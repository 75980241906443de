"""A ``claude-*`` request that goes to Anthropic itself, by LiteLLM's own way there.

It is handed on in the Chat Completions form in which it came, which LiteLLM turns back into
Anthropic's: the whole conversation, with its thinking blocks and cache marks. No drop flag acts on
it and nothing of it is repaired; only what LiteLLM's Anthropic provider knows is passed on.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.client_thinking import asked_of_claude
from common.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_code_proxy.handler_call import HandlerCall
    from claude_code_proxy.settings import ModelSettings

logger = logging.getLogger(__name__)

API_KEY: Final = "ANTHROPIC_API_KEY"
API_BASE: Final = "ANTHROPIC_API_BASE"

_OFFICIAL_BASE: Final = "https://api.anthropic.com"
_OPENAI_KEY: Final = "OPENAI_API_KEY"
_MESSAGES: Final = "/v1/messages"
_PASSED_ON: Final = (
    "temperature",
    "top_p",
    "top_k",
    "stop",
    "max_tokens",
    "max_completion_tokens",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "web_search_options",
    "user",
    "reasoning_effort",
    "thinking",
)

_OF_EXTRA_BODY: Final = frozenset(
    {*_PASSED_ON, "messages", "output_config"} | {"container", "context_management", "mcp_servers"}
)
"""What a user's ``extra_body`` may set: each field becomes an argument of LiteLLM's call, where
``base_url`` would take the key elsewhere and ``fallbacks`` the conversation."""


def anthropic_payload(
    call: HandlerCall, settings: ModelSettings, *, stream: bool
) -> dict[str, Any]:
    """Return the arguments that say what is asked, for ``litellm.[a]completion``.

    How to think is what the client asked of Claude, where the proxy has kept that, else the
    request's effort, else the settings'.
    """
    params = call.optional_params
    payload: dict[str, Any] = {"messages": list(call.messages)}
    payload.update({key: params[key] for key in _PASSED_ON if params.get(key) is not None})
    asked = asked_of_claude(call.litellm_params)
    effort = settings.reasoning.get("effort")
    if asked:
        payload.pop("reasoning_effort", None)
        payload.update(asked)
    elif effort and "thinking" not in payload:
        payload.setdefault("reasoning_effort", effort)
    if stream:
        payload.update(stream=True, stream_options={"include_usage": True})
    return payload


def anthropics_fields(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of ``extra`` is a field of Anthropic's API; the rest is logged and left out."""
    unknown = sorted(map(str, extra.keys() - _OF_EXTRA_BODY))
    if unknown:
        logger.warning("of extra_body, %s is not sent to Anthropic", ", ".join(unknown))
    return {key: extra[key] for key in extra if key in _OF_EXTRA_BODY}


def anthropic_credentials(
    settings: ModelSettings, model: str, environment: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Return base and key for Anthropic; raise `ConfigurationError` without a key of its own.

    The base is Anthropic's own unless ANTHROPIC_API_BASE says otherwise. ANTHROPIC_BASE_URL is not
    asked, as LiteLLM would: Claude Code reads it, and where it is set it leads to this very proxy.
    """
    environment = os.environ if environment is None else environment
    base = environment.get(API_BASE, "").strip().rstrip("/") or _OFFICIAL_BASE
    key = settings.api_key or environment.get(API_KEY, "").strip()
    if not key:
        raise ConfigurationError(
            f"model {model!r} goes to Anthropic, and there is no key for it: set {API_KEY}, or "
            "api_key in the model's settings; or api_base, if an OpenAI-compatible upstream "
            "serves it; or REMAP_CLAUDE_..._TO, if another model is to answer"
        )
    if key == environment.get(_OPENAI_KEY, "").strip():
        raise ConfigurationError(
            f"model {model!r} goes to Anthropic, and its api_key is that of {_OPENAI_KEY}: set "
            f"{API_KEY} and no api_key for this model"
        )
    return base.removesuffix(_MESSAGES).removesuffix("/v1"), key
