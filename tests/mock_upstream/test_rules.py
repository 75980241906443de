"""Every kind of rule: what it refuses, what it leaves alone, and what its words are filled with."""

from pathlib import Path
from typing import Any

import pytest

from mock_upstream.profile_format.rule import KINDS
from mock_upstream.verdict import Api
from tests.mock_upstream.profile_text import asked, rule


def _user(**more: object) -> dict[str, object]:
    return {"role": "user", "content": "x", **more}


def _tool(name: str, **more: object) -> dict[str, object]:
    return {"type": "function", "function": {"name": name, **more}}


Row = tuple[Api, str, dict[str, Any], list[str], dict[str, Any]]

FIELD_RULES: dict[str, Row] = {
    "forbid": (
        "chat",
        'forbid: "messages[*].odd", error: {message: "{path}|{name}|{value}|{input}|{role}"}',
        {"messages": [_user(), _user(odd=[1])]},
        ["messages[1].odd|odd|an array|[1]|user"],
        {"messages": [_user()], "odd": 1},
    ),
    "forbid by type": (
        "responses",
        'forbid: "input[?type=reasoning].id", error: {message: "{path}"}',
        {"input": [{"type": "message", "id": "m"}, {"type": "reasoning", "id": "r"}]},
        ["input[1].id"],
        {"input": [{"type": "message", "id": "m"}, {"type": "reasoning"}]},
    ),
    "require": (
        "responses",
        'require: instructions, error: {message: "{name} {path}"}',
        {"instructions": None},
        ["instructions instructions"],
        {"instructions": ""},
    ),
    "require not empty": (
        "responses",
        'require: instructions, nonempty: true, error: {message: "no"}',
        {"instructions": ""},
        ["no"],
        {"instructions": "x"},
    ),
    "require in each": (
        "chat",
        'require: "messages[?role=assistant].reasoning_content", where: {tool_calls: present}, '
        'error: {message: "{index} {path}"}',
        {
            "messages": [
                _user(),
                {"role": "assistant", "content": "x"},
                {"role": "assistant", "tool_calls": []},
            ]
        },
        ["2 messages[2].reasoning_content"],
        {
            "messages": [
                {"role": "assistant", "tool_calls": [], "reasoning_content": "x"},
                {"role": "assistant"},
            ]
        },
    ),
    "type": (
        "chat",
        'type: tool_choice, allowed: [string], error: {message: "{received}, not {expected}"}',
        {"tool_choice": {}},
        ["an object, not string"],
        {"tool_choice": "auto"},
    ),
    "type integer": (
        "chat",
        'type: n, allowed: [integer, "null"], error: {message: "{received}"}',
        {"n": 1.5},
        ["a decimal number"],
        {"n": None},
    ),
    "type true is no number": (
        "chat",
        'type: n, allowed: [number], error: {message: "{received}"}',
        {"n": True},
        ["a boolean"],
        {"n": 1},
    ),
    "enum": (
        "chat",
        'enum: "messages[*].role", allowed: [system, user, tool], '
        'error: {message: "{value}: {expected}"}',
        {"messages": [{"role": "developer"}]},
        ["developer: 'system', 'user', and 'tool'"],
        {"messages": [{"role": "tool"}, {}]},
    ),
    "enum refused": (
        "responses",
        'enum: store, refused: [true, null], error: {message: "{input}"}',
        {"store": True},
        ["true"],
        {"store": 1},
    ),
    "pattern": (
        "chat",
        'pattern: user, regex: "^[a-z]{1,3}$", error: {message: "{value} {expected}"}',
        {"user": "ab1"},
        ["ab1 ^[a-z]{1,3}$"],
        {"user": "abc"},
    ),
    "pattern refused": (
        "chat",
        "pattern: \"messages[*].content\", refused_regex: '\\{\\{\\?([a-z]{1,9})', "
        "error: {message: \"Unused parameters: ['{match}']\"}",
        {"messages": [_user(content="a {{?question}}")]},
        ["Unused parameters: ['question']"],
        {"messages": [_user(content="a {{question}}"), _user(content=7)]},
    ),
    "length": (
        "chat",
        'length: user, max: 3, min: 2, error: {message: "{limit} {length}"}',
        {"user": "abcd"},
        ["3 4"],
        {"user": "abc"},
    ),
    "length too short": (
        "chat",
        'length: user, min: 2, error: {message: "{limit} {length}"}',
        {"user": "a"},
        ["2 1"],
        {"user": 7},
    ),
    "range": (
        "chat",
        'range: max_tokens, max: 8, error: {message: "{value} > {limit}"}',
        {"max_tokens": 9},
        ["9 > 8"],
        {"max_tokens": 8},
    ),
    "range below": (
        "chat",
        'range: max_tokens, min: 2, error: {message: "{value} < {limit}"}',
        {"max_tokens": 1.5},
        ["1.5 < 2"],
        {"max_tokens": True},
    ),
    "items": (
        "chat",
        'items: tools, max: 1, error: {message: "{limit} {length}"}',
        {"tools": [1, 2]},
        ["1 2"],
        {"tools": [1]},
    ),
    "properties": (
        "chat",
        'properties: metadata, max: 1, error: {message: "{limit} {length}"}',
        {"metadata": {"a": 1, "b": 2}},
        ["1 2"],
        {"metadata": {"a": 1}},
    ),
    "context": (
        "chat",
        "context: max_tokens, window: 20, "
        'error: {message: "{value} > {window} - {tokens} = {room}"}',
        {"max_tokens": 15, "messages": [_user()]},
        ["15 > 20 - 8 = 12"],
        {"max_tokens": 12, "messages": [_user()]},
    ),
    "always": (
        "chat",
        'always: true, at: tools, when: {fields: {tools: present}}, error: {message: "{path}"}',
        {"tools": []},
        ["tools"],
        {"messages": []},
    ),
}


@pytest.mark.parametrize("row", FIELD_RULES.values(), ids=FIELD_RULES)
def test_a_rule_of_each_kind_refuses_and_lets_pass(tmp_path: Path, row: Row) -> None:
    """The first payload gets the words, the second passes."""
    api, text, refused, words, accepted = row
    judge = rule(tmp_path, f"api: {api}, {text}")
    assert judge(api, refused) == words
    assert judge(api, accepted) == []


def test_every_kind_is_tested() -> None:
    """A new kind needs a row above, a test below or one in the files beside this one."""
    beside = ("test_rules.py", "test_sequences.py", "test_tool_schemas.py")
    here = "".join(Path(__file__).with_name(name).read_text("utf-8") for name in beside)
    assert [kind for kind in KINDS if f"{kind}:" not in here] == []


@pytest.mark.parametrize("value", [None, 7, 1.5, True, "x", [], [[]], {}, {"a": {"b": []}}])
def test_rules_answer_for_any_json_value(tmp_path: Path, value: Any) -> None:
    """No shape of a request raises, whatever the rule looks for."""
    for row in FIELD_RULES.values():
        judge = rule(tmp_path, f"api: both, {row[1]}")
        for key in ("messages", "input", "tools", "metadata", "max_tokens", "user", "model"):
            for api in ("responses", "chat"):
                judge(api, {key: value})
                judge(api, {key: [value, {"role": value, "content": value}]})


def test_a_rule_without_words_speaks_as_the_profile_does_of_such_a_fault(tmp_path: Path) -> None:
    """The words are those of the `fault` rule, param and code too."""
    text = (
        "rules:\n"
        "  - {id: f, api: chat, fault: unknown, "
        'error: {message: "no {name}", code: 7, status: 422}}\n'
        "  - {id: it, api: chat, forbid: odd}\n"
    )
    verdict = asked(tmp_path, text).judge.check("chat", {"odd": 1})
    [violation] = verdict.violations
    assert (violation.message, violation.code, violation.status) == ("no odd", 7, 422)


@pytest.mark.parametrize(
    ("text", "payload", "message", "code"),
    [
        ("forbid: odd", {"odd": 1}, "Unknown parameter: 'odd'.", "unknown_parameter"),
        (
            "require: input",
            {},
            "Missing required parameter: 'input'.",
            "missing_required_parameter",
        ),
        (
            "length: user, max: 1",
            {"user": "ab"},
            "Invalid 'user': string too long. Expected a string with maximum length 1, but got a "
            "string with length 2 instead.",
            "string_above_max_length",
        ),
        (
            "items: tools, max: 1",
            {"tools": [1, 2]},
            "Invalid 'tools': array too long. Expected an array with maximum length 1, but got an "
            "array with length 2 instead.",
            "array_above_max_length",
        ),
        (
            "properties: metadata, max: 0",
            {"metadata": {"a": "b"}},
            "Invalid 'metadata': too many properties. Expected an object with at most 0 "
            "properties, but got an object with 1 properties instead.",
            "object_above_max_properties",
        ),
        (
            "range: max_output_tokens, min: 16",
            {"max_output_tokens": 1},
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but "
            "got 1 instead.",
            "integer_below_min_value",
        ),
    ],
)
def test_a_rule_without_any_words_speaks_as_openai_does(
    tmp_path: Path, text: str, payload: dict[str, Any], message: str, code: str
) -> None:
    """Message, param and code are OpenAI's for the kind of fault."""
    judge = rule(tmp_path, f"api: responses, {text}").judge
    [violation] = judge.check("responses", payload).violations
    assert (violation.message, violation.code) == (message, code)
    assert violation.param == violation.path


@pytest.mark.parametrize("kind", ["unknown", "any"])
def test_words_for_faults_are_chosen_by_place(tmp_path: Path, kind: str) -> None:
    """The first fault rule whose place fits words the fault."""
    text = (
        "unknown: reject\nrules:\n"
        f"  - {{id: m, api: chat, fault: {kind}, at: 'messages[*]', "
        "error: {message: 'in {index}'}}\n"
        f"  - {{id: t, api: chat, fault: {kind}, error: {{message: 'top {{name}}'}}}}\n"
    )
    judge = asked(tmp_path, text)
    assert judge("chat", {"messages": [_user(odd=1)]}) == ["in 0"]
    assert judge("chat", {"odd": 1}) == ["top odd"]


def test_words_for_faults_may_have_conditions(tmp_path: Path) -> None:
    """A fault rule for one model leaves the others to the next."""
    text = (
        "unknown: reject\nrules:\n"
        "  - {id: a, api: chat, fault: unknown, when: {model: ^old}, error: {message: old words}}\n"
        "  - {id: b, api: chat, fault: unknown, error: {message: new words}}\n"
    )
    judge = asked(tmp_path, text)
    assert judge("chat", {"model": "old-1", "odd": 1}) == ["old words"]
    assert judge("chat", {"model": "new-1", "odd": 1}) == ["new words"]


def test_a_header_is_asked_for_before_the_body(tmp_path: Path) -> None:
    """`header` refuses when it is missing, empty or unlike `regex`; no headers, no refusal."""
    judge = rule(
        tmp_path, 'api: both, header: Editor-Version, regex: "^vscode/", error: {message: "{name}"}'
    )
    assert judge("chat", {}) == ["Editor-Version"]
    assert judge("chat", {}, editor_version="") == ["Editor-Version"]
    assert judge("chat", {}, editor_version="vim/1") == ["Editor-Version"]
    assert judge("chat", {}, editor_version="vscode/1") == []
    assert judge.judge.check("chat", {}).accepted


def test_an_endpoint_may_be_lacking(tmp_path: Path) -> None:
    """`endpoint` refuses what goes to the path, and nothing else."""
    judge = rule(
        tmp_path, "api: both, endpoint: /v1/responses, error: {message: Not Found, status: 404}"
    )
    assert judge("responses", {}) == ["Not Found"]
    assert judge("chat", {}) == []
    assert judge.judge.door.check(None, "/v1/models", {}) is None


def test_unknown_keys_may_be_refused_at_the_top_alone_or_noted(tmp_path: Path) -> None:
    """`top` leaves what is deeper, `record` refuses nothing and notes all, `allow` welcomes."""
    payload = {"messages": [_user(deep=1)], "one": 1, "two": 2, "model": "m"}
    assert asked(tmp_path, "unknown: reject\n")("chat", payload) == [
        "Unknown parameter: 'messages[0].deep'."
    ]
    assert asked(tmp_path, "unknown: top\n")("chat", payload) == ["Unknown parameter: 'one'."]
    allowing = asked(tmp_path, "unknown: reject\nallow: ['messages[*].deep', one]\n")
    assert allowing("chat", payload) == ["Unknown parameter: 'two'."]
    verdict = asked(tmp_path, "unknown: record\n").judge.check("chat", payload)
    assert verdict.accepted
    assert [noted.path for noted in verdict.noted] == ["messages[0].deep", "one", "two"]


def test_a_near_key_is_suggested(tmp_path: Path) -> None:
    """groq's own: 'store' is near 'stop', 'reasoning' is near nothing."""
    suggest = "\", did you mean '{suggestion}'?\""
    judge = rule(
        tmp_path,
        "api: chat, forbid: store, "
        f"error: {{message: \"property '{{name}}' is unsupported\", suggest: {suggest}}}",
    )
    assert judge("chat", {"store": 1}) == ["property 'store' is unsupported, did you mean 'stop'?"]
    far = rule(
        tmp_path, f'api: chat, forbid: reasoning, error: {{message: "no", suggest: {suggest}}}'
    )
    assert far("chat", {"reasoning": 1}) == ["no"]


def test_several_places_may_be_told_in_one_message(tmp_path: Path) -> None:
    """`many` words several, `{names}` lists them."""
    text = (
        "unknown: top\nrules:\n  - {id: u, api: chat, fault: unknown, error: {"
        "message: 'argument: {name}', many: 'arguments: {names} {names_repr} {count}'}}\n"
    )
    judge = asked(tmp_path, text)
    assert judge("chat", {"a": 1}) == ["argument: a"]
    assert judge("chat", {"a": 1, "b": 2}) == ["arguments: a, b ['a', 'b'] 2"]


@pytest.mark.parametrize(
    ("style", "path"),
    [
        ("openai", "messages[1].content[0].x"),
        ("bracketed", "messages.[1].content.[0].x"),
        ("dotted", "messages.1.content.0.x"),
        ("tagged", "messages.1.assistant.content.0.x"),
        ("plain", "messages.content.x"),
        ("pointer", "#/messages/1/content/0/x"),
    ],
)
def test_a_path_is_written_in_the_vendors_style(tmp_path: Path, style: str, path: str) -> None:
    """The same place in each style; the verdict's own path is always ours."""
    judge = asked(
        tmp_path,
        f"paths: {style}\nrules:\n  - {{id: it, api: chat, forbid: 'messages[*].content[*].x', "
        "error: {message: '{path}', param: '{loc}'}}\n",
    )
    payload = {"messages": [_user(), {"role": "assistant", "content": [{"x": 1}]}]}
    [violation] = judge.judge.check("chat", payload).violations
    assert (violation.message, violation.path) == (path, "messages[1].content[0].x")
    tag = ["assistant"] if style == "tagged" else []
    assert violation.param == ["body", "messages", 1, *tag, "content", 0, "x"]


def test_the_column_is_where_the_value_ends_in_the_compact_json(tmp_path: Path) -> None:
    """As serde counts: the column after the last character that it read."""
    judge = rule(
        tmp_path,
        'api: chat, enum: "messages[*].role", refused: [dev], error: {message: "{column}"}',
    )
    payload = {"model": "é", "messages": [{"role": "user"}, {"role": "dev", "content": ""}]}
    compact = '{"model":"é","messages":[{"role":"user"},{"role":"dev"'
    assert judge("chat", payload) == [str(len(compact.encode()))]
