import copy
from typing import Any

import pytest

from claude_code_proxy.chat_request import SMALLEST_LIMIT_OF_REASONING
from claude_code_proxy.keep_fields import IMAGES_OF_TOOLS, KEPT_FIELDS
from tests.claude_code_proxy.upstream import (
    CHAT_MODEL,
    METHODS,
    MODELS,
    USER,
    Upstream,
    call_handler,
)

IMAGE = "data:image/png;base64,iVBORw0KGgo="
MARK = {"type": "ephemeral"}
TURN: dict[str, Any] = {
    "role": "assistant",
    "content": "Let me look.",
    "thinking_blocks": [{"type": "thinking", "thinking": "step", "signature": "c2ln"}],
    "reasoning_content": "step",
    "tool_calls": [
        {"id": i, "type": "function", "function": {"name": "Read", "arguments": "{}"}}
        for i in ("a", "b")
    ],
}


def messages(upstream: Upstream, *given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages that leave for those that came."""
    sent: list[dict[str, Any]] = upstream.sent(CHAT_MODEL, messages=list(given))["messages"]
    return sent


def test_the_body_of_a_plain_turn(upstream: Upstream) -> None:
    """Nothing is sent that was not asked for; a caller's metadata least of all."""
    assert upstream.sent(CHAT_MODEL, metadata={"mine": "yes"}) == {
        "model": CHAT_MODEL,
        "messages": [{"role": "user", "content": "hello"}],
    }
    assert (upstream.last.method, upstream.last.path) == ("POST", "/v1/chat/completions")


def test_streaming_changes_nothing_but_the_stream_keys(upstream: Upstream) -> None:
    """A stream asks for usage, else none would come."""
    sent = {}
    for name, method in METHODS.items():
        method(upstream.arguments(CHAT_MODEL, max_tokens=100))
        sent[name] = upstream.last.json()
    streamed = {**sent["completion"], "stream": True, "stream_options": {"include_usage": True}}
    assert sent["acompletion"] == sent["completion"]
    assert sent["streaming"] == sent["astreaming"] == streamed
    assert upstream.count == len(METHODS)


def test_history_keeps_what_openai_declares_and_loses_the_rest(upstream: Upstream) -> None:
    """No thinking, no reasoning, no cache marks, at any depth."""
    system = {"role": "system", "content": [{"type": "text", "text": "s", "cache_control": MARK}]}
    results = [
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "one"}]},
        {"role": "tool", "tool_call_id": "b", "content": "two", "cache_control": MARK},
    ]
    assert messages(upstream, system, *USER, TURN, *results) == [
        {"role": "system", "content": [{"type": "text", "text": "s"}]},
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "Let me look.", "tool_calls": TURN["tool_calls"]},
        {"role": "tool", "tool_call_id": "a", "content": "one"},
        {"role": "tool", "tool_call_id": "b", "content": "two"},
    ]


def test_images_leave_the_tool_message_for_a_user_message_after_all_results(
    upstream: Upstream,
) -> None:
    """OpenAI takes images from users only, and wants a call's results in one row."""
    image = {"type": "image_url", "image_url": {"url": IMAGE}}
    results = [
        {"role": "tool", "tool_call_id": "b", "content": [image]},
        {"role": "tool", "tool_call_id": "a", "content": "one"},
    ]
    sent = messages(upstream, *USER, TURN, *results)
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "tool", "user"]
    assert isinstance(sent[2]["content"], str)
    assert sent[2]["content"]
    note, moved = sent[4]["content"]
    assert "b" in note["text"].split()[-1]
    assert moved == image


@pytest.mark.parametrize(("calls", "content"), [([], ""), (TURN["tool_calls"], None)])
def test_an_assistant_turn_without_text(
    upstream: Upstream, calls: list[Any], content: str | None
) -> None:
    """OpenAI refuses a null content where there are no calls."""
    turn = {"role": "assistant", "content": None, "tool_calls": calls}
    assert messages(upstream, *USER, turn)[1]["content"] == content


@pytest.mark.parametrize(
    ("model", "name", "least"),
    [
        (CHAT_MODEL, "max_tokens", 1),
        ("o3-mini", "max_completion_tokens", SMALLEST_LIMIT_OF_REASONING),
    ],
)
def test_the_token_limit_has_the_name_that_the_family_knows(
    upstream: Upstream, model: str, name: str, least: int
) -> None:
    """And of a model that reasons it is not too small to reason at all."""
    for given, limit in ((1, least), (32000, 32000)):
        sent = upstream.sent(model, max_tokens=given, use_responses_api=False)
        assert {key: sent[key] for key in sent if key.startswith("max_")} == {name: limit}


@pytest.mark.parametrize("model", ["gpt-5-codex", "gpt-5.4", "o1-pro"])
def test_chat_it_is_where_the_setting_says_so(upstream: Upstream, model: str) -> None:
    """LiteLLM's own bridge to the Responses API stays out of it."""
    tool = {"type": "function", "function": {"name": "Bash", "description": "d"}}
    params = {"tools": [tool], "reasoning_effort": "high", "use_responses_api": False}
    call_handler(
        "completion",
        model=model,
        messages=USER,
        optional_params=params,
        api_base=upstream.url,
        api_key="key-from-call",
    )
    assert upstream.last.api == "chat"
    assert upstream.last.json() == {
        "model": model,
        "messages": list(USER),
        "reasoning_effort": "high",
        "tools": [tool],
    }


def test_tool_choice_names_the_function_the_chat_way(upstream: Upstream) -> None:
    tool = {"type": "function", "function": {"name": "Bash"}, "cache_control": MARK}
    choice = {"type": "function", "function": {"name": "Bash"}}
    sent = upstream.sent(CHAT_MODEL, tools=[tool], tool_choice=choice, parallel_tool_calls=True)
    assert sent["tool_choice"] == choice
    assert sent["tools"] == [{"type": "function", "function": {"name": "Bash"}}]
    assert sent["parallel_tool_calls"] is True
    assert "tool_choice" not in upstream.sent(CHAT_MODEL, tool_choice=choice)


def test_the_leftovers_that_the_model_asks_for_are_kept_and_no_others(upstream: Upstream) -> None:
    """Each `keep_fields` row keeps its own key, on every object that has it."""
    part = {"type": "text", "text": "s", "cache_control": MARK}
    tool = {"type": "function", "function": {"name": "Bash"}, "cache_control": MARK}
    given = {
        "messages": [
            {"role": "system", "content": [part], "cache_control": MARK},
            *USER,
            {**TURN, "cache_control": MARK},
            {"role": "tool", "tool_call_id": "a", "content": "one"},
            {"role": "tool", "tool_call_id": "b", "content": "two", "cache_control": MARK},
        ],
        "tools": [tool],
    }
    bare = upstream.sent(CHAT_MODEL, **given)
    fields = [field for field in KEPT_FIELDS if str(field.path) != IMAGES_OF_TOOLS]
    for field in fields:
        sent = upstream.sent(CHAT_MODEL, **given, keep_fields=[str(field.path)])
        assert field.path.find(sent) == field.path.find(given)
        assert field.path.find(sent)
        assert field.path.remove(sent) == bare
    every = upstream.sent(CHAT_MODEL, **given, keep_fields=[str(f.path) for f in fields])
    assert [len(field.path.find(every)) for field in fields] == [1, 1, 1, 3, 1]


def test_a_tools_image_stays_where_it_is_for_who_wants_it_there(upstream: Upstream) -> None:
    """No user's turn is made up; a file, which no path names, still goes to one."""
    image = {"type": "image_url", "image_url": {"url": IMAGE}}
    words = {"type": "text", "text": "A picture."}
    file = {"type": "file", "file": {"file_id": "file-1"}}
    results = [
        {"role": "tool", "tool_call_id": "a", "content": [words, image]},
        {"role": "tool", "tool_call_id": "b", "content": [file]},
    ]
    given = {"messages": [*USER, TURN, *results], "keep_fields": [IMAGES_OF_TOOLS]}
    sent = upstream.sent(CHAT_MODEL, **given)["messages"][2:]
    assert [message["role"] for message in sent] == ["tool", "tool", "user"]
    assert sent[0]["content"] == [words, image]
    assert isinstance(sent[1]["content"], str)
    assert sent[2]["content"][1:] == [file]


def test_reasoning_that_is_kept_is_the_clients_own(upstream: Upstream) -> None:
    settings = {"keep_fields": "messages[*].reasoning_content"}
    sent = upstream.sent(CHAT_MODEL, messages=[*USER, TURN, *USER], **settings)
    assert sent["messages"][1]["reasoning_content"] == TURN["reasoning_content"]


def test_reasoning_that_only_its_blocks_hold_is_kept_as_text(upstream: Upstream) -> None:
    """LiteLLM 1.98 gives the blocks alone; redacted thinking is nobody's text."""
    blocks = [
        {"type": "thinking", "thinking": "one", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "thinking", "thinking": "two", "signature": "c2ln"},
    ]
    settings = {"keep_fields": "messages[*].reasoning_content"}
    for given, kept in ((blocks, "one\ntwo"), (blocks[1:2], None), (None, None)):
        turn = {"role": "assistant", "content": "Yes.", "thinking_blocks": given}
        sent = upstream.sent(CHAT_MODEL, messages=[*USER, turn, *USER], **settings)
        assert sent["messages"][1].get("reasoning_content") == kept


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_an_images_address_goes_as_it_is_whatever_it_is(upstream: Upstream, model: str) -> None:
    """What is none, such as half an IPv6 address, is the upstream's to refuse."""
    image = {"type": "image_url", "image_url": {"url": "http://[::1"}}
    sent = upstream.sent(model, messages=[{"role": "user", "content": [image]}])
    assert "http://[::1" in str(sent)


def test_litellms_own_edits_stay_off_what_is_sent(upstream: Upstream) -> None:
    """It gives a nameless file a name of its own, in place; the user's words go as they are."""
    file = {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA"}}
    turns = [{"role": "user", "content": [file]}]
    before = copy.deepcopy(turns)
    assert upstream.sent(CHAT_MODEL, extra_body={"messages": turns})["messages"] == before


def test_documents_are_files_and_a_file_by_its_address_is_named(upstream: Upstream) -> None:
    """LiteLLM passes Claude Code's documents as images; Chat takes no file by its address."""
    data = "data:application/pdf;base64,AA"
    address = "https://example.com/a.pdf"
    content = [
        {"type": "image_url", "image_url": {"url": data}},
        {"type": "image_url", "image_url": {"url": address}},
        {"type": "file", "file": {"file_id": address}},
        {"type": "file", "file": {"file_id": "file-1"}},
    ]
    (sent,) = messages(upstream, {"role": "user", "content": content})
    document, *by_address, by_id = sent["content"]
    assert document == {"type": "file", "file": {"file_data": data, "filename": "document.pdf"}}
    assert [part["type"] for part in by_address] == ["text", "text"]
    assert all(address in part["text"] for part in by_address)
    assert by_id == content[-1]


def test_images_of_a_system_turn_follow_it_as_a_users(upstream: Upstream) -> None:
    """OpenAI takes images from users only."""
    image = {"type": "image_url", "image_url": {"url": IMAGE}}
    words = {"type": "text", "text": "Be brief."}
    assert messages(upstream, {"role": "system", "content": [words, image]}, *USER) == [
        {"role": "system", "content": [words]},
        {"role": "user", "content": [image]},
        *USER,
    ]


def test_an_assistant_turn_says_texts_and_refusals_alone(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    """Thinking comes as ``thinking_blocks`` too; anything else is named in the log."""
    content = [
        {"type": "text", "text": "a"},
        {"type": "refusal", "refusal": "no"},
        {"type": "thinking", "thinking": "step"},
        {"type": "image_url", "image_url": {"url": IMAGE}},
    ]
    turn: dict[str, Any] = {"role": "assistant", "content": content}
    assert messages(upstream, *USER, turn)[1] == {
        "role": "assistant",
        "content": "a",
        "refusal": "no",
    }
    assert "assistant part of type 'image_url' is not sent" in caplog.text
    assert "thinking" not in caplog.text
