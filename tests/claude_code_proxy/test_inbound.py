"""What an answer says beside its text: refusals, usage, reasoning, why it ended; on both APIs."""

import asyncio
from typing import Any, Final

import litellm
import pytest

from mock_upstream import RawReply, ReplyPlan
from tests.claude_code_proxy.sse import RESPONSE
from tests.claude_code_proxy.test_loose_replies import (
    DONE,
    chat_body,
    chunk,
    event,
    frame,
    said,
    stream,
    whole,
)
from tests.claude_code_proxy.test_streams import text
from tests.claude_code_proxy.upstream import METHODS, MODELS, Upstream, messages_stream

ENTRIES: Final = ("whole", "streamed")
CHAT_USAGE: Final = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 5},
}
USAGE: Final = {
    "input_tokens": 100,
    "output_tokens": 20,
    "total_tokens": 120,
    "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 10},
    "output_tokens_details": {"reasoning_tokens": 5},
}


def counted(api: str, entry: str) -> RawReply:
    """Return an answer whose upstream counts all that it can."""
    part = {"type": "output_text", "text": "Yes.", "annotations": []}
    item = {"type": "message", "id": "m", "role": "assistant", "content": [part]}
    response = {**RESPONSE, "output": [item], "usage": USAGE}
    replies = {
        ("responses", "whole"): whole(response),
        ("responses", "streamed"): stream(
            frame(said("Yes.")), frame(event("response.completed", response=response))
        ),
        ("chat", "whole"): whole({**chat_body(content="Yes."), "usage": CHAT_USAGE}),
        ("chat", "streamed"): stream(
            chunk({"content": "Yes."}, "stop"),
            frame({"choices": [], "usage": CHAT_USAGE}),
            DONE,
        ),
    }
    return replies[api, entry]


def on_messages(upstream: Upstream, api: str, entry: str) -> dict[str, Any]:
    """Return stop reason and usage as ``/v1/messages`` gives them."""
    if entry == "whole":
        arguments = upstream.arguments(MODELS[api])
        reply: Any = asyncio.run(litellm.anthropic_messages(**arguments, max_tokens=64))
        return {"stop_reason": reply["stop_reason"], **reply["usage"]}
    events = messages_stream(upstream.arguments(MODELS[api]))
    assert events[-1]["type"] == "message_stop"
    [last] = [e for e in events if e["type"] == "message_delta"]
    return {"stop_reason": last["delta"]["stop_reason"], **last["usage"]}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("api", MODELS)
def test_claude_code_gets_every_count_that_anthropic_has(
    upstream: Upstream, api: str, entry: str
) -> None:
    """What was read from a cache and written to one is apart from the rest of the input."""
    upstream.session.reply_with(counted(api, entry))
    assert on_messages(upstream, api, entry) == {
        "stop_reason": "end_turn",
        "input_tokens": 26,
        "cache_read_input_tokens": 64,
        "cache_creation_input_tokens": 10,
        "output_tokens": 20,
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_cached_and_reasoning_tokens_are_counted(upstream: Upstream, api: str, method: str) -> None:
    upstream.session.reply_with(counted(api, "streamed" if "streaming" in method else "whole"))
    reply = METHODS[method](upstream.arguments(MODELS[api]))
    usage = reply[-1].usage if "streaming" in method else reply.usage
    assert usage.prompt_tokens_details.cached_tokens == 64
    assert usage.completion_tokens_details.reasoning_tokens == 5


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("api", MODELS)
def test_a_reply_without_usage_still_ends_well(upstream: Upstream, api: str, entry: str) -> None:
    """Of a stream LiteLLM then makes an estimate."""
    replies = {
        ("responses", "whole"): whole({k: v for k, v in RESPONSE.items() if k != "usage"}),
        ("responses", "streamed"): stream(
            frame(said("Yes.")), frame({"type": "response.completed", "response": {}})
        ),
        ("chat", "whole"): whole(chat_body(content="Yes.")),
        ("chat", "streamed"): stream(chunk({"content": "Yes."}, "stop"), DONE),
    }
    upstream.session.reply_with(replies[api, entry])
    ended = on_messages(upstream, api, entry)
    assert ended["stop_reason"] == "end_turn"
    assert (ended["input_tokens"] > 0) is (entry == "streamed")


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": None}, {"prompt_tokens": "many"}])
def test_a_count_that_is_none_is_zero(upstream: Upstream, usage: dict[str, Any]) -> None:
    upstream.session.reply_with(whole({**chat_body(content="Yes."), "usage": usage}))
    reply = litellm.completion(**upstream.arguments(MODELS["chat"]))
    assert reply.usage.total_tokens == 0


def test_deepseeks_name_for_cached_tokens_is_known(upstream: Upstream) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 1, "prompt_cache_hit_tokens": 4}
    upstream.session.reply_with(whole({**chat_body(content="Yes."), "usage": usage}))
    reply = litellm.completion(**upstream.arguments(MODELS["chat"]))
    assert reply.usage.prompt_tokens_details.cached_tokens == 4


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_a_refusal_is_the_answers_text(upstream: Upstream, api: str, method: str) -> None:
    upstream.session.reply_with(ReplyPlan(refusal="I cannot do that."))
    reply = METHODS[method](upstream.arguments(MODELS[api]))
    answer = text(reply) if "streaming" in method else reply.choices[0].message.content
    assert answer == "I cannot do that."


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("api", MODELS)
def test_claude_code_is_told_of_an_answer_cut_short(
    upstream: Upstream, api: str, entry: str
) -> None:
    upstream.session.reply_with(ReplyPlan(text="Half", incomplete="max_output_tokens"))
    assert on_messages(upstream, api, entry)["stop_reason"] == "max_tokens"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_an_answer_that_was_filtered_says_so(upstream: Upstream, api: str, method: str) -> None:
    """What ``/v1/messages`` makes of it is LiteLLM's: "refusal" in 1.106, not so in 1.98."""
    upstream.session.reply_with(ReplyPlan(text="Half", incomplete="content_filter"))
    reply = METHODS[method](upstream.arguments(MODELS[api]))
    choices = [c.choices[0] for c in reply if c.choices] if "streaming" in method else reply.choices
    assert "content_filter" in [choice.finish_reason for choice in choices]


@pytest.mark.parametrize("api", MODELS)
def test_chunks_of_one_reply_have_one_id(upstream: Upstream, api: str) -> None:
    upstream.session.reply_with(ReplyPlan(text="Yes, indeed."))
    chunks = METHODS["streaming"](upstream.arguments(MODELS[api]))
    assert len({chunk.id for chunk in chunks}) == 1


def test_every_choice_of_a_whole_reply_is_kept(upstream: Upstream) -> None:
    body = chat_body(content="One.")
    second = {**body["choices"][0], "index": 1, "message": {"content": "Two."}}
    upstream.session.reply_with(whole({**body, "choices": [*body["choices"], second]}))
    reply = litellm.completion(**upstream.arguments(MODELS["chat"]))
    assert [choice.message.content for choice in reply.choices] == ["One.", "Two."]
    assert reply.model == MODELS["chat"]
