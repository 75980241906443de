"""Envelopes, reporting and precedence: the exact bytes of a refusal, and which one answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_upstream.wordings.envelope import ENVELOPES
from tests.mock_upstream.profile_text import Asked, asked


def _reply(judge: Asked, payload: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    verdict = judge.judge.check("chat", payload)
    reply = judge.judge.refusal(verdict)
    return reply.status, dict(reply.headers), reply.body


ERROR = "error: {message: 'm {name}', type: t, param: '{path}', code: 7, status: 422}"

BODIES = {
    "openai": {"error": {"message": "m odd", "type": "t", "param": "odd", "code": 7}},
    "flat": {"object": "error", "message": "m odd", "type": "t", "param": "odd", "code": 7},
    "string": {"error": "m odd"},
    "message": {"message": "m odd"},
    "detail": {"detail": "m odd"},
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope_by_name(tmp_path: Path, name: str) -> None:
    """Each has its shape, the rule's status and its content type."""
    judge = asked(
        tmp_path, f"envelope: {name}\nrules:\n  - {{id: it, api: chat, forbid: odd, {ERROR}}}\n"
    )
    status, headers, body = _reply(judge, {"odd": 1})
    assert status == 422
    if name == "text":
        assert (headers["content-type"], body) == ("text/plain; charset=utf-8", b"m odd")
        return
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == BODIES[name]


@pytest.mark.parametrize(
    ("envelope", "expected"),
    [
        (
            "{body: ['{message}', {a: '{param}', b: null, c: 1.5}]}",
            ["m odd", {"a": "odd", "b": None, "c": 1.5}],
        ),
        (
            "{body: {code: '{code}', text: 'code {code}', status: '{status}'}}",
            {"code": 7, "text": "code 7", "status": 422},
        ),
        (
            "{body: {loc: '{loc}', input: '{input}', both: '{loc}/{input}'}}",
            {"loc": ["body", "odd"], "input": {"x": 1}, "both": '["body","odd"]/{"x":1}'},
        ),
        ('{body: {raw: \'{{"error":"{message}"}}\'}}', {"raw": '{"error":"m odd"}'}),
        ("{body: '{message}'}", "m odd"),
        (
            "{body: {repr: '{input_repr} {loc_repr}'}}",
            {"repr": "{'x': 1} ('body', 'odd')"},
        ),
        ("{body: {rule: '{rule}', model: '{model}'}}", {"rule": "it", "model": "m-1"}),
    ],
)
def test_an_envelope_is_any_json_value(tmp_path: Path, envelope: str, expected: object) -> None:
    """A whole placeholder keeps its JSON type, one within a text is written out."""
    judge = asked(
        tmp_path, f"envelope: {envelope}\nrules:\n  - {{id: it, api: chat, forbid: odd, {ERROR}}}\n"
    )
    _, _, body = _reply(judge, {"odd": {"x": 1}, "model": "m-1"})
    assert json.loads(body) == expected


def test_a_rule_has_an_envelope_of_its_own(tmp_path: Path) -> None:
    """It replaces the profile's for this rule alone; headers and content type are its too."""
    text = (
        "envelope: detail\nrules:\n"
        "  - {id: a, api: chat, forbid: a, error: {message: m, envelope: {"
        "body: {title: '{message}'}, "
        "content_type: application/problem+json, headers: {retry-after: '7', x-rule: '{rule}'}}}}\n"
        "  - {id: b, api: chat, forbid: b, error: {message: m}}\n"
    )
    judge = asked(tmp_path, text)
    assert _reply(judge, {"a": 1}) == (
        400,
        {"content-type": "application/problem+json", "retry-after": "7", "x-rule": "a"},
        b'{"title":"m"}',
    )
    assert _reply(judge, {"b": 1})[2] == b'{"detail":"m"}'


def test_an_error_within_a_stream_has_status_200(tmp_path: Path) -> None:
    """`event` sends the body as a server-sent event of that name."""
    judge = asked(
        tmp_path,
        "envelope: {body: {error: '{message}'}, event: error}\nrules:\n"
        "  - {id: a, api: chat, forbid: a, when: {stream: true}, error: {message: m}}\n",
    )
    status, headers, body = _reply(judge, {"a": 1, "stream": True})
    assert (status, headers) == (200, {"content-type": "text/event-stream"})
    assert body == b'event: error\ndata: {"error":"m"}\n\n'


COLLECT = """\
unknown: top
envelope:
  body: {message: "{message}", detail: "{errors}", count: "{count}"}
  collect:
    item: {loc: "{loc}", msg: "{message}", input: "{input}"}
    separator: "; "
    many: "{count} errors: {messages}"
rules:
  - {id: order, api: chat, forbid: c, error: {message: other, envelope: flat}}
  - {id: extra, api: chat, fault: unknown, error: {message: "extra {name}"}}
  - {id: forbidden, api: chat, forbid: "messages[*].x", error: {message: "no x"}}
"""


def test_all_refusals_may_be_told_at_once(tmp_path: Path) -> None:
    """`collect` lists what shares the envelope, words the count, and keeps to itself with one."""
    judge = asked(tmp_path, COLLECT)
    payload = {"a": 1, "messages": [{"x": {}}, {"x": 2}], "b": [2], "c": 1}
    assert judge.body("chat", payload) == {
        "message": "4 errors: extra a; extra b; no x; no x",
        "detail": [
            {"loc": ["body", "a"], "msg": "extra a", "input": 1},
            {"loc": ["body", "b"], "msg": "extra b", "input": [2]},
            {"loc": ["body", "messages", 0, "x"], "msg": "no x", "input": {}},
            {"loc": ["body", "messages", 1, "x"], "msg": "no x", "input": 2},
        ],
        "count": 4,
    }
    alone = judge.body("chat", {"a": 1})
    assert (alone["message"], alone["count"]) == ("extra a", 1)


PRECEDENCE = """\
unknown: reject
precedence: {}
rules:
  - {{id: two, api: chat, forbid: two, error: {{message: rule two}}}}
  - {{id: one, api: chat, forbid: one, error: {{message: rule one}}}}
"""


@pytest.mark.parametrize(
    ("precedence", "order"),
    [
        ("document", ["rule one", "odd", "rule two"]),
        ("schema-first", ["odd", "rule two", "rule one"]),
        ("rules-first", ["rule two", "rule one", "odd"]),
    ],
)
def test_precedence_says_which_refusal_answers(
    tmp_path: Path, precedence: str, order: list[str]
) -> None:
    """Of the same request, in each of the three orders; keys that rules name are theirs."""
    judge = asked(tmp_path, PRECEDENCE.format(precedence))
    said = judge("chat", {"one": 1, "odd": 1, "two": 1})
    assert said == [text.replace("odd", "Unknown parameter: 'odd'.") for text in order]
    assert judge.body("chat", {"two": 1, "one": 1})["error"]["message"] in ("rule two",)


def test_a_rule_on_an_undeclared_key_words_all_its_places(tmp_path: Path) -> None:
    """The schema does not speak of the second place of a key that a rule refuses at the first."""
    judge = asked(
        tmp_path,
        "unknown: reject\nrules:\n"
        "  - {id: it, api: chat, forbid: 'messages[*].odd', error: {message: mine}}\n",
    )
    messages = [{"role": "user", "content": "", "odd": 1}] * 3
    assert judge("chat", {"messages": messages}) == ["mine"]


def test_minted_ids_are_the_same_in_every_run(tmp_path: Path) -> None:
    """Two mocks give the same bytes; ids have their usual form."""
    text = (
        "envelope: {body: {id: '{request_id}', uuid: '{uuid}', time: '{time}'}}\n"
        "rules:\n  - {id: it, api: chat, always: true, error: {message: m}}\n"
    )
    bodies = [asked(tmp_path, text).body("chat", {}) for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert len(bodies[0]["id"]) == 32
    assert bodies[0]["uuid"].count("-") == 4


def test_what_is_repeated_is_bounded(tmp_path: Path) -> None:
    """A hostile value is repeated in part, whatever its nesting, length or number."""
    judge = asked(
        tmp_path,
        "envelope: {body: {input: '{input}', text: '{value} {input}'}}\n"
        "rules:\n  - {id: it, api: chat, forbid: odd, error: {message: '{value} {input}'}}\n",
    )
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, {"a": deep}, "x" * 5_000_000, [0] * 1_000_000, "\ud800", 10**400):
        assert len(_reply(judge, {"odd": value})[2]) < 1_000_000


def test_refusals_of_another_status_are_told_apart(tmp_path: Path) -> None:
    """One reply has one status; what would have another is not listed in it."""
    text = COLLECT.replace('"no x"', '"no x", status: 422')
    payload = {"a": 1, "messages": [{"x": {}}]}
    assert asked(tmp_path, text).body("chat", payload)["message"] == "extra a"
