"""Conditions of rules: when a rule is asked, by model, fields, headers, stream, state and day."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mock_upstream import Session
from mock_upstream.judging.judge import compile_judge
from tests.mock_upstream.profile_text import loaded, rule

Row = tuple[str, dict[str, Any], bool]

WHEN: list[Row] = [
    ("model: '^gpt-5'", {"model": "gpt-5.2"}, True),
    ("model: '^gpt-5'", {"model": "o3"}, False),
    ("model: '^gpt-5'", {}, False),
    ("model: '^gpt-5'", {"model": 5}, False),
    ("model: '^gpt-5', not_model: mini", {"model": "gpt-5-mini"}, False),
    ("not_model: mini", {}, True),
    ("stream: true", {"stream": True}, True),
    ("stream: true", {"stream": 1}, False),
    ("stream: false", {}, True),
    ("stream: false", {"stream": True}, False),
    ("fields: {tools: present}", {"tools": None}, True),
    ("fields: {tools: present}", {}, False),
    ("fields: {tools: absent}", {}, True),
    ("fields: {tools: absent}", {"tools": []}, False),
    ("fields: {a.b: {equals: 1}}", {"a": {"b": 1}}, True),
    ("fields: {a.b: {equals: 1}}", {"a": {"b": True}}, False),
    ("fields: {a.b: {equals: 1}}", {"a": {"b": "1"}}, False),
    ("fields: {a: {equals: null}}", {"a": None}, True),
    ("fields: {a: {equals: null}}", {}, False),
    ("fields: {a: {equals: {b: [1]}}}", {"a": {"b": [1]}}, True),
    ("fields: {store: {not: true}}", {}, True),
    ("fields: {store: {not: true}}", {"store": False}, True),
    ("fields: {store: {not: true}}", {"store": True}, False),
    ("fields: {'a[*].t': {one_of: [x, y]}}", {"a": [{"t": "z"}, {"t": "y"}]}, True),
    ("fields: {'a[*].t': {one_of: [x, y]}}", {"a": [{"t": "z"}]}, False),
    ("fields: {'a[*].t': {not_one_of: [x, y]}}", {"a": [{"t": "z"}]}, True),
    ("fields: {'a[*].t': {not_one_of: [x, y]}}", {"a": [{"t": "z"}, {"t": "y"}]}, False),
    ("fields: {a: {type: object}}", {"a": {}}, True),
    ("fields: {a: {type: object}}", {"a": []}, False),
    ("fields: {a: {type: number}}", {"a": 1}, True),
    ("fields: {a: {pattern: '^x'}}", {"a": "xy"}, True),
    ("fields: {a: {pattern: '^x'}}", {"a": ["x"]}, False),
    ("fields: {a: {present: true, not: 1}}", {}, False),
    ("fields: {a: {present: true, not: 1}}", {"a": 2}, True),
    ("fields: {a: present, b: absent}", {"a": 1, "b": 1}, False),
    ("headers: {X-Mode: present}", {"x_mode": "a"}, True),
    ("headers: {X-Mode: {not: pass}}", {"x_mode": "pass"}, False),
    ("headers: {X-Mode: {not: pass}}", {}, True),
    ("headers: {X-Mode: {equals: pass}}", {"x_mode": "pass"}, True),
    ("headers: {X-Mode: {pattern: '^p'}}", {"x_mode": "q"}, False),
]


@pytest.mark.parametrize("row", WHEN, ids=str)
def test_a_rule_is_asked_when_its_condition_holds(tmp_path: Path, row: Row) -> None:
    """The same unconditional refusal, let through or not."""
    when, payload, met = row
    headers = {"x_mode": payload.pop("x_mode")} if "x_mode" in payload else {}
    judge = rule(tmp_path, f"api: chat, always: true, when: {{{when}}}, error: {{message: bad}}")
    assert judge("chat", payload, **headers) == (["bad"] if met else [])


@pytest.mark.parametrize(
    ("where", "message", "met"),
    [
        ("tool_calls: absent", {"content": None}, True),
        ("tool_calls: absent", {"content": None, "tool_calls": []}, False),
        ("content: {type: 'null'}", {"content": None}, True),
        ("content: {type: 'null'}", {"content": ""}, False),
        ("role: {one_of: [assistant]}", {"content": None, "role": "assistant"}, True),
        ("role: {one_of: [assistant]}", {"content": None, "role": "user"}, False),
    ],
)
def test_where_asks_the_object_around_the_place(
    tmp_path: Path,
    where: str,
    message: dict[str, Any],
    met: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Its paths begin at the message that holds the content, and the first that fits is told."""
    judge = rule(
        tmp_path,
        f"api: chat, forbid: 'messages[*].content', where: {{{where}}}, "
        "error: {message: '{path}'}",
    )
    other = {"role": "user", "content": "", "tool_calls": []}
    assert judge("chat", {"messages": [other, message]}) == (["messages[1].content"] if met else [])


def test_a_state_is_off_until_it_is_named(tmp_path: Path) -> None:
    """A rule on a state of the server holds only for sessions that put it into that state."""
    text = (
        "rules:\n  - {id: it, api: chat, always: true, when: {state: no-tools}, "
        "error: {message: bad}}\n"
    )
    profile = loaded(tmp_path, text)
    assert profile.states() == ("no-tools",)
    assert Session(profile).judge("chat", {}).accepted
    assert not Session(profile, states=("no-tools",)).judge("chat", {}).accepted
    with pytest.raises(ValueError, match=r"did you mean 'no-tools'\?"):
        Session(profile, states=("no-tool",))


@pytest.mark.parametrize(
    ("day", "met"),
    [
        (None, ["new"]),
        (date(2024, 12, 31), ["old"]),
        (date(2025, 1, 1), ["new"]),
        (date(2025, 6, 1), ["new"]),
    ],
)
def test_rules_hold_from_since_and_before_until(
    tmp_path: Path, day: date | None, met: list[str]
) -> None:
    """Without a date the newest state of things is judged."""
    text = (
        "rules:\n"
        "  - {id: old, api: chat, always: true, until: 2025-01-01, error: {message: x}}\n"
        "  - {id: new, api: chat, always: true, since: 2025-01-01, error: {message: x}}\n"
    )
    verdict = compile_judge(loaded(tmp_path, text), day=day).check("chat", {})
    assert [violation.rule for violation in verdict.violations] == met


def test_a_variant_is_the_profile_of_its_time(tmp_path: Path) -> None:
    """Its changes lie over the profile: keys are replaced, a rule of the same id too."""
    text = (
        "unknown: ignore\nenvelope: flat\nrules:\n"
        "  - {id: a, api: chat, forbid: a, error: {message: new a}}\n"
        "  - {id: b, api: chat, forbid: b, error: {message: b}}\n"
        "variants:\n"
        "  - name: old\n"
        "    until: 2025-01-01\n"
        "    change:\n"
        "      unknown: reject\n"
        "      rules:\n"
        "        - {id: a, api: chat, forbid: a, error: {message: old a}}\n"
    )
    profile = loaded(tmp_path, text)
    then, now = (Session(profile, date=day) for day in (date(2024, 1, 1), date(2025, 1, 1)))

    def said(session: Session, payload: dict[str, Any]) -> list[str]:
        return [one.message for one in session.judge("chat", payload).violations]

    payload = {"a": 1, "b": 1}
    assert said(then, payload) == ["old a", "b"]
    assert said(now, payload) == said(Session(profile), payload) == ["new a", "b"]
    assert said(then, {"odd": 1}) == ["Unknown parameter: 'odd'."]
    assert said(now, {"odd": 1}) == []
    assert then.profile.name == now.profile.name == "mine"


def test_a_model_that_is_named_a_thousand_ways_costs_no_memory(tmp_path: Path) -> None:
    """What is remembered of models is bounded, and every model is judged."""
    judge = rule(tmp_path, "api: chat, forbid: odd, when: {model: '^a'}, error: {message: bad}")
    for number in range(1000):
        assert judge("chat", {"model": f"a{number}", "odd": 1}) == ["bad"]
        assert judge("chat", {"model": f"b{number}", "odd": 1}) == []
