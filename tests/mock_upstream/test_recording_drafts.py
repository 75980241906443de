"""What is written of a recording: scripts that replay it, profiles that refuse as it was seen."""

import gzip
import socket
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import yaml
from click.testing import CliRunner

from mock_upstream import MockServer, ReplyPlan, Session, create_app, load_profile, load_script
from mock_upstream.catalogue import read_entries
from mock_upstream.cli import main
from mock_upstream.faults import Disconnect, Status
from mock_upstream.scripts import Answer
from tests.mock_upstream.recorders import KEY, Recorder, raw_upstream, read_request, recorder

Asked = tuple[str, dict[str, Any] | None]
"""A path and a body; None asks with GET."""


def ask(client: httpx.Client, asked: Asked) -> tuple[int, bytes, str | None]:
    path, body = asked
    response = client.get(path) if body is None else client.post(path, json=body)
    return response.status_code, response.content, response.headers.get("content-type")


def on_responses(**fields: Any) -> Asked:
    return "/v1/responses", {"model": "gpt-5.2", "input": "Hello", **fields}


def on_chat(**fields: Any) -> Asked:
    messages = [{"role": "user", "content": "Hello"}]
    return "/v1/chat/completions", {"model": "gpt-4.1", "messages": messages, **fields}


def items(*texts: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text} for text in texts]


REQUESTS: tuple[Asked, ...] = (
    on_responses(),
    on_responses(stream=True),
    on_responses(model="gpt-4.1"),
    on_responses(input=items("One")),
    on_responses(input=items("One", "Two")),
    on_responses(input=items("One", "Two", "x" * 500 + "1" + "y" * 500)),
    on_responses(input=items("One", "Two", "x" * 500 + "2" + "y" * 500)),
    on_responses(temperature=1),
    on_responses(surprise=True),
    on_chat(),
    on_chat(stream=True),
    on_chat(n="two"),
    ("/v1/models", None),
)


def script_of(record: Recorder, path: Path) -> str:
    response = record.client.post("/_mock/recording/script")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/yaml")
    path.write_text(response.text, encoding="utf-8")
    return response.text


def replayed(path: Path, requests: Any) -> list[tuple[int, bytes, str | None]]:
    session = Session(load_profile("permissive"), auth="off")
    session.use_script(load_script(path))
    with (
        MockServer(create_app(session)) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        return [ask(client, one) for one in requests]


def test_a_script_gives_the_same_bytes_to_the_same_requests(serve: Any, tmp_path: Path) -> None:
    """In whatever order they come; streams, refusals and the list of models too."""
    mock = serve("openai")
    with recorder(mock.url) as record:
        seen = [ask(record.client, one) for one in REQUESTS]
        script_of(record, tmp_path / "script.yaml")
    assert [status for status, *_ in seen].count(400) == 2
    assert len({content for _, content, _ in seen}) == len(REQUESTS)
    assert replayed(tmp_path / "script.yaml", REQUESTS) == seen
    assert replayed(tmp_path / "script.yaml", reversed(REQUESTS)) == seen[::-1]


def test_a_request_that_came_twice_gets_its_answers_in_turn(serve: Any, tmp_path: Path) -> None:
    """A client's retries see the failures before what went well; then the script is used up."""
    mock = serve("openai")
    mock.session.reply_with(Status(429, retry_after=7))
    mock.session.reply_with(Status(503))
    with recorder(mock.url) as record:
        seen = [ask(record.client, on_responses()) for _ in range(3)]
        script_of(record, tmp_path / "script.yaml")
    assert [status for status, *_ in seen] == [429, 503, 200]
    again = replayed(tmp_path / "script.yaml", [on_responses()] * 4)
    assert again[:3] == seen
    assert (again[3][0], b"script_miss" in again[3][1]) == (400, True)


def test_a_break_is_replayed(serve: Any, tmp_path: Path) -> None:
    """A stream that broke off breaks off at the same byte."""
    mock = serve("openai")
    mock.session.reply_with(Answer(ReplyPlan("One two"), Disconnect(after_bytes=300)))
    with recorder(mock.url) as record:
        with pytest.raises(httpx.RemoteProtocolError):
            ask(record.client, on_responses(stream=True))
        script_of(record, tmp_path / "script.yaml")
        [entry] = record.recording.journal.entries
    assert entry.response is not None
    assert len(entry.response.body) == 300
    with pytest.raises(httpx.RemoteProtocolError):
        replayed(tmp_path / "script.yaml", [on_responses(stream=True)])
    assert "after_bytes: 300" in (tmp_path / "script.yaml").read_text()


@pytest.mark.parametrize("packed", [False, True])
def test_a_script_holds_no_credential(tmp_path: Path, *, packed: bool) -> None:
    """Those of requests and replies, in heads and bodies, compressed ones too."""
    body = b'{"you": "sent key-from-call", "api_key": "key-from-reply"}'
    body = gzip.compress(body) if packed else body
    encoding = b"Content-Encoding: gzip\r\n" if packed else b""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: s=key-from-cookie\r\nx-echo: key-from-call\r\n"
            b"Content-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b"
            % (encoding, len(body), body)
        )

    requests = [on_responses(user=KEY), on_responses(user="other", metadata={"token": "key-a"})]
    with raw_upstream(serve) as url, recorder(url) as record:
        for one in requests:
            ask(record.client, one)
        text = script_of(record, tmp_path / "script.yaml")
    assert "key-from-" not in text
    assert "key-a" not in text
    assert "set-cookie" not in text
    [first, second] = replayed(tmp_path / "script.yaml", requests)
    assert first[:2] == second[:2]
    assert orjson.loads(first[1])["api_key"].startswith("fingerprint:")


def test_a_compressed_reply_is_replayed_as_it_came(tmp_path: Path) -> None:
    """Where no credential is in it; one that cannot be looked into is left out, and told."""
    packed = gzip.compress(b'{"a": "b"}', mtime=0)
    encoding = b"gzip"

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % (encoding, len(packed)) + packed)

    with raw_upstream(serve) as url, recorder(url) as record:
        assert ask(record.client, on_responses())[1] == b'{"a": "b"}'
        packed, encoding = b"\x01\x02odd", b"odd"
        ask(record.client, on_responses(user="a"))
        text = script_of(record, tmp_path / "script.yaml")
    assert replayed(tmp_path / "script.yaml", [on_responses()])[0][1] == b'{"a": "b"}'
    assert "# request 2: POST /v1/responses 200: its body is compressed in a way" in text


def test_what_cannot_be_replayed_is_told(tmp_path: Path) -> None:
    """As comments with the reason; the script is good without them, or with none at all."""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with raw_upstream(serve) as url, recorder(url) as record:
        record.client.post("/v1/embeddings", json={})
        record.client.post("/v1/responses", content=b"no JSON\x1b[31m")
        text = script_of(record, tmp_path / "script.yaml")
    assert "# Nothing was recorded that can be replayed." in text
    assert "# request 1: POST /v1/embeddings 200: the mock serves no such path" in text
    assert "# request 2: POST /v1/responses 200: its body is no JSON object" in text
    assert load_script(tmp_path / "script.yaml").entries == ()


def test_a_path_in_the_base_url_is_no_matter(serve: Any, tmp_path: Path) -> None:
    """What went to /responses below a base of /v1 is replayed at /v1/responses."""
    mock = serve("openai")
    with recorder(f"{mock.url}/v1") as record:
        _, body = on_responses()
        seen = ask(record.client, ("/responses", body))
        script_of(record, tmp_path / "script.yaml")
    assert seen[0] == 200
    assert replayed(tmp_path / "script.yaml", [on_responses()]) == [seen]


# Profiles


def profile_of(record: Recorder, path: Path) -> str:
    response = record.client.post("/_mock/recording/profile")
    assert response.status_code == 200
    path.write_text(response.text, encoding="utf-8")
    return response.text


def served(path: Path, requests: Any) -> list[tuple[int, bytes, str | None]]:
    headers = {"authorization": f"Bearer {KEY}"}
    with (
        MockServer(create_app(Session(load_profile(path)))) as server,
        httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client,
    ):
        return [ask(client, one) for one in requests]


THOUGHT = {"role": "assistant", "content": "a", "thinking_blocks": []}

REFUSED: dict[str, tuple[Asked, ...]] = {
    "gateway": (
        on_responses(metadata={"a": "b"}),
        on_responses(input=[*items("a"), THOUGHT]),
        on_responses(input=[THOUGHT]),
    ),
    "openai": (
        on_responses(surprise=1),
        on_responses(metadata={"a": "b"}, odd=1),
        on_responses(input=[*items("a"), {**items("b")[0], "odd": 1}]),
        on_responses(input=[{**items("b")[0], "odd": 1}]),
        on_chat(messages=[{"role": "wizard", "content": "a"}]),
        on_chat(temperature=3),
        on_responses(tools=[{"type": "function", "parameters": {}, "strict": False}]),
    ),
    "vllm": (on_chat(messages=[]), on_chat(temperature=-1)),
    "groq": (on_chat(messages=[{"role": "user", "content": "a", "odd": 1}]),),
    "mistral": (on_chat(surprise=1), on_chat(metadata={"a": 1}, store=True)),
    "chatgpt-codex": (on_responses(), on_responses(instructions="a", metadata={})),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_draft_refuses_what_was_refused(serve: Any, tmp_path: Path, name: str) -> None:
    """With the same status and body, and nothing that was taken; the rest is in comments."""
    mock, path = serve(name), tmp_path / "draft.yaml"
    good = (on_responses(), on_chat(), on_responses(user="a"))
    with recorder(mock.url) as record:
        seen = [ask(record.client, one) for one in (*REFUSED[name], *good)]
        text = profile_of(record, path)
    checked = CliRunner().invoke(main, ["profile", "check", str(path)])
    assert (checked.exit_code, "good" in checked.output) == (0, True), checked.output
    told = [f"# request {number}:" in text for number in range(1, len(seen) + 1)]
    again = served(path, (*REFUSED[name], *good))
    for before, after, left_out in zip(seen, again, told, strict=True):
        if before[0] == 200:
            assert after[0] == 200
        elif not left_out:
            assert (after[0], orjson.loads(after[1])) == (before[0], orjson.loads(before[1]))
    assert told[: len(REFUSED[name])].count(False) >= len(REFUSED[name]) * 0.7


def test_a_draft_says_where_it_was_seen(serve: Any, tmp_path: Path) -> None:
    """The source of each rule is this recording, never the catalogue; fields are told widely."""
    mock = serve("gateway")
    with recorder(mock.url) as record:
        for one in REFUSED["gateway"]:
            ask(record.client, one)
        profile_of(record, tmp_path / "draft.yaml")
    data = yaml.safe_load((tmp_path / "draft.yaml").read_text())
    assert [rule.get("forbid") for rule in data["rules"]] == [
        "metadata",
        "input[*].thinking_blocks",
    ]
    sources = [source for rule in data["rules"] for source in rule["source"]]
    assert sources == ["this recording, request 1", "this recording, request 2"]
    assert all("recording" in rule["note"] for rule in data["rules"])
    assert not {one.id for one in read_entries()} & set(sources)


def test_one_rule_stands_for_every_index(serve: Any, tmp_path: Path) -> None:
    """The place in the message becomes a placeholder, so that other places are told as theirs."""
    mock, path = serve("openai"), tmp_path / "draft.yaml"
    asked = [on_responses(input=[*items("a") * n, {**items("b")[0], "odd": 1}]) for n in range(4)]
    with recorder(mock.url) as record:
        ask(record.client, asked[1])
        profile_of(record, path)
        seen = [ask(record.client, one) for one in asked]
    [rule] = load_profile(path).rules
    assert (rule.forbid, rule.error.param) == ("input[*].odd", "{path}")
    assert served(path, asked) == seen


def odd_upstream(*replies: bytes) -> Any:
    waiting = list(replies)

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(waiting.pop(0))

    return raw_upstream(serve)


def reply(status: int, body: bytes, kind: bytes = b"application/json") -> bytes:
    head = b"HTTP/1.1 %d X\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (status, kind, len(body)) + body


def test_what_is_no_rule_is_a_comment(tmp_path: Path) -> None:
    """Load, keys, servers, words that name no field, a field that another request had too."""
    path = tmp_path / "draft.yaml"
    with (
        odd_upstream(
            reply(429, b'{"error": {"message": "slow down"}}'),
            reply(401, b'{"error": {"message": "bad key key-from-call"}}'),
            reply(500, b"oops", b"text/plain"),
            reply(400, b'{"error": {"message": "no"}}'),
            reply(400, b'{"error": {"message": "unknown parameter: user"}}'),
            reply(200, b"{}"),
            reply(400, b'{"error": "key-from-call may not use user"}'),
        ) as url,
        recorder(url) as record,
    ):
        for _ in range(7):
            ask(record.client, on_responses(user="a"))
        text = profile_of(record, path)
    assert load_profile(path).rules == ()
    assert [f"# request {number}: POST /v1/responses" in text for number in range(1, 8)] == [
        *[True] * 5,
        False,
        True,
    ]
    assert "this status says nothing about the request's body" in text
    assert "no rule can be drawn: unknown parameter: user" in text
    assert "the refusal repeats a credential" in text
    assert KEY not in text


@pytest.mark.parametrize(
    ("body", "kind", "asked", "rule"),
    [
        (
            b'{"error": {"code": 400, "message": "Unknown {x}: \'user\'", "odd": [{"a": null}]}}',
            b"application/json; charset=utf-8",
            on_responses(user="a"),
            {"forbid": "user"},
        ),
        (
            b"field `user` is not permitted",
            b"text/plain",
            on_responses(user="a"),
            {"forbid": "user"},
        ),
        (
            b'{"detail": [{"type": "missing", "loc": ["body", "tools"], "msg": "Field required"}]}',
            b"application/json",
            on_responses(),
            {"require": "tools"},
        ),
        (
            b'{"error":{"message":"It does not exist","type":"x","param":"model","code":null}}',
            b"application/json",
            on_responses(),
            {"enum": "model"},
        ),
        (
            b'{"message": "messages.0.cache: Extra inputs are not permitted"}',
            b"application/json",
            on_chat(messages=[{"role": "user", "content": "a", "cache": 1}]),
            {"forbid": "messages[*].cache"},
        ),
    ],
)
def test_vendors_bodies_become_rules(
    tmp_path: Path, body: bytes, kind: bytes, asked: Asked, rule: dict[str, str]
) -> None:
    """Whichever shape the envelope has, and however the place is written."""
    path = tmp_path / "draft.yaml"
    with odd_upstream(reply(422, body, kind)) as url, recorder(url) as record:
        seen = ask(record.client, asked)
        text = profile_of(record, path)
    data = yaml.safe_load(text)
    assert [rule.items() <= one.items() for one in data["rules"]] == [True], text
    [again] = served(path, [asked])
    assert (again[0], again[2]) == (seen[0], seen[2])
    if b"json" in kind:
        assert orjson.loads(again[1]) == orjson.loads(seen[1])
    else:
        assert again[1] == seen[1]


def test_an_api_that_is_lacking_becomes_a_rule(tmp_path: Path) -> None:
    """404 on each request to it, and none that was taken there."""
    path = tmp_path / "draft.yaml"
    not_found = reply(404, b'{"detail":"Not Found"}')
    with (
        odd_upstream(not_found, not_found, reply(200, b"{}")) as url,
        recorder(url) as record,
    ):
        seen = [
            ask(record.client, one) for one in (on_responses(), on_responses(user="a"), on_chat())
        ]
        profile_of(record, path)
    data = yaml.safe_load(path.read_text())
    assert [one["endpoint"] for one in data["rules"]] == ["/v1/responses"]
    assert served(path, (on_responses(), on_responses(user="a")))[:2] == seen[:2]


def test_an_api_that_refused_otherwise_is_not_lacking(tmp_path: Path) -> None:
    """A rule of the endpoint would answer in the place of what was refused before: a comment."""
    path = tmp_path / "draft.yaml"
    refusal = reply(400, b'{"detail":"Unsupported parameter: user"}')
    with (
        odd_upstream(refusal, reply(404, b'{"detail":"Not Found"}')) as url,
        recorder(url) as record,
    ):
        seen = ask(record.client, on_responses(user="a"))
        ask(record.client, on_responses())
        text = profile_of(record, path)
    assert served(path, [on_responses(user="a")]) == [seen]
    assert "# request 2: POST /v1/responses 404: no rule can be drawn: Not Found" in text


@pytest.mark.parametrize("call", ["profile", "script", "faults", "sessions/one"])
def test_a_recorder_takes_nothing_that_it_would_not_use(serve: Any, call: str) -> None:
    """409: what it answers comes from the real upstream."""
    with recorder(f"{serve('openai').url}/v1") as record:
        response = record.client.put(f"/_mock/{call}", content=b"{}")
    assert response.status_code == 409
    assert "passes on what the real upstream answers" in response.json()["error"]["message"]


def test_a_mock_that_records_nothing_says_so(serve: Any) -> None:
    """404 with the command that does."""
    mock = serve("openai")
    response = mock.client.post("/_mock/recording/script")
    assert response.status_code == 404
    assert "mock-upstream record" in response.json()["error"]["message"]
