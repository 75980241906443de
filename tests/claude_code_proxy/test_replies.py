import asyncio
from typing import Any

import litellm
import openai
import orjson
import pytest

from mock_upstream import RawReply, ReplyPlan, ToolCall
from mock_upstream.replies.reply_plan import Usage
from tests.claude_code_proxy.sse import RESPONSE
from tests.claude_code_proxy.upstream import METHODS, MODELS, RESPONSES_MODEL, USER, Upstream

PLAN = ReplyPlan(
    text="Let me look.",
    reasoning="Where is it?",
    tool_calls=(
        ToolCall(name="Bash", arguments='{"command":"ls"}', call_id="call_1"),
        ToolCall(name="Read", arguments='{"path":"a"}', call_id="call_2"),
    ),
    usage=Usage(input=100, output=20, cached=64, reasoning=5),
)
WHOLE = ("completion", "acompletion")


def raw(response: dict[str, Any]) -> RawReply:
    """Return a whole Responses reply with some of its fields replaced."""
    body = orjson.dumps({**RESPONSE, **response})
    return RawReply(headers={"content-type": "application/json"}, chunks=(body,))


def calls(reply: Any) -> list[tuple[str, str, str]]:
    """Return id, name and arguments of each tool call of a whole reply."""
    return [
        (call.id, call.function.name, call.function.arguments)
        for call in reply.choices[0].message.tool_calls or ()
    ]


@pytest.mark.parametrize("method", WHOLE)
@pytest.mark.parametrize("api", MODELS)
def test_text_tool_calls_usage_and_finish_reason_come_back(
    upstream: Upstream, api: str, method: str
) -> None:
    """The same answer by either API is the same reply."""
    upstream.session.reply_with(PLAN)
    reply = METHODS[method](upstream.arguments(MODELS[api]))
    assert reply.choices[0].message.content == "Let me look."
    assert calls(reply) == [
        ("call_1", "Bash", '{"command":"ls"}'),
        ("call_2", "Read", '{"path":"a"}'),
    ]
    assert reply.choices[0].finish_reason == "tool_calls"
    usage = reply.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (100, 20, 120)
    assert usage.prompt_tokens_details.cached_tokens == 64
    assert usage.completion_tokens_details.reasoning_tokens == 5


def test_the_reasoning_summary_comes_back_as_reasoning(upstream: Upstream) -> None:
    parts = [{"type": "summary_text", "text": text} for text in ("First.", "Second.")]
    upstream.session.reply_with(
        raw({"output": [{"type": "reasoning", "id": "r", "summary": parts}]})
    )
    message = litellm.completion(**upstream.arguments()).choices[0].message
    assert message.reasoning_content == "First.\n\nSecond."
    assert message.content is None


@pytest.mark.parametrize("api", MODELS)
def test_a_plain_answer_ends_with_stop(upstream: Upstream, api: str) -> None:
    upstream.session.reply_with(ReplyPlan(text="Yes."))
    reply = litellm.completion(**upstream.arguments(MODELS[api]))
    assert (reply.choices[0].message.content, reply.choices[0].finish_reason) == ("Yes.", "stop")
    assert calls(reply) == []


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("max_output_tokens", "length"), ("content_filter", "content_filter"), (None, "length")],
)
def test_an_incomplete_response_says_why(
    upstream: Upstream, reason: str | None, finish: str
) -> None:
    details = {"reason": reason} if reason else None
    upstream.session.reply_with(raw({"status": "incomplete", "incomplete_details": details}))
    assert litellm.completion(**upstream.arguments()).choices[0].finish_reason == finish


def test_an_upstream_that_counts_nothing_yields_zeros(upstream: Upstream) -> None:
    """LiteLLM's ``/v1/messages`` fails on a reply without usage."""
    upstream.session.reply_with(raw({"usage": None}))
    assert litellm.completion(**upstream.arguments()).usage.total_tokens == 0


@pytest.mark.parametrize(
    ("code", "status"),
    [("server_error", 500), ("rate_limit_exceeded", 429), ("invalid_prompt", 400)],
)
def test_a_failed_response_is_an_error_not_an_empty_answer(
    upstream: Upstream, code: str, status: int
) -> None:
    upstream.session.reply_with(
        raw({"status": "failed", "error": {"code": code, "message": "It broke."}})
    )
    with pytest.raises(openai.APIError) as failure:
        litellm.completion(**upstream.arguments())
    assert failure.value.status_code == status
    assert "It broke." in str(failure.value)


@pytest.mark.parametrize("api", MODELS)
def test_messages_gets_content_and_usage_in_anthropics_form(upstream: Upstream, api: str) -> None:
    upstream.session.reply_with(PLAN)
    arguments = upstream.arguments(MODELS[api])
    reply: Any = asyncio.run(litellm.anthropic_messages(**arguments, max_tokens=64))
    kinds = [block["type"] for block in reply["content"] if block["type"] != "thinking"]
    assert kinds == ["text", "tool_use", "tool_use"]
    assert reply["stop_reason"] == "tool_use"
    assert reply["usage"]["output_tokens"] == 20
    assert reply["usage"]["input_tokens"] + reply["usage"]["cache_read_input_tokens"] == 100


def test_a_global_cache_of_litellms_answers_no_request_but_its_own(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keys do not see what differs in our payload; the call around ours may be cached."""
    monkeypatch.setattr(litellm, "cache", litellm.Cache(type="local"))
    for model in MODELS.values():
        for limit in (100, 200):
            params = {"max_tokens": limit}
            litellm.completion(**upstream.arguments(model, **params, messages=list(USER)))
    assert upstream.count == 4


def test_the_model_is_named_as_it_was_asked_for(upstream: Upstream) -> None:
    assert litellm.completion(**upstream.arguments()).model == RESPONSES_MODEL
