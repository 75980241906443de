"""What a shipped profile recommends for its upstream: the handler's settings, and a model.

The golden requests are Claude Code's own, recorded. With an upstream's settings its profile must
accept them, without them it refuses what it refuses (docs/upstreams.md).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from conformance.profile_reading import profile_names, read_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.matrix import Api

GOLDEN_SCENARIOS: Final = ("first-turn", "tool-results-with-image", "tool-error")
"""The requests that were recorded of Claude Code."""

ANY_MODEL: Final = "any-model"
_MODELS: Final[Mapping[str, str]] = {
    "azure": "gpt-5-2025-08-07",
    "bedrock": "openai.gpt-oss-120b",
    "chatgpt-codex": "gpt-5.2-codex",
    "deepseek": "deepseek-v4-pro",
    "fireworks": "qwen3-coder",
    "gemini-openai": "gemini-3-pro-preview",
    "github-copilot": "gpt-5.2",
    "mistral": "devstral-medium",
    "moonshot": "kimi-k2.5",
    "openai": "gpt-5.2",
    "openai-observed": "gpt-5.2",
    "openrouter": "mistralai/devstral-medium",
    "vllm": "Qwen3-Coder",
    "xai": "grok-4",
    "xiaomi-mimo": "mimo-v2-flash",
}
"""A model whose habits the rules of a profile tell apart; any model does elsewhere."""


def upstreams(api: Api) -> Iterator[tuple[str, str]]:
    """Yield each profile that says anything of ``api``, or nothing at all, with a model of it."""
    for name in profile_names():
        profile = read_profile(name)
        if not profile.rules or profile.rules_for(api):
            yield name, profile_model(name)


def profile_model(name: str) -> str:
    """Return a model whose habits the rules of a profile tell apart, or any."""
    return _MODELS.get(name, ANY_MODEL)


@cache
def recommended_settings(profile: str, api: Api) -> Mapping[str, Any]:
    """Return the model settings that ``profile`` recommends for ``api``."""
    settings: dict[str, Any] = read_profile(profile).keys.get("settings", {}).get(api, {})
    return settings
