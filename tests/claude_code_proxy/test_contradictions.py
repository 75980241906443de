"""Upstreams that contradict each other, served in one process: each by its own settings alone."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from claude_code_proxy.keep_fields import IMAGES_OF_TOOLS
from mock_upstream import load_profile
from tests.claude_code_proxy.golden_requests import GoldenRequest, golden_requests
from tests.claude_code_proxy.upstream import KEY, Upstream

REQUESTS = {request.name: request for request in golden_requests()}


@dataclass(frozen=True, slots=True)
class Side:
    """An upstream by its profile and model; ``settings`` where not those that it recommends."""

    profile: str
    model: str = "any-model"
    settings: Mapping[str, Any] | None = None

    def arguments(self, upstream: Upstream) -> dict[str, Any]:
        recommended: Mapping[str, Any] = load_profile(self.profile).settings.chat
        return {
            **(recommended if self.settings is None else self.settings),
            "model": f"claude_code_router/{self.model}",
            "api_base": upstream.url,
            "api_key": KEY,
            "use_responses_api": False,
        }


DEEPSEEK = Side("deepseek", "deepseek-v4-pro")
MOONSHOT = Side("moonshot", "kimi-k2.5")
MISTRAL = Side("mistral", "devstral-medium")
OPENAI = Side("openai-observed", "gpt-4.1-mini")
LM_STUDIO = Side("lmstudio")
CEREBRAS, GROQ = Side("cerebras"), Side("groq")
IMAGE_IN_TOOL_TURN = Side(
    "openrouter",
    "mistralai/devstral-medium",
    {"keep_fields": [IMAGES_OF_TOOLS], "bridge_tool_to_user_chat_api": True},
)
"""That profile wants no user's turn after a tool's, and has nothing against an image in one."""

SIDES = (DEEPSEEK, MOONSHOT, MISTRAL, OPENAI, LM_STUDIO, CEREBRAS, GROQ, IMAGE_IN_TOOL_TURN)

CONTRADICTIONS = [
    ("tool-results-with-image", DEEPSEEK, CEREBRAS, "reasoning-content", "reasoning-required"),
    ("tool-results-with-image", DEEPSEEK, GROQ, "message-reasoning-content", "reasoning-required"),
    ("tool-results-with-image", MOONSHOT, MISTRAL, "reasoning-content", "reasoning-missing"),
    ("thinking-history", MOONSHOT, GROQ, "message-reasoning-content", "reasoning-missing"),
    ("silent-calls", OPENAI, LM_STUDIO, "content-null", None),
    ("tool-results-with-image", OPENAI, MISTRAL, "user-after-tool", None),
    ("tool-results-with-image", IMAGE_IN_TOOL_TURN, MISTRAL, "tool-image", None),
    (
        "tool-results-with-image",
        OPENAI,
        IMAGE_IN_TOOL_TURN,
        "mistral-user-after-tool",
        "tool-image",
    ),
]
"""A request, two upstreams, and the rule by which each refuses what the other is sent.

No rule is where the second one's form would do for the first, who gets its own all the same.
"""


@pytest.mark.parametrize(("name", "one", "other", "refusal", "counter"), CONTRADICTIONS)
def test_what_the_one_is_sent_the_other_refuses(
    start: Callable[..., Upstream],
    name: str,
    one: Side,
    other: Side,
    refusal: str,
    counter: str | None,
) -> None:
    """Each accepts what its settings make of the request, and that is not the same thing."""
    upstreams = [start(side.profile) for side in (one, other)]
    for side, upstream in zip((one, other), upstreams, strict=True):
        asyncio.run(REQUESTS[name].send(**side.arguments(upstream)))
        assert (upstream.last.status, upstream.count) == (200, 1)
    [first, second] = [upstream.last.json() for upstream in upstreams]
    assert first["messages"] != second["messages"]
    assert refusal in _rules(upstreams[1], {**first, "model": other.model})
    met = _rules(upstreams[0], {**second, "model": one.model})
    assert counter in met if counter else not met


@pytest.mark.parametrize("name", ["tool-results-with-image", "silent-calls", "thinking-history"])
def test_all_are_served_at_once_with_the_bytes_that_each_gets_alone(
    start: Callable[..., Upstream], name: str
) -> None:
    """The settings of one model do nothing to another's request, however they overlap."""
    request = REQUESTS[name]
    upstreams = [start(side.profile) for side in SIDES]
    arguments = [side.arguments(to) for side, to in zip(SIDES, upstreams, strict=True)]

    async def run() -> None:
        for one in arguments:
            await request.send(**one)
        await asyncio.gather(*(request.send(**one) for one in arguments * 3))

    asyncio.run(run())
    for upstream in upstreams:
        entries = upstream.session.journal.entries
        assert [entry.status for entry in entries] == [200] * 4
        assert len({entry.body for entry in entries}) == 1


def test_reasoning_that_comes_back_is_the_models_own(start: Callable[..., Upstream]) -> None:
    """Not the blank that stands in for what is not known."""
    request: GoldenRequest = REQUESTS["tool-results-with-image"]
    upstream = start("deepseek")
    asyncio.run(request.send(**DEEPSEEK.arguments(upstream)))
    [turn] = [m for m in upstream.last.json()["messages"] if m["role"] == "assistant"]
    [thinking, *_] = request.body["messages"][1]["content"]
    assert turn["reasoning_content"] == thinking["thinking"]


def _rules(upstream: Upstream, payload: dict[str, Any]) -> set[str]:
    return {violation.rule for violation in upstream.session.judge("chat", payload).violations}
