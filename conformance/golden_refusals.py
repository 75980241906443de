"""What each upstream refuses of Claude Code's own requests, where no setting is made for it.

Written down apart from the profiles and from what is sent, as docs/upstreams.md tells it: so that a
handler that never meets a refusal is seen, too, as one that has lost what the refusal is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.upstream_settings import GOLDEN_SCENARIOS

if TYPE_CHECKING:
    from conformance.matrix import Api

_FIRST: Final = GOLDEN_SCENARIOS[:1]
_LATER: Final = GOLDEN_SCENARIOS[1:]
"""The turns that have thinking, calls and results behind them."""


@dataclass(frozen=True, slots=True)
class GoldenRefusal:
    """A refusal that is due: whose, by which rule, in which of the golden scenarios.

    ``having`` is the field that it is about, where LiteLLM's versions differ in sending it.
    """

    profile: str
    api: Api
    rule: str
    scenarios: tuple[str, ...] = GOLDEN_SCENARIOS
    status: int = 400
    having: str = ""


GOLDEN_REFUSALS: Final = (
    GoldenRefusal("azure", "responses", "unknown-parameter", _LATER),
    GoldenRefusal("azure-ai-inference", "chat", "extra-parameters"),
    GoldenRefusal("azure-mistral", "chat", "stream-options"),
    GoldenRefusal("chatgpt-codex", "responses", "instructions-required"),
    GoldenRefusal("databricks", "chat", "stream-options"),
    GoldenRefusal("deepseek", "chat", "system-content-sequence"),
    GoldenRefusal("gateway", "responses", "gateway-metadata", _FIRST),
    GoldenRefusal("gateway", "responses", "gateway-thinking-blocks", _LATER),
    GoldenRefusal("gemini-openai", "chat", "thought-signature", _LATER),
    GoldenRefusal("github-copilot", "chat", "editor-version"),
    GoldenRefusal("github-copilot", "responses", "editor-version"),
    GoldenRefusal("mistral", "chat", "stream-options", status=422),
    GoldenRefusal("moonshot", "chat", "schema-property-type", _FIRST),
    GoldenRefusal("moonshot", "chat", "reasoning-missing", _LATER),
    GoldenRefusal("nvidia-nim", "chat", "prompt-cache-key", having="prompt_cache_key"),
    GoldenRefusal("openai", "responses", "unknown-parameter", _LATER),
    GoldenRefusal("openai-observed", "responses", "unknown-parameter", _LATER),
    GoldenRefusal("openrouter", "chat", "mistral-user-after-tool", _LATER),
    GoldenRefusal("openrouter", "responses", "message-without-id", _LATER),
    GoldenRefusal("volcengine", "responses", "unknown-field-metadata"),
)


def refusal_due(profile: str, api: Api, scenario: str, payload: object) -> GoldenRefusal | None:
    """Return the refusal that ``profile`` owes to ``payload``; None where it accepts it."""
    return next(
        (
            one
            for one in GOLDEN_REFUSALS
            if (one.profile, one.api) == (profile, api)
            and scenario in one.scenarios
            and (not one.having or (isinstance(payload, dict) and one.having in payload))
        ),
        None,
    )
