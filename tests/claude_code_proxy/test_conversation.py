import copy
import logging
from itertools import pairwise
from typing import Any

import orjson
import pytest

from claude_code_proxy.conversation import NO_RESULT
from tests.claude_code_proxy.transcript import Line, transcript
from tests.claude_code_proxy.upstream import MODELS, Upstream

APIS = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
HELLO = {"role": "user", "content": "hello"}
STOP = {"role": "user", "content": "stop"}


def turn(*ids: str | None, text: str | None = None) -> dict[str, Any]:
    """Return an assistant's turn that makes calls with these ids."""
    calls = [{"id": i, "type": "function", "function": {"name": "Bash"}} for i in ids]
    return {"role": "assistant", "content": text, "tool_calls": calls}


def result(call_id: str | None, content: Any = "done") -> dict[str, Any]:
    """Return the result of a call."""
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def call(call_id: str) -> Line:
    """Return the transcript's line for a call."""
    return ("call", call_id, "Bash")


def missing(call_id: str) -> Line:
    """Return the transcript's line for a call that has no result."""
    return ("result", call_id, NO_RESULT)


def done(call_id: str, text: str = "done") -> Line:
    """Return the transcript's line for a result."""
    return ("result", call_id, text)


USER = ("user", "hello")
CASES: dict[str, tuple[list[dict[str, Any]], list[Line]]] = {
    "a sound one": (
        [HELLO, turn("a", "b"), result("a"), result("b", "two"), HELLO],
        [USER, call("a"), call("b"), done("a"), done("b", "two"), USER],
    ),
    "results in another order": (
        [turn("a", "b"), result("b", "two"), result("a", "one")],
        [call("a"), call("b"), done("a", "one"), done("b", "two")],
    ),
    "an interrupted turn": (
        [turn("a", "b"), result("a"), STOP],
        [call("a"), call("b"), done("a"), missing("b"), ("user", "stop")],
    ),
    "a call at the very end": ([HELLO, turn("a")], [USER, call("a"), missing("a")]),
    "a user's turn before the result": (
        [turn("a"), STOP, result("a")],
        [call("a"), done("a"), ("user", "stop")],
    ),
    "a system turn before the result": (
        [turn("a"), {"role": "system", "content": "mind"}, result("a")],
        [call("a"), done("a"), ("system", "mind")],
    ),
    "two turns before their results": (
        [turn("a"), turn("b", text="and"), result("b"), result("a")],
        [call("a"), done("a"), ("assistant", "and"), call("b"), done("b")],
    ),
    "a result before its call": ([result("a"), turn("a")], [call("a"), done("a")]),
    "an id used in two turns": (
        [turn("a"), result("a", "1"), turn("a"), result("a", "2"), turn("a"), result("a", "3")],
        [call("a"), done("a", "1"), call("a_2"), done("a_2", "2"), call("a_3"), done("a_3", "3")],
    ),
    "an id used twice in one turn": (
        [turn("a", "a"), result("a", "1"), result("a", "2")],
        [call("a"), call("a_2"), done("a", "1"), done("a_2", "2")],
    ),
    "a made id that is taken": (
        [turn("a_2"), result("a_2"), turn("a", "a"), result("a"), result("a")],
        [call("a_2"), done("a_2"), call("a"), call("a_3"), done("a"), done("a_3")],
    ),
    "an id used again after an interruption": (
        [turn("a"), turn("a"), result("a")],
        [call("a"), missing("a"), call("a_2"), done("a_2")],
    ),
    "calls and results without ids": (
        [turn(None, ""), result(None, "1"), result("", "2")],
        [call("call_1"), call("call_2"), done("call_1", "1"), done("call_2", "2")],
    ),
    "results that name no call": (
        [turn("a", "b"), result(None, "1"), result(None, "2")],
        [call("a"), call("b"), done("a", "1"), done("b", "2")],
    ),
    "the legacy function call": (
        [
            {"role": "assistant", "content": "", "function_call": {"name": "Bash"}},
            {"role": "function", "name": "Bash", "content": "done"},
        ],
        [call("call_1"), done("call_1")],
    ),
}


@APIS
@pytest.mark.parametrize(("messages", "expected"), CASES.values(), ids=CASES)
def test_every_call_is_followed_by_its_result(
    upstream: Upstream, model: str, messages: list[dict[str, Any]], expected: list[Line]
) -> None:
    """Whatever the history, what leaves has each turn's results right after it, once each."""
    assert transcript(upstream.sent(model, messages=messages)) == expected


@APIS
@pytest.mark.parametrize("place", ["before any call", "after another result"])
def test_a_result_without_a_call_is_told_by_the_user(
    upstream: Upstream, model: str, place: str
) -> None:
    """Nothing of it is lost: its images neither, nor which call it was for."""
    orphan = result("toolu_gone", [{"type": "text", "text": "a picture"}, IMAGE])
    pair = [turn("a"), result("a")]
    messages = [HELLO, orphan, *pair] if place == "before any call" else [HELLO, *pair, orphan]
    lines = transcript(upstream.sent(model, messages=messages))
    told = next(line[1] for line in lines if line[0] == "user" and line != USER)
    assert "toolu_gone" in told
    assert "a picture<" in told
    assert "image" in told.rpartition("<")[2]
    assert [line for line in lines if line[1] != told] == [USER, call("a"), done("a")]


@APIS
def test_a_second_result_of_a_call_is_told_by_the_user(upstream: Upstream, model: str) -> None:
    """Also between two results, where it would part them."""
    messages = [turn("a", "b"), result("a", "1"), result("a", "again"), result("b", "2")]
    lines = transcript(upstream.sent(model, messages=messages))
    assert lines[:4] == [call("a"), call("b"), done("a", "1"), done("b", "2")]
    assert lines[4][0] == "user"
    assert lines[4][1].endswith("again")
    assert len(lines) == 5


@APIS
def test_the_thinking_stays_on_its_turn(upstream: Upstream, model: str) -> None:
    """A repair that moves results leaves all else on the turn as it is."""
    blocks = [{"type": "thinking", "thinking": "step", "signature": "c2ln"}]
    broken = [{**turn("a", text="look"), "thinking_blocks": blocks}, STOP, result("a")]
    sound = [broken[0], broken[2], broken[1]]
    keep = ["messages[*].thinking_blocks"]
    sent = [upstream.sent(model, messages=m, keep_fields=keep) for m in (broken, sound)]
    assert sent[0] == sent[1]
    assert b"c2ln" in upstream.last.body


@APIS
def test_a_growing_conversation_keeps_its_beginning(upstream: Upstream, model: str) -> None:
    """The upstream's prompt cache lives on equal beginnings."""
    whole: list[dict[str, Any]] = [HELLO]
    for number in range(4):
        whole += [turn("same", None), result("same", str(number)), result(None), STOP]
    turns = [transcript(upstream.sent(model, messages=whole[:n])) for n in (5, 9, 13, 17)]
    for shorter, longer in pairwise(turns):
        assert longer[: len(shorter)] == shorter


@APIS
def test_the_callers_messages_are_left_alone(upstream: Upstream, model: str) -> None:
    for messages, _ in CASES.values():
        before = copy.deepcopy(messages)
        upstream.sent(model, messages=messages)
        assert messages == before


@APIS
def test_arguments_and_names_are_always_texts(upstream: Upstream, model: str) -> None:
    """Some upstreams give arguments as an object, and models call tools of no name."""
    odd: list[Any] = [{"a": "ü"}, None, "", {}]
    calls = [
        {"id": str(i), "type": "function", "function": {"name": "", "arguments": arguments}}
        for i, arguments in enumerate(odd)
    ]
    sent = upstream.sent(model, messages=[{"role": "assistant", "tool_calls": calls}])
    made = (
        [item for item in sent["input"] if item["type"] == "function_call"]
        if "input" in sent
        else [call["function"] for call in sent["messages"][0]["tool_calls"]]
    )
    assert [orjson.loads(call["arguments"]) for call in made] == [{"a": "ü"}, {}, {}, {}]
    assert all(call["name"] for call in made)


@APIS
def test_a_repair_is_logged_without_a_word_of_the_conversation(
    upstream: Upstream, model: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "claude_code_proxy"):
        upstream.sent(model, messages=[HELLO, turn("secret-a"), result("secret-b", "secret")])
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("claude_code_proxy")]
    assert any("1 calls had no result, 1 results no call" in line for line in lines)
    assert not any("secret" in line for line in lines)


@APIS
@pytest.mark.parametrize("content", [None, "", [], [{"type": "text", "text": ""}]])
@pytest.mark.parametrize("role", ["user", "system", "developer"])
def test_a_turn_that_says_nothing_is_an_empty_text(
    upstream: Upstream, model: str, role: str, content: object
) -> None:
    """And no empty list, which says neither text nor parts."""
    sent = upstream.sent(model, messages=[HELLO, {"role": role, "content": content}])
    assert transcript(sent)[1] == (role, "")
    assert sent.get("input", sent.get("messages"))[1]["content"] == ""


@APIS
def test_an_empty_text_among_others_is_left_out(upstream: Upstream, model: str) -> None:
    parts = [{"type": "text", "text": text} for text in ("", "a", "")]
    sent = upstream.sent(model, messages=[{"role": "user", "content": parts}])
    assert len(sent.get("input", sent.get("messages"))[0]["content"]) == 1


@APIS
def test_tools_that_a_search_found_are_named(upstream: Upstream, model: str) -> None:
    """Claude Code's search for tools gives references, which neither API knows."""
    found = [{"type": "tool_reference", "tool_name": name} for name in ("WebFetch", "Task")]
    sent = upstream.sent(model, messages=[turn("a"), result("a", found)])
    assert "WebFetch" in transcript(sent)[1][2]
    assert "Task" in transcript(sent)[1][2]
