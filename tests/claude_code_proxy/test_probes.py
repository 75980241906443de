"""What Claude Code asks to see whether a model is there: one token, "quota" or "test"."""

import asyncio
from collections.abc import Callable
from typing import Any

import litellm
import pytest

from mock_upstream import ReplyPlan
from tests.claude_code_proxy.upstream import METHODS, Upstream, messages_stream

REASONING_MODEL = "gpt-5.2"
WAYS = {
    "responses": (REASONING_MODEL, {}),
    "chat of a reasoning model": (REASONING_MODEL, {"use_responses_api": False}),
    "chat": ("glm-4.6", {}),
}
EACH_WAY = pytest.mark.parametrize(("model", "settings"), WAYS.values(), ids=WAYS)
EACH_PROBE = pytest.mark.parametrize("word", ["quota", "test"])
LIMITS = ("max_output_tokens", "max_completion_tokens", "max_tokens")
NOTHING_SAID = ReplyPlan(incomplete="max_output_tokens")
"""What a model answers whose few tokens went into reasoning."""


def probe(upstream: Upstream, model: str, word: str, **settings: Any) -> dict[str, Any]:
    """Return the arguments of a probe."""
    message = {"role": "user", "content": word}
    return upstream.arguments(model, messages=[message], max_tokens=1, **settings)


@EACH_WAY
@EACH_PROBE
@pytest.mark.parametrize("method", METHODS)
def test_a_probe_is_accepted_and_answered(
    start: Callable[..., Upstream], model: str, settings: dict[str, Any], word: str, method: str
) -> None:
    """By the strictest upstream; a limit is sent, and no smaller one than the model takes."""
    upstream = start("openai-observed")
    METHODS[method](probe(upstream, model, word, **settings))
    assert upstream.count == 1
    assert upstream.last.verdict.accepted
    limits = {name: value for name, value in upstream.last.json().items() if name in LIMITS}
    assert list(limits.values()) == [16 if model == REASONING_MODEL else 1]


@EACH_WAY
@pytest.mark.parametrize("method", ["completion", "acompletion"])
def test_an_answer_without_a_word_is_an_answer(
    upstream: Upstream, model: str, settings: dict[str, Any], method: str
) -> None:
    """Cut off by its length, and nothing in it that breaks who reads it."""
    upstream.session.reply_with(NOTHING_SAID)
    reply = METHODS[method](probe(upstream, model, "quota", **settings))
    assert reply.choices[0].finish_reason == "length"
    assert not reply.choices[0].message.content
    assert reply.usage.prompt_tokens


@EACH_WAY
@pytest.mark.parametrize("method", ["streaming", "astreaming"])
def test_a_stream_without_a_word_is_an_answer(
    upstream: Upstream, model: str, settings: dict[str, Any], method: str
) -> None:
    upstream.session.reply_with(NOTHING_SAID)
    chunks = METHODS[method](probe(upstream, model, "quota", **settings))
    finishes = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert list(filter(None, finishes)) == ["length"]


@EACH_WAY
@EACH_PROBE
@pytest.mark.parametrize("plan", [None, NOTHING_SAID], ids=["a word", "no word"])
def test_claude_code_sees_a_message(
    upstream: Upstream, model: str, settings: dict[str, Any], word: str, plan: ReplyPlan | None
) -> None:
    """On ``/v1/messages`` there is a text block, empty at worst, a stop reason and usage."""
    if plan:
        upstream.session.reply_with(plan)
    arguments = probe(upstream, model, word, **settings)
    reply: Any = asyncio.run(litellm.anthropic_messages(**arguments))
    assert reply["type"] == "message"
    assert reply["stop_reason"] == ("max_tokens" if plan else "end_turn")
    assert [block["type"] for block in reply["content"]] == ["text"]
    assert bool(reply["content"][0]["text"]) == (plan is None)
    assert reply["usage"]["input_tokens"]


@EACH_WAY
@pytest.mark.parametrize("plan", [None, NOTHING_SAID], ids=["a word", "no word"])
def test_claude_code_sees_a_whole_stream(
    upstream: Upstream, model: str, settings: dict[str, Any], plan: ReplyPlan | None
) -> None:
    """Begun, stopped for its reason and ended, with a block that is closed again."""
    if plan:
        upstream.session.reply_with(plan)
    arguments = probe(upstream, model, "quota", **settings)
    del arguments["max_tokens"]
    events = messages_stream(arguments)
    kinds = [event["type"] for event in events]
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") >= 1
    (end,) = [event for event in events if event["type"] == "message_delta"]
    assert end["delta"]["stop_reason"] == ("max_tokens" if plan else "end_turn")
