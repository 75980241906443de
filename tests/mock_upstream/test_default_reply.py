"""What the mock answers of itself: the call or the text that a request demands."""

from typing import Any

import jsonschema
import orjson
import pytest

from mock_upstream import ReplyPlan
from mock_upstream.replies.default_reply import default_reply
from mock_upstream.replies.demand import demanded_form, demanded_tool
from tests.mock_upstream.test_instance import ABSURD

HELLO = "Hello from the mock upstream."
SCHEMA: Any = {
    "type": "object",
    "properties": {"city": {"type": "string", "minLength": 2}, "days": {"enum": [3, 5]}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
UNMET: Any = {"type": "object", "properties": {"a": {"$ref": "#/no"}}, "required": ["a"]}

RESPONSES = "/v1/responses"
CHAT = "/v1/chat/completions"
TOOLS: dict[str, list[Any]] = {
    RESPONSES: [
        {"type": "function", "name": "weather", "parameters": SCHEMA, "strict": True},
        {"type": "function", "name": "now", "parameters": None, "strict": None},
        {"type": "function", "name": "unmet", "parameters": UNMET, "strict": False},
        {"type": "custom", "name": "patch"},
        {
            "type": "custom",
            "name": "date",
            "format": {"type": "grammar", "syntax": "regex", "definition": r"^\d{4}-\d\d$"},
        },
        {
            "type": "custom",
            "name": "lark",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: A"},
        },
    ],
    CHAT: [
        {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}},
        {"type": "function", "function": {"name": "now"}},
        {"type": "function", "function": {"name": "unmet", "parameters": UNMET}},
        {"type": "custom", "custom": {"name": "patch"}},
        {
            "type": "custom",
            "custom": {
                "name": "date",
                "format": {
                    "type": "grammar",
                    "grammar": {"syntax": "regex", "definition": r"^\d{4}-\d\d$"},
                },
            },
        },
        {
            "type": "custom",
            "custom": {
                "name": "lark",
                "format": {
                    "type": "grammar",
                    "grammar": {"syntax": "lark", "definition": "start: A"},
                },
            },
        },
    ],
}
BODIES: dict[str, Any] = {
    RESPONSES: {"model": "gpt-5.2", "input": "hi", "tools": TOOLS[RESPONSES]},
    CHAT: {
        "model": "gpt-5.2",
        "messages": [{"role": "user", "content": "hi"}],
        "tools": TOOLS[CHAT],
    },
}
WEATHER = ("weather", '{"city":"text","days":3}')

each_api = pytest.mark.parametrize("path", [RESPONSES, CHAT])


def named(path: str, kind: str, name: str) -> Any:
    return (
        {"type": kind, "name": name} if path == RESPONSES else {"type": kind, kind: {"name": name}}
    )


def allowed(path: str, mode: str, *tools: Any) -> Any:
    inner = {"mode": mode, "tools": list(tools)}
    if path == RESPONSES:
        return {"type": "allowed_tools", **inner}
    return {"type": "allowed_tools", "allowed_tools": inner}


def calls_of(path: str, answered: Any) -> list[tuple[str, str]]:
    """The names and inputs of the calls in an answer."""
    assert answered.status_code == 200, answered.text
    if path == RESPONSES:
        items = [item for item in answered.json()["output"] if item["type"].endswith("_call")]
        return [(item["name"], item.get("arguments") or item.get("input", "")) for item in items]
    found = answered.json()["choices"][0]["message"].get("tool_calls", [])
    inner = [call[call["type"]] for call in found]
    return [(call["name"], call.get("arguments") or call.get("input", "")) for call in inner]


def text_of(path: str, answered: Any) -> str:
    assert answered.status_code == 200, answered.text
    if path == RESPONSES:
        return str(answered.json()["output"][-1]["content"][0]["text"])
    return str(answered.json()["choices"][0]["message"]["content"])


@each_api
@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("function", *WEATHER),
        ("function", "now", "{}"),
        ("custom", "patch", "text"),
        ("custom", "date", "0000-00"),
    ],
)
def test_a_named_tool_is_called(mock: Any, path: str, kind: str, name: str, text: str) -> None:
    """The tool that `tool_choice` names is called with an input that it takes, without a note."""
    answered = mock.client.post(path, json=BODIES[path] | {"tool_choice": named(path, kind, name)})
    assert calls_of(path, answered) == [(name, text)]
    assert "x-mock-note" not in answered.headers


@each_api
def test_a_demanded_call_is_streamed_too(mock: Any, path: str) -> None:
    """The stream of a demanded call carries the same arguments."""
    body = BODIES[path] | {"tool_choice": "required", "stream": True}
    streamed = mock.client.post(path, json=body).text
    whole = orjson.dumps(WEATHER[1]).decode()
    if path == RESPONSES:
        assert streamed.count(f'"arguments":{whole}') == 3
    else:
        assert '"name":"weather"' in streamed
        assert '"finish_reason":"tool_calls"' in streamed


@each_api
def test_who_is_called_where_there_is_a_choice(mock: Any, path: str) -> None:
    """`required` calls the first tool, an allowed list its first, and `auto` and `none` none."""
    date, now = named(path, "custom", "date"), named(path, "function", "now")
    expected: list[tuple[Any, list[tuple[str, str]]]] = [
        ("required", [WEATHER]),
        (allowed(path, "required", date, now), [("date", "0000-00")]),
        (allowed(path, "required", now, date), [("now", "{}")]),
        (allowed(path, "auto", now), []),
        ("auto", []),
        ("none", []),
    ]
    for choice, calls in expected:
        answered = mock.client.post(path, json=BODIES[path] | {"tool_choice": choice})
        assert calls_of(path, answered) == calls
        if not calls:
            assert text_of(path, answered) == HELLO


@each_api
@pytest.mark.parametrize(
    ("kind", "name", "text", "note"),
    [
        ("function", "unmet", "{}", "tool 'unmet': arguments {} may not satisfy the schema: $ref"),
        ("custom", "lark", "", "tool 'lark': the input is empty, because the mock does not write"),
        ("function", "gone", "{}", "tool 'gone' is demanded by tool_choice but not declared"),
        ("custom", "gone", "", "tool 'gone' is demanded by tool_choice but not declared"),
    ],
)
def test_a_note_says_what_could_not_be_met(
    mock: Any, path: str, kind: str, name: str, text: str, note: str
) -> None:
    """Where no input was found, an empty one is sent, and a header says why."""
    answered = mock.client.post(path, json=BODIES[path] | {"tool_choice": named(path, kind, name)})
    assert calls_of(path, answered) == [(name, text)]
    assert answered.headers["x-mock-note"].startswith(note)


def test_a_note_fits_on_a_header_line(serve: Any) -> None:
    """Whatever a request calls its tool, the note is short ASCII."""
    mock = serve("permissive")
    choice = {"type": "function", "name": "bös\r\nx: y " + "🎈" * 1000}
    answered = mock.client.post(RESPONSES, json=BODIES[RESPONSES] | {"tool_choice": choice})
    assert answered.status_code == 200
    assert len(answered.headers["x-mock-note"]) <= 400
    assert "x" not in answered.headers


def test_a_hosted_search_is_called(mock: Any) -> None:
    """A demanded web search stands before the text."""
    body = BODIES[RESPONSES] | {"tools": [{"type": "web_search"}]}
    for choice in ("required", {"type": "web_search_preview"}):
        output = mock.client.post(RESPONSES, json=body | {"tool_choice": choice}).json()["output"]
        assert [item["type"] for item in output] == ["web_search_call", "message"]


def structured(path: str, form: Any) -> Any:
    body = {name: value for name, value in BODIES[path].items() if name != "tools"}
    if path == RESPONSES:
        return body | {"text": {"format": form}}
    if form["type"] == "json_schema":
        form = {"type": "json_schema", "json_schema": {k: form[k] for k in ("name", "schema")}}
    return body | {"response_format": form}


@each_api
def test_a_structured_text_satisfies_its_schema(mock: Any, path: str) -> None:
    """A text of a demanded schema is an instance of it, one of a demanded object is JSON."""
    form = {"type": "json_schema", "name": "forecast", "schema": SCHEMA}
    answered = mock.client.post(path, json=structured(path, form))
    jsonschema.validate(orjson.loads(text_of(path, answered)), SCHEMA)
    assert "x-mock-note" not in answered.headers
    if path == RESPONSES:
        assert answered.json()["text"]["format"]["schema"] == SCHEMA
    answered = mock.client.post(path, json=structured(path, {"type": "json_object"}))
    assert orjson.loads(text_of(path, answered)) == {"message": HELLO}
    plain = mock.client.post(path, json=structured(path, {"type": "text"}))
    assert text_of(path, plain) == HELLO
    form |= {"schema": UNMET}
    unmet = mock.client.post(path, json=structured(path, form))
    assert text_of(path, unmet) == "{}"
    assert "leads nowhere" in unmet.headers["x-mock-note"]


@each_api
def test_a_queued_reply_is_never_changed(mock: Any, path: str) -> None:
    """What a test has queued goes out as it is, whatever the request demands."""
    mock.session.reply_with(ReplyPlan(text="as queued"))
    answered = mock.client.post(path, json=BODIES[path] | {"tool_choice": "required"})
    assert (calls_of(path, answered), text_of(path, answered)) == ([], "as queued")


JUNK: Any = (None, 0, True, "x", [], {}, [None], [[]], {"type": []}, {"type": {}}, {"name": 1})
JUNK += ({"type": "function"}, {"type": "function", "function": 7}, {"type": "allowed_tools"})
JUNK += ({"type": "allowed_tools", "mode": "required", "tools": [1, {"type": {}}]}, [{"type": []}])
JUNK += ({"format": 5}, {"format": {"type": []}}, {"type": "json_schema", "json_schema": 3})
JUNK += ([{"type": "custom", "name": "a", "format": {"type": "grammar", "grammar": 3}}],)


@pytest.mark.parametrize("value", JUNK, ids=repr)
def test_demands_of_the_wrong_shape_are_none(value: Any) -> None:
    """No value in the place of a demand makes the mock stumble."""
    for api in ("responses", "chat"):
        for tools in (JUNK, [], value):
            payload = {
                "tool_choice": value,
                "tools": tools,
                "text": value,
                "response_format": value,
            }
            demanded_form(api, payload)
            demanded_tool(api, payload)
            demanded_tool(api, payload | {"tool_choice": "required"})
            assert default_reply(api, payload).plan is not None


@pytest.mark.parametrize("name", sorted(set(ABSURD) - {"deep", "branching"}))
def test_an_absurd_schema_has_an_answer(serve: Any, name: str) -> None:
    """A request whose schema asks for too much is answered all the same, with a note."""
    mock = serve("permissive", body_limit=2**22)
    tool = {"type": "function", "name": "absurd", "parameters": ABSURD[name]}
    body = {"model": "m", "input": "hi", "tools": [tool], "tool_choice": "required"}
    answered = mock.client.post(RESPONSES, content=orjson.dumps(body))
    assert calls_of(RESPONSES, answered) == [("absurd", "{}")]
    assert answered.headers["x-mock-note"].startswith("tool 'absurd': arguments {}")
