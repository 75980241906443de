"""The profile `openai-observed` on whole conversations: what the mock answered may come back."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from mock_upstream import ReplyPlan, Session, ToolCall, create_app, load_profile
from tests.mock_upstream.conftest import KEY

PLAN = ReplyPlan(
    text="Let me see.",
    reasoning="Hm.",
    tool_calls=(ToolCall(name="Read", arguments="{}"), ToolCall(name="Bash", arguments="{}")),
)
SCHEMA = {"type": "object", "properties": {}}
TOOLS = [
    {"type": "function", "name": name, "strict": False, "parameters": SCHEMA}
    for name in ("Read", "Bash")
]


@pytest.fixture
def session() -> Session:
    session = Session(load_profile("openai-observed"))
    session.reply_with(PLAN)
    return session


def _send(session: Session, path: str, request: dict[str, Any]) -> Any:
    return TestClient(create_app(session)).post(path, json=request, headers=KEY)


def _next_turn(session: Session, request: dict[str, Any]) -> Any:
    output = _send(session, "/v1/responses", request).json()["output"]
    results = [
        {"type": "function_call_output", "call_id": item["call_id"], "output": "ok"}
        for item in output
        if item["type"] == "function_call"
    ]
    assert len(results) == 2
    more = {"input": [*request["input"], *output, *results]}
    return _send(session, "/v1/responses", request | more)


@pytest.mark.parametrize("store", [True, False])
@pytest.mark.parametrize("include", [[], ["reasoning.encrypted_content"]])
def test_reasoning_that_was_not_stored_comes_back_encrypted_or_not_at_all(
    session: Session, include: list[str], *, store: bool
) -> None:
    """Without `store` and `encrypted_content` the API has forgotten what it reasoned."""
    request = {
        "model": "gpt-5",
        "input": [{"role": "user", "content": "hi"}],
        "tools": TOOLS,
        "include": include,
        "store": store,
    }
    reply = _next_turn(session, request)
    assert reply.status_code == (200 if include or store else 404)
    assert (reply.status_code == 200) or "Items are not persisted" in reply.text


def test_a_call_without_its_reasoning_passes_unless_the_server_made_it_after_some() -> None:
    """Models that do not reason make calls with ids of the same kind."""
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "c",
        "name": "Bash",
        "arguments": "{}",
    }
    output = {"type": "function_call_output", "call_id": "c", "output": "ok"}
    payload = {"model": "gpt-4.1", "input": [call, output]}
    profile = load_profile("openai-observed")
    assert Session(profile).judge("responses", payload).accepted
    strict = Session(profile, states=["calls-made-with-reasoning"])
    assert [one.rule for one in strict.judge("responses", payload).violations] == [
        "call-without-reasoning"
    ]


def test_reasoning_needs_its_following_item_unless_it_has_no_id() -> None:
    """LiteLLM sends reasoning without an id; what it led to is then for nobody to say."""
    judge = Session(load_profile("openai-observed")).judge
    reasoning = {"type": "reasoning", "summary": []}
    said = {"role": "user", "content": "hi"}
    assert judge("responses", {"model": "gpt-5", "input": [reasoning, said]}).accepted
    known = {**reasoning, "id": "rs_1"}
    assert not judge("responses", {"model": "gpt-5", "input": [known, said]}).accepted
    action = {"type": "search", "query": "x"}
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": action}
    assert judge("responses", {"model": "gpt-5", "input": [known, search, said]}).accepted


def test_a_chat_reply_comes_back_as_it_was(session: Session) -> None:
    """Its nulls too, among them the content beside tool calls."""
    request: dict[str, Any] = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}]}
    session.next_reply()
    session.reply_with(ReplyPlan(tool_calls=PLAN.tool_calls))
    said = _send(session, "/v1/chat/completions", request).json()["choices"][0]["message"]
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": "ok"} for call in said["tool_calls"]
    ]
    messages = [*request["messages"], said, *results]
    assert said["content"] is None
    more = {"messages": messages}
    assert _send(session, "/v1/chat/completions", request | more).status_code == 200


@pytest.mark.parametrize(
    ("request_keys", "message"),
    [
        ({"odd": 1}, "Unrecognized request argument supplied: odd"),
        ({"odd": 1, "even": 2}, "Unrecognized request arguments supplied: odd, even"),
        ({"stream_options": {"odd": 1}}, "Unknown parameter: 'stream_options.odd'."),
    ],
)
def test_an_older_model_has_older_words_for_keys_at_the_top_alone(
    request_keys: dict[str, Any], message: str
) -> None:
    """Nested keys were refused in the newer words all along."""
    session = Session(load_profile("openai-observed"))
    payload = {"messages": [{"role": "user", "content": "hi"}], "stream": True, **request_keys}
    told = session.judge("chat", {"model": "gpt-4", **payload}).violations
    assert told[0].message == message
    newer = session.judge("chat", {"model": "gpt-5", **payload}).violations
    assert newer[0].message.startswith("Unknown parameter: '")
