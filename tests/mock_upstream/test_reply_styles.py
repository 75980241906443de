"""Dialects and quirks: what each leaves out, adds or distorts, and nothing else."""

import socket
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response
from pydantic import BaseModel

from mock_upstream import ReplyPlan, Session, ToolCall, load_profile
from mock_upstream.replies.reply_quirks import DIALECTS, QUIRKS
from tests.mock_upstream.official import EVENT_TYPES, events_of
from tests.mock_upstream.reply_plans import PLANS, USAGE

PLAN = ReplyPlan(
    text="Hello there, this is a text.",
    tool_calls=(ToolCall("Bash", '{"command": "ls"}'), ToolCall("Broken", "{")),
    reasoning=("because", "of this"),
    usage=USAGE,
)
BODIES: dict[str, Any] = {
    "/v1/responses": {"model": "gpt-5.2", "input": "hi"},
    "/v1/chat/completions": {"model": "gpt-5.2", "messages": [{"role": "user", "content": "hi"}]},
}
RESPONSES, CHAT = BODIES
COUNTED = {"stream": True, "stream_options": {"include_usage": True}}

# Optional in the package, and sent by the sparse dialect all the same: a message has a content in
# OpenAI's own document, and the plan fills the others.
FILLED = {"content", "status", "usage", "finish_reason", "tool_calls", "refusal", "role"}
FILLED |= {"id", "type", "function", "name", "arguments", "encrypted_content", "annotations"}
FILLED |= {"error", "incomplete_details", "reason", "query", "sources", "delta"}


def ask(mock: Any, path: str, plan: ReplyPlan = PLAN, **more: Any) -> httpx.Response:
    mock.session.reply_with(plan)
    answered = mock.client.post(path, json=BODIES[path] | more)
    assert isinstance(answered, httpx.Response)
    assert answered.status_code == 200
    return answered


def data_of(stream: str) -> list[Any]:
    return [orjson.loads(text) for _, text in events_of(stream) if text != "[DONE]"]


def keys_of(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*map(keys_of, value.values()))


def not_required(value: object) -> set[str]:
    """The keys that were sent though their model does not require them, at any depth."""
    if isinstance(value, list):
        return set().union(*map(not_required, value))
    if not isinstance(value, BaseModel):
        return set()
    fields = type(value).model_fields
    sent = value.model_fields_set
    optional = {name for name in sent if name not in fields or not fields[name].is_required()}
    return optional.union(*(not_required(getattr(value, name)) for name in value.model_fields_set))


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_the_sparse_dialect_sends_what_is_required(serve: Any, plan: ReplyPlan) -> None:
    """Every field is one that its type requires or that the plan fills, in both APIs."""
    mock = serve(dialect="sparse")
    assert not_required(Response.model_validate(ask(mock, RESPONSES, plan).json())) <= FILLED
    for name, data in events_of(ask(mock, RESPONSES, plan, stream=True).text):
        event = EVENT_TYPES[name or ""].model_validate_json(data)
        assert not_required(event) <= FILLED
    if not plan.failure:
        whole = ChatCompletion.model_validate(ask(mock, CHAT, plan).json())
        assert not_required(whole) <= FILLED
        for chunk in data_of(ask(mock, CHAT, plan, **COUNTED).text):
            shown = ChatCompletionChunk.model_validate(chunk)
            assert not_required(shown) <= FILLED | {"custom"}


def test_the_sparse_dialect_is_much_smaller(serve: Any) -> None:
    """A sparse reply has less than two thirds of the keys of a full one."""
    full, sparse = serve(), serve(dialect="sparse")
    for path in BODIES:
        keys = [len(keys_of(ask(mock, path).json())) for mock in (full, sparse)]
        assert keys[1] < keys[0] * 2 / 3


def test_no_usage(serve: Any) -> None:
    """Counts are nowhere, not even where they were asked for."""
    mock = serve(quirks=("no-usage",))
    for path in BODIES:
        options = COUNTED if path == CHAT else {"stream": True}
        assert "usage" not in keys_of(ask(mock, path).json())
        assert "usage" not in keys_of(data_of(ask(mock, path, **options).text))


def test_no_done(serve: Any) -> None:
    """The end mark is missing, and nothing else."""
    plain, quirky = (ask(serve(quirks=q), CHAT, **COUNTED).text for q in ((), ("no-done",)))
    assert plain == quirky + "data: [DONE]\n\n"


def test_no_terminal_event(serve: Any) -> None:
    """The last event of a response and the chunk with the finish reason are missing."""
    for path in BODIES:
        plain, quirky = (
            events_of(ask(serve(quirks=q), path, stream=True).text)
            for q in ((), ("no-terminal-event",))
        )
        at = -1 if path == RESPONSES else -2
        assert "completed" in plain[at][1] or "finish_reason" in plain[at][1]
        del plain[at]
        assert quirky == plain
    failed = ask(serve(quirks=("no-terminal-event",)), CHAT, PLANS["failed"], stream=True).text
    assert "error" not in failed


def test_arguments_as_an_object(serve: Any) -> None:
    """Arguments are objects wherever they are whole; what is not JSON stays as it is."""
    mock = serve(quirks=("arguments-object",))
    expected = [{"command": "ls"}, "{"]
    output = ask(mock, RESPONSES).json()["output"]
    assert [i["arguments"] for i in output if i["type"] == "function_call"] == expected
    calls = ask(mock, CHAT).json()["choices"][0]["message"]["tool_calls"]
    assert [call["function"]["arguments"] for call in calls] == expected
    done = [e for e in data_of(ask(mock, RESPONSES, stream=True).text) if "arguments" in e]
    assert [event["arguments"] for event in done] == expected
    chunks = data_of(ask(mock, CHAT, stream=True).text)
    parts = [p for c in chunks for p in c["choices"][0]["delta"].get("tool_calls", [])]
    assert parts[0]["function"] == {"name": "Bash", "arguments": {"command": "ls"}}


def test_null_fields(serve: Any) -> None:
    """Fields that are usually absent are there as null; what has a value keeps it."""
    mock = serve(quirks=("null-fields",))
    message = ask(mock, CHAT, PLANS["text"]).json()["choices"][0]["message"]
    assert {"tool_calls": None, "function_call": None, "audio": None}.items() <= message.items()
    assert message["content"] == PLANS["text"].text
    delta = data_of(ask(mock, CHAT, stream=True).text)[1]["choices"][0]["delta"]
    assert (delta["content"], delta["tool_calls"]) == ("Hello there, thi", None)
    for path in BODIES:
        with_nulls, without = (
            ask(serve(quirks=quirks), path, stream=True).text for quirks in (("null-fields",), ())
        )
        assert [strip(e) for e in data_of(with_nulls)] == [strip(e) for e in data_of(without)]
        assert with_nulls.count(":null") > without.count(":null")


def strip(value: Any) -> Any:
    """Take away what is null, at any depth."""
    if isinstance(value, list):
        return [strip(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: strip(one) for name, one in value.items() if one is not None}


def test_reasoning_content(serve: Any) -> None:
    """Chat Completions carries the reasoning as other vendors do, whole and streamed."""
    mock = serve(quirks=("reasoning-content",))
    message = ask(mock, CHAT).json()["choices"][0]["message"]
    assert message["reasoning_content"] == "because\n\nof this"
    chunks = data_of(ask(mock, CHAT, stream=True).text)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert "".join(d.get("reasoning_content", "") for d in deltas) == "because\n\nof this"
    first = next(i for i, d in enumerate(deltas) if d.get("content"))
    assert not any("reasoning_content" in delta for delta in deltas[first:])


def test_line_ends_comments_and_keep_alives(serve: Any) -> None:
    """The same events arrive between other lines."""
    for path in BODIES:
        plain = ask(serve(), path, stream=True).text
        crlf = ask(serve(quirks=("crlf",)), path, stream=True).text
        assert crlf == plain.replace("\n", "\r\n")
        commented = ask(serve(quirks=("comments",)), path, stream=True).text
        assert commented.count(": mock upstream\n") == plain.count("\n\n")
        assert commented.replace(": mock upstream\n", "") == plain
        alive = ask(serve(quirks=("keep-alives",)), path, stream=True).text
        assert alive.count(": keep-alive\n\n") == plain.count("\n\n") - 1
        assert alive.replace(": keep-alive\n\n", "") == plain


def test_one_byte_a_chunk(serve: Any) -> None:
    """The same bytes arrive one by one, each in an HTTP chunk of its own."""
    plain, quirky = serve(), serve(quirks=("one-byte-chunks",))
    for path in BODIES:
        for stream in (False, True):
            whole = ask(plain, path, stream=stream).content
            assert ask(quirky, path, stream=stream).content == whole
    body = orjson.dumps(BODIES[CHAT] | {"stream": True})
    head = f"POST {CHAT} HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nAuthorization: Bearer k\r\n"
    address = quirky.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=10) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    chunks = received.partition(b"\r\n\r\n")[2]
    assert chunks.endswith(b"\r\n1\r\n\n\r\n0\r\n\r\n")
    assert chunks.count(b"1\r\n") >= (len(chunks) - 5) // 6


def test_malformed_json(serve: Any) -> None:
    """One JSON text lacks its end: that of the body, or that of one event in mid-stream."""
    mock = serve(quirks=("malformed-json",))
    for path in BODIES:
        broken = ask(mock, path).text
        assert not is_json(broken)
        assert is_json(broken + "}")
        texts = [text for _, text in events_of(ask(mock, path, stream=True).text)]
        unreadable = [n for n, text in enumerate(texts) if not is_json(text) and text != "[DONE]"]
        assert len(unreadable) == 1
        assert 2 < unreadable[0] < len(texts) - 3


def is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def test_quirks_compose(serve: Any) -> None:
    """Every pair of quirks, and all together, answer every kind of request."""
    pairs = [*combinations(QUIRKS, 2), tuple(QUIRKS)]
    plans = [ReplyPlan(text="x", reasoning="y"), PLANS["failed"], PLANS["nothing"]]
    plans.append(ReplyPlan(tool_calls=(ToolCall("a"), ToolCall("b")), interleaved=True))
    for index, quirks in enumerate(pairs):
        mock = serve(dialect=DIALECTS[index % 2], quirks=quirks)
        plan = plans[index % len(plans)]
        for path, body in BODIES.items():
            for stream in (False, True):
                mock.session.reply_with(plan)
                answered = mock.client.post(path, json=body | {"stream": stream})
                assert answered.status_code == (
                    500 if plan.failure and path == CHAT and not stream else 200
                )


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        ({"dialect": "spare"}, ValueError, "no reply dialect 'spare'.*did you mean 'sparse'"),
        ({"quirks": ("no-usages",)}, ValueError, "no reply quirk 'no-usages'.*'no-usage'"),
        ({"quirks": "crlf"}, TypeError, "quirks is one string"),
    ],
)
def test_names_are_checked(overrides: Any, error: type[Exception], message: str) -> None:
    """A session takes the names that are known, and suggests the nearest."""
    with pytest.raises(error, match=message):
        Session(load_profile("openai"), **overrides)


def test_each_quirk_is_told_in_a_sentence() -> None:
    assert all(text[0].isupper() and text.endswith(".") for text in QUIRKS.values())


def test_a_profile_declares_its_style(tmp_path: Any) -> None:
    """A profile's `replies` hold for its sessions, and a session's own settings override them."""
    file = tmp_path / "small.yaml"
    file.write_text(
        "name: small\nabout: a\nreplies:\n  dialect: sparse\n  quirks: [no-usage, crlf]\n", "utf-8"
    )
    profile = load_profile(file)
    declared = Session(profile).now.style
    assert (declared.dialect, declared.quirks) == ("sparse", {"no-usage", "crlf"})
    changed = Session(profile, dialect="full", quirks=()).now.style
    assert (changed.dialect, changed.quirks) == ("full", frozenset())


def test_the_page_tells_every_quirk() -> None:
    """`docs/replies.md` has each quirk with its sentence, and no other."""
    page = (Path(__file__).parents[2] / "docs" / "replies.md").read_text("utf-8")
    rows = page.partition("## Quirks")[2].partition("| --- | --- |\n")[2].splitlines()
    assert rows == [f"| `{name}` | {sentence} |" for name, sentence in QUIRKS.items()]
