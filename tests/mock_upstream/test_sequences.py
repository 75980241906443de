"""Sequence rules: each order or pairing that it refuses, and the neighbours that it does not."""

from pathlib import Path
from typing import Any, get_args

import pytest

from mock_upstream.profile_format.rule import Sequence
from mock_upstream.verdict import Api
from tests.mock_upstream.profile_text import rule

USER = {"role": "user", "content": "x"}
SYSTEM = {"role": "system", "content": "x"}
TEXT = {"role": "assistant", "content": "x"}


def _calls(*ids: str) -> dict[str, Any]:
    return {"role": "assistant", "tool_calls": [{"id": one, "type": "function"} for one in ids]}


def _answer(call: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call, "content": "x"}


def _call(call: str, **more: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call, "name": "f", "arguments": "{}", **more}


def _output(call: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call, "output": "x"}


def _reasoning(item: str) -> dict[str, Any]:
    return {"type": "reasoning", "id": item, "summary": []}


Row = tuple[Api, str, str, list[Any], str | None]

ROWS: list[Row] = [
    ("chat", "system_first", "{path}", [USER, SYSTEM], "messages[1].role"),
    ("chat", "system_first", "{path}", [SYSTEM, USER], None),
    ("chat", "system_first", "{path}", [SYSTEM, SYSTEM], "messages[1].role"),
    ("chat", "system_first", "{path}", [USER, {"role": "developer"}], None),
    ("responses", "system_first", "{index}", [{**USER, "type": "message"}, SYSTEM], "1"),
    ("chat", "last_role, roles: [user, tool]", "{role}", [USER, TEXT], "assistant"),
    ("chat", "last_role, roles: [user, tool]", "{role}", [TEXT, USER], None),
    ("chat", "last_role, roles: [user, tool]", "{role}", [], None),
    (
        "chat",
        "role_after, role: user, after: tool",
        "'{role}' after '{previous}'",
        [_calls("a"), _answer("a"), USER],
        "'user' after 'tool'",
    ),
    ("chat", "role_after, role: user, after: tool", "no", [_calls("a"), _answer("a"), TEXT], None),
    ("chat", "role_after, role: user, after: tool", "no", [USER, USER], None),
    (
        "chat",
        "calls_unanswered",
        "{ids} messages.[{index}].role",
        [_calls("a", "b", "c"), _answer("b"), USER],
        "a, c messages.[2].role",
    ),
    ("chat", "calls_unanswered", "{id}", [_calls("a", "b"), _answer("b"), _answer("a")], None),
    ("chat", "calls_unanswered", "{id} {path}", [USER, _calls("a")], "a messages[1].role"),
    ("chat", "calls_unanswered", "{id}", [_calls("a"), USER, _answer("a")], "a"),
    ("responses", "calls_unanswered", "{id} {path}", [_call("a"), USER], "a input"),
    ("responses", "calls_unanswered", "{id}", [_call("a"), USER, _output("a")], None),
    (
        "responses",
        "calls_unanswered",
        "{id}",
        [{"type": "custom_tool_call", "call_id": "a"}, _output("a")],
        None,
    ),
    ("chat", "calls_not_adjacent", "{path}", [_calls("a"), USER, _answer("a")], "messages[2].role"),
    ("chat", "calls_not_adjacent", "{id}", [_calls("a", "b"), _answer("a"), _answer("b")], "b"),
    ("chat", "calls_not_adjacent", "{path}", [_calls("a"), _answer("a")], None),
    ("responses", "calls_not_adjacent", "{id}", [_call("a"), TEXT, _output("a")], "a"),
    ("responses", "calls_not_adjacent", "{id}", [_call("a"), _reasoning("r"), _output("a")], "a"),
    (
        "responses",
        "calls_not_adjacent",
        "{id}",
        [TEXT, _call("a"), _call("b"), _output("a"), _output("b"), USER],
        None,
    ),
    ("chat", "call_count", "{path}", [_calls("a", "b"), _answer("a")], "messages[0].tool_calls"),
    ("chat", "call_count", "{path}", [_calls("a"), _answer("b")], None),
    ("chat", "outputs_orphaned", "{path} {id}", [USER, _answer("a")], "messages[1].role a"),
    ("chat", "outputs_orphaned", "{path}", [_calls("a"), _answer("a"), _answer("a")], None),
    ("chat", "outputs_orphaned", "{id}", [_calls("a"), _answer("a"), USER, _answer("a")], "a"),
    ("responses", "outputs_orphaned", "{id}", [_call("a"), _output("a"), _output("b")], "b"),
    ("responses", "outputs_orphaned", "{id}", [_output("a"), _call("a")], "a"),
    ("responses", "outputs_orphaned", "{id}", [_call("a"), _output("a")], None),
    ("responses", "reasoning_not_followed", "{id}", [_reasoning("r"), USER], "r"),
    ("responses", "reasoning_not_followed", "{id}", [USER, _reasoning("r")], "r"),
    ("responses", "reasoning_not_followed", "{id}", [_reasoning("r"), _output("a")], "r"),
    (
        "responses",
        "reasoning_not_followed",
        "{id}",
        [_reasoning("r"), _reasoning("s"), _call("a")],
        None,
    ),
    ("responses", "reasoning_not_followed", "{id}", [_reasoning("r"), TEXT], None),
    (
        "responses",
        "call_without_reasoning",
        "{id} {item_type} {needed}",
        [USER, _call("a", id="fc_1")],
        "fc_1 function_call rs_1",
    ),
    (
        "responses",
        "call_without_reasoning",
        "no",
        [_reasoning("rs_1"), _call("a", id="fc_1")],
        None,
    ),
    ("responses", "call_without_reasoning", "no", [_call("a")], None),
    ("responses", "ids_repeated", "{id} {path}", [{"id": "a"}, {"id": "a"}], "a input[1].id"),
    ("responses", "ids_repeated", "{id}", [{"id": "a"}, {"id": "b"}, {"id": 7}, {"id": 7}], None),
    ("chat", "ids_repeated", "{id}", [_calls("a", "a")], "a"),
    ("chat", "ids_repeated, at: 'messages[*].name'", "{id}", [{"name": "n"}, {"name": "n"}], "n"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]} -> {row[4]}")
def test_a_sequence_rule_refuses_and_lets_pass(tmp_path: Path, row: Row) -> None:
    """The conversation gets the words, or passes where there are none."""
    api, name, message, conversation, words = row
    judge = rule(tmp_path, f'api: {api}, sequence: {name}, error: {{message: "{message}"}}')
    key = "input" if api == "responses" else "messages"
    assert judge(api, {key: conversation}) == ([] if words is None else [words])


def test_every_sequence_is_tested_both_ways() -> None:
    """Each has a row that it refuses and one that it lets pass."""
    names = set(get_args(Sequence))
    assert {row[1].partition(",")[0] for row in ROWS if row[4] is not None} == names
    assert {row[1].partition(",")[0] for row in ROWS if row[4] is None} == names


@pytest.mark.parametrize("link", ["previous_response_id", "conversation"])
def test_an_output_may_answer_a_call_of_an_earlier_response(tmp_path: Path, link: str) -> None:
    """With a link to earlier items nobody can say that the call is not among them."""
    judge = rule(tmp_path, 'api: responses, sequence: outputs_orphaned, error: {message: "{id}"}')
    assert judge("responses", {"input": [_output("a")], link: "earlier"}) == []


@pytest.mark.parametrize("conversation", [None, "x", 7, {}, [None, 7, "x", [], {}], [{"role": []}]])
@pytest.mark.parametrize("name", get_args(Sequence))
def test_a_conversation_of_any_shape_is_judged(
    tmp_path: Path, name: str, conversation: Any
) -> None:
    """What is no conversation raises nothing."""
    more = ", roles: [user]" if name == "last_role" else ""
    more += ", role: user, after: tool" if name == "role_after" else ""
    judge = rule(tmp_path, f"api: both, sequence: {name}{more}, error: {{message: bad}}")
    judge("chat", {"messages": conversation})
    judge("responses", {"input": conversation})


def test_a_long_conversation_is_walked_once(tmp_path: Path) -> None:
    """Twenty thousand turns, of the kinds that invite looking back and forth."""
    for name in ("calls_unanswered", "calls_not_adjacent", "outputs_orphaned", "ids_repeated"):
        judge = rule(tmp_path, f"api: both, sequence: {name}, error: {{message: bad}}")
        judge("chat", {"messages": [_calls("a"), *[_answer("a")] * 20_000]})
        judge("responses", {"input": [_call(str(i)) for i in range(20_000)]})
    judge = rule(
        tmp_path, "api: responses, sequence: reasoning_not_followed, error: {message: bad}"
    )
    assert judge("responses", {"input": [_reasoning("r")] * 20_000}) == ["bad"]
