"""A profile's recommended settings tried on every golden request, and which of them each needs."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from mock_upstream import MockServer, Session, create_app, load_profile
from mock_upstream.profile_format.profile import Profile
from mock_upstream.verdict import APIS, Api
from tests.claude_code_proxy.golden_requests import GoldenRequest
from tests.claude_code_proxy.upstream import KEY

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Circumstance:
    """A model of an upstream's, and what else a request to it may ask for, by API."""

    model: str
    asks: Mapping[Api, Settings] = field(default_factory=dict)


_ANY: Final = (Circumstance("any-model"),)
_CIRCUMSTANCES: Final[Mapping[str, tuple[Circumstance, ...]]] = {
    "azure": (Circumstance("gpt-5-2025-08-07"), Circumstance("gpt-4o")),
    "bedrock": (Circumstance("openai.gpt-oss-120b"), Circumstance("anthropic.claude-sonnet-4-5")),
    "chatgpt-codex": (Circumstance("gpt-5.2-codex"),),
    "deepseek": (Circumstance("deepseek-v4-pro"), Circumstance("deepseek-chat")),
    "fireworks": (Circumstance("glm-4p6"), Circumstance("qwen3-coder")),
    "gemini-openai": (Circumstance("gemini-3-pro-preview"), Circumstance("gemini-2.5-pro")),
    "github-copilot": (Circumstance("gpt-5.2"), Circumstance("claude-sonnet-4.5")),
    "mistral": (Circumstance("devstral-medium"),),
    "moonshot": (Circumstance("kimi-k2.5"), Circumstance("kimi-k2-0905-preview")),
    "openai": (Circumstance("gpt-5.2"), Circumstance("gpt-4.1")),
    "openai-observed": (
        Circumstance("gpt-5.2"),
        Circumstance("gpt-5"),
        Circumstance("o3"),
    ),
    "openrouter": (
        Circumstance("deepseek/deepseek-v4"),
        Circumstance("mistralai/devstral-medium"),
        Circumstance("z-ai/glm-4.6"),
    ),
    "vllm": (Circumstance("Qwen3-Coder"), Circumstance("glm-4.6")),
    "xai": (
        Circumstance("grok-4"),
        Circumstance(
            "grok-4",
            {
                "chat": {"extra_body": {"reasoning_effort": "high"}},
                "responses": {"extra_body": {"reasoning": {"effort": "high"}}},
            },
        ),
    ),
    "xiaomi-mimo": (
        Circumstance("mimo-v2-flash"),
        Circumstance("mimo-v2-flash", {"chat": {"extra_body": {"thinking": {"type": "enabled"}}}}),
    ),
}
"""The models whose habits the rules of a profile tell apart; any model does elsewhere."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an upstream made of a request: its status, and the rules that the request met."""

    status: int
    rules: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether it was a good one."""
        return self.status == 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One golden request at one upstream, without and with the settings, and those it needs."""

    api: Api
    circumstance: Circumstance
    request: str
    without: Answer
    recommended: Answer
    needed: tuple[str, ...]


def apis(profile: Profile) -> Iterator[Api]:
    """Yield the APIs of which ``profile`` says anything, or both where it says nothing at all."""
    if (
        profile.name == "chatgpt-codex"
    ):  # has the rules of Chat by inheritance, and no such endpoint
        yield "responses"
        return
    said = {api for rule in profile.rules for api in (APIS if rule.api == "both" else (rule.api,))}
    yield from (api for api in APIS if api in said or not said)


def findings(name: str, requests: tuple[GoldenRequest, ...]) -> Iterator[Finding]:
    """Send every request of ``requests`` to a mock of the profile ``name``, through LiteLLM."""
    profile = load_profile(name)
    session = Session(profile)
    with MockServer(create_app(session)) as server, asyncio.Runner() as runner:
        for api in apis(profile):
            settings: Settings = getattr(profile.settings, api)
            for circumstance in _CIRCUMSTANCES.get(name, _ANY):
                trial = _Trial(session, f"{server.url}/v1", runner, api, circumstance)
                yield from (trial.finding(request, settings) for request in requests)


def single_settings(settings: Settings) -> dict[str, Settings]:
    """Take ``settings`` apart, by the text of each: an entry of a list or mapping is one."""
    singles: dict[str, Settings] = {}
    for name, value in settings.items():
        if isinstance(value, list):
            singles |= {f"{name}: [{one}]": {name: [one]} for one in value}
        elif isinstance(value, Mapping):
            singles |= {
                f"{name}: {{{key}: {value[key]}}}": {name: {key: value[key]}} for key in value
            }
        else:
            singles[f"{name}: {str(value).lower()}"] = {name: value}
    return singles


def merged(parts: Iterable[Settings]) -> dict[str, Any]:
    """Put settings together; lists and mappings of the same name are joined."""
    whole: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if isinstance(value, list):
                whole[name] = [*whole.get(name, ()), *value]
            elif isinstance(value, Mapping):
                whole[name] = {**whole.get(name, {}), **value}
            else:
                whole[name] = value
    return whole


@dataclass(frozen=True, slots=True)
class _Trial:
    session: Session
    url: str
    runner: asyncio.Runner
    api: Api
    circumstance: Circumstance

    def finding(self, request: GoldenRequest, settings: Settings) -> Finding:
        without = self._answer(request, {})
        recommended = self._answer(request, settings) if settings else without
        curable = recommended.accepted and not without.accepted
        needed = self._needed(request, settings) if curable else ()
        return Finding(self.api, self.circumstance, request.name, without, recommended, needed)

    def _needed(self, request: GoldenRequest, settings: Settings) -> tuple[str, ...]:
        """Leave out single settings, the last one first, as long as the rest still cures."""
        singles = single_settings(settings)
        needed = list(singles)
        for text in reversed(singles):
            if len(needed) > 1:
                rest = merged(singles[one] for one in needed if one != text)
                if self._answer(request, rest).accepted:
                    needed.remove(text)
        return tuple(needed)

    def _answer(self, request: GoldenRequest, settings: Settings) -> Answer:
        self.session.journal.clear()
        with suppress(Exception):  # what the upstream said is in the journal
            self.runner.run(
                request.send(
                    **merged((settings, self.circumstance.asks.get(self.api, {}))),
                    model=f"claude_code_router/{self.circumstance.model}",
                    api_base=self.url,
                    api_key=KEY,
                    use_responses_api=self.api == "responses",
                )
            )
        [entry] = self.session.journal.entries
        rules = entry.verdict.violations if entry.verdict else ()
        return Answer(entry.status, tuple(dict.fromkeys(rule.rule for rule in rules)))
