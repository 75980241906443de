"""What LiteLLM's versions add to a call leaves no trace on the wire."""

import copy
from typing import Any, Final

import pytest

from tests.claude_code_proxy.upstream import METHODS, RESPONSES_MODEL, Upstream

THINKING: Final = {"type": "thinking", "thinking": "step", "signature": "c2ln"}
REDACTED: Final = {"type": "redacted_thinking", "data": "b3BhcXVl"}


def history(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a conversation whose assistant turn holds these thinking blocks."""
    return [
        {"role": "user", "content": "hello"},
        {
            "role": "assistant",
            "content": "hi",
            "thinking_blocks": [dict(block) for block in blocks],
        },
        {"role": "user", "content": "go on"},
    ]


@pytest.mark.parametrize("method", METHODS)
def test_litellms_empty_cache_control_is_not_sent(upstream: Upstream, method: str) -> None:
    """LiteLLM 1.98 to 1.100 puts one into each thinking block; the caller's objects stay."""
    given = history({**THINKING, "cache_control": {}}, REDACTED)
    before = copy.deepcopy(given)
    METHODS[method](upstream.arguments(RESPONSES_MODEL, messages=given))
    with_it = upstream.last.body
    METHODS[method](upstream.arguments(RESPONSES_MODEL, messages=history(THINKING, REDACTED)))
    assert with_it == upstream.last.body
    assert upstream.last.json()["input"][1]["thinking_blocks"] == [THINKING, REDACTED]
    assert given == before


def test_a_clients_own_cache_control_stays(upstream: Upstream) -> None:
    """It has a type, as Anthropic wants it."""
    block = {**THINKING, "cache_control": {"type": "ephemeral"}}
    sent = upstream.sent(RESPONSES_MODEL, messages=history(block))
    assert sent["input"][1]["thinking_blocks"] == [block]


@pytest.mark.parametrize("method", ["streaming", "astreaming"])
@pytest.mark.parametrize("model", [RESPONSES_MODEL, "o1-pro"])
def test_stream_stands_third_whoever_asks_for_it(
    upstream: Upstream, model: str, method: str
) -> None:
    """LiteLLM asks itself, or must not know: that depends on the model and on its version."""
    METHODS[method](upstream.arguments(model, use_responses_api=True))
    assert list(upstream.last.json())[:3] == ["model", "input", "stream"]
