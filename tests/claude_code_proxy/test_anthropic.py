import copy
from collections.abc import Iterator
from typing import Any

import litellm
import pytest

from tests.claude_code_proxy.messages_api import TEXT, THINKING, MessagesApi, messages_api
from tests.claude_code_proxy.upstream import METHODS, USER, Upstream, call_handler, messages_stream

SONNET = "claude-sonnet-4-5"
CACHED = {"type": "ephemeral"}
SIGNED = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}
HISTORY: list[dict[str, Any]] = [
    {"role": "system", "content": [{"type": "text", "text": "be kind", "cache_control": CACHED}]},
    {"role": "user", "content": "hi"},
    {
        "role": "assistant",
        "content": "let me",
        "thinking_blocks": [SIGNED],
        "reasoning_content": "hm",
        "tool_calls": [
            {"id": "toolu_1", "type": "function", "function": {"name": "Bash", "arguments": "{}"}}
        ],
    },
    {"role": "tool", "tool_call_id": "toolu_1", "content": "done", "cache_control": CACHED},
    {"role": "user", "content": "go on"},
]


@pytest.fixture
def anthropic(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    """A Messages API where the environment says that Anthropic is, with the keys of both."""
    with messages_api() as api:
        monkeypatch.setenv("ANTHROPIC_API_BASE", api.url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9/the-proxy-itself")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "key-from-anthropic-env")
        monkeypatch.setenv("OPENAI_API_KEY", "key-from-openai-env")
        monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/openai")
        yield api


def arguments(model: str = SONNET, **more: Any) -> dict[str, Any]:
    messages = copy.deepcopy(HISTORY)
    return {"model": f"claude_code_router/{model}", "messages": messages, **more}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("prefix", ["", "anthropic/"])
def test_a_claude_without_an_address_goes_to_anthropic_whole(
    anthropic: MessagesApi, method: str, prefix: str
) -> None:
    """Thinking with its signature, cache marks, call and result; none of ours or LiteLLM's."""
    METHODS[method](
        arguments(
            prefix + SONNET,
            max_tokens=2000,
            tools=[{"type": "function", "function": {"name": "Bash"}}],
            metadata={"secret": "of-the-caller"},
            drop_metadata_res_api=True,
            drop_fields=["nothing"],
            extra_headers={"x-own": "from-config"},
        )
    )
    [(headers, body)] = anthropic.requests
    assert headers["x-api-key"] == "key-from-anthropic-env"
    assert headers["x-own"] == "from-config"
    assert "authorization" not in headers
    assert body["model"] == SONNET
    assert body["system"] == [{"type": "text", "text": "be kind", "cache_control": CACHED}]
    assert body["messages"][1]["content"] == [
        SIGNED,
        {"type": "text", "text": "let me"},
        {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}},
    ]
    assert body["messages"][2]["content"][0] == {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "content": "done",
        "cache_control": CACHED,
    }
    assert body.keys() <= {"model", "messages", "system", "max_tokens", "tools", "stream"}


@pytest.mark.parametrize("method", ["completion", "acompletion"])
@pytest.mark.usefixtures("anthropic")
def test_a_whole_reply_arrives_with_thinking_and_signature(method: str) -> None:
    message = METHODS[method](arguments()).choices[0].message
    assert message.content == TEXT["text"]
    assert message.thinking_blocks == [THINKING]


@pytest.mark.usefixtures("anthropic")
def test_a_stream_arrives_with_thinking_and_signature_on_messages() -> None:
    """As Claude Code gets it: the same blocks that Anthropic streamed."""
    deltas = [e["delta"] for e in messages_stream(arguments()) if "delta" in e]
    assert {"type": "thinking_delta", "thinking": THINKING["thinking"]} in deltas
    assert {"type": "signature_delta", "signature": THINKING["signature"]} in deltas
    assert {"type": "text_delta", "text": TEXT["text"]} in deltas
    assert {"stop_reason": "end_turn"}.items() <= deltas[-1].items()


def test_what_the_client_asked_of_claude_is_asked(anthropic: MessagesApi) -> None:
    """LiteLLM takes ``thinking`` out on the way to us; its proxy's record of the request has it."""
    thinking = {"type": "enabled", "budget_tokens": 4096}
    record = {"url": "http://proxy/v1/messages?beta=true", "body": {"thinking": thinking}}
    for params in ({}, {"reasoning_effort": "low"}):
        call_handler(
            "completion",
            model=SONNET,
            messages=list(USER),
            optional_params={"max_tokens": 9000, **params},
            litellm_params={"proxy_server_request": record},
        )
        assert anthropic.requests[-1][1]["thinking"] == thinking


def test_an_effort_adds_no_thinking_to_an_output_config(anthropic: MessagesApi) -> None:
    """A client of ``/v1/messages`` that did not ask for thinking gets none."""
    record = {"url": "http://proxy/v1/messages", "body": {"output_config": {"effort": "low"}}}
    call_handler(
        "completion",
        model=SONNET,
        messages=list(USER),
        optional_params={"max_tokens": 9000, "reasoning_effort": "high"},
        litellm_params={"proxy_server_request": record},
    )
    assert "thinking" not in anthropic.requests[-1][1]


def test_an_effort_becomes_thinking(anthropic: MessagesApi) -> None:
    """From the suffix or the settings, as LiteLLM translates it for the model."""
    for more in ({"model": f"claude_code_router/{SONNET}-reason-low"}, {"reasoning": "low"}):
        litellm.completion(**{**arguments(max_tokens=9000), **more})
        body = anthropic.requests[-1][1]
        assert body["model"] == SONNET
        assert body["thinking"]["budget_tokens"] < 9000


def test_the_models_own_key_wins(anthropic: MessagesApi) -> None:
    litellm.completion(**arguments(api_key="key-from-call"))
    assert anthropic.requests[-1][0]["x-api-key"] == "key-from-call"


def test_openais_key_never_goes_there(
    anthropic: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(litellm.BadRequestError, match="its api_key is that of OPENAI_API_KEY"):
        litellm.completion(**arguments(api_key="key-from-openai-env"))
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(litellm.BadRequestError, match="no key for it: set ANTHROPIC_API_KEY"):
        litellm.completion(**arguments())
    assert anthropic.requests == []


def test_anthropics_key_never_goes_elsewhere(
    anthropic: MessagesApi, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not to a gateway that speaks Claude, nor to OpenAI where the name is remapped."""
    upstream.sent(SONNET)
    assert upstream.last.json()["model"] == SONNET
    assert upstream.last.api == "chat"
    monkeypatch.setenv("REMAP_CLAUDE_SONNET_TO", "gpt-5.2")
    monkeypatch.setenv("OPENAI_BASE_URL", upstream.url)
    litellm.completion(**arguments())
    keys = [entry.credential for entry in upstream.session.journal.entries]
    journal = upstream.session.journal
    assert [key.fingerprint for key in keys if key] == [
        journal.fingerprint("key-from-call"),
        journal.fingerprint("key-from-openai-env"),
    ]
    with pytest.raises(litellm.BadRequestError, match="its api_key is one of Anthropic's"):
        litellm.completion(**arguments(api_key="sk-ant-api03-key-from-call"))
    assert anthropic.requests == []


@pytest.mark.parametrize("end", ["/", "/v1", "/v1/", "/v1/messages"])
def test_the_address_may_be_written_as_people_do(
    anthropic: MessagesApi, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_BASE", anthropic.url + end)
    litellm.completion(**arguments())
    assert len(anthropic.requests) == 1


@pytest.mark.parametrize("method", METHODS)
def test_anthropics_refusal_arrives_once_and_with_its_status(
    anthropic: MessagesApi, method: str
) -> None:
    anthropic.refuse_with = (
        400,
        {"type": "invalid_request_error", "message": "max_tokens: too big"},
    )
    with pytest.raises(litellm.BadRequestError, match="upstream answered 400: max_tokens: too big"):
        METHODS[method](arguments())
    assert len(anthropic.requests) == 1


@pytest.mark.parametrize("effort", ["low", "high"])
def test_how_the_client_asked_claude_to_think_wins_over_an_effort(
    anthropic: MessagesApi, effort: str
) -> None:
    """LiteLLM 1.98 makes an effort of the thinking; the thinking itself is sent."""
    thinking = {"type": "enabled", "budget_tokens": 3333}
    record = {"url": "http://proxy/v1/messages", "body": {"thinking": thinking}}
    call_handler(
        "completion",
        model=SONNET,
        messages=list(USER),
        optional_params={"max_tokens": 9000, "reasoning_effort": effort},
        litellm_params={"proxy_server_request": record},
    )
    assert anthropic.requests[-1][1]["thinking"] == thinking


@pytest.mark.parametrize("method", METHODS)
def test_extra_body_takes_neither_key_nor_conversation_elsewhere(
    anthropic: MessagesApi, upstream: Upstream, method: str
) -> None:
    """Its fields are arguments of LiteLLM's on this way; those of Anthropic's API are sent."""
    anywhere = {"base_url": upstream.url, "fallbacks": ["openai/gpt-4o"], "mock_response": "no"}
    extra = {**anywhere, "custom_llm_provider": "openai", "top_k": 5, "container": "c"}
    call_handler(method, model=SONNET, messages=list(USER), optional_params={"extra_body": extra})
    assert upstream.count == 0
    [(_, body)] = anthropic.requests
    assert (body["top_k"], body["container"]) == (5, "c")
    assert not body.keys() & anywhere.keys()
