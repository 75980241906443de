"""The upstream's paths over real sockets, and the same app in-process."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from mock_upstream import RawReply, ReplyPlan, Session, ToolCall, create_app, load_profile

SMALL = {
    "/v1/responses": {"model": "gpt-5.2", "input": "hi"},
    "/v1/chat/completions": {"model": "gpt-5.2", "messages": [{"role": "user", "content": "hi"}]},
}
ENDPOINTS = tuple(SMALL)
NOT_JSON = "We could not parse the JSON body of your request. (HINT: "


def error_of(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_accepted_request_is_answered(mock: Any, path: str) -> None:
    """A request that meets no rule gets 200, JSON, and an id that names it."""
    response = mock.client.post(path, json=SMALL[path])
    assert response.status_code == 200
    assert response.json()["model"] == "gpt-5.2"
    assert response.headers["x-request-id"] == "req_mock000001"


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_stream_is_an_event_stream(mock: Any, path: str) -> None:
    """`stream: true` gets server-sent events, anything else JSON."""
    streamed = mock.client.post(path, json=SMALL[path] | {"stream": True})
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert streamed.text.endswith("\n\n")
    assert mock.client.post(path, json=SMALL[path] | {"stream": False}).json()["id"]


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("stream", ["true", 1, [True], None])
def test_only_true_streams(serve: Any, path: str, stream: object) -> None:
    """Where a profile lets another value than a boolean through, the answer is JSON."""
    response = serve("permissive").client.post(path, json=SMALL[path] | {"stream": stream})
    assert response.headers["content-type"] == "application/json"


def test_models_are_listed(mock: Any) -> None:
    """`GET /v1/models` lists models to whoever shows a key."""
    listed = mock.client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["object"] for model in listed["data"]] == ["model"] * 4
    assert httpx.get(f"{mock.url}/v1/models").status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/v1/foo", "/v1/responses/", "/responses", "/v1/%C3%A9"])
def test_an_unknown_path_is_refused_in_openai_s_words(mock: Any, method: str, path: str) -> None:
    """A path that OpenAI does not have is a 404 that repeats method and path."""
    response = mock.client.request(method, path)
    assert response.status_code == 404
    shown = path.replace("%C3%A9", "é")
    assert error_of(response)["message"] == f"Invalid URL ({method} {shown})"


def test_a_long_path_is_repeated_in_part(mock: Any) -> None:
    """A refusal does not grow with the path that it refuses."""
    response = mock.client.get("/v1/" + "x" * 10_000)
    assert error_of(response)["message"] == f"Invalid URL (GET /v1/{'x' * 196})"


@pytest.mark.parametrize(
    ("path", "right"), [*((p, "POST") for p in ENDPOINTS), ("/v1/models", "GET")]
)
def test_a_wrong_method_is_refused(mock: Any, path: str, right: str) -> None:
    """A path asked with another method is a 405 that says which one it takes."""
    for method in {"GET", "POST", "PUT", "OPTIONS", "PROPFIND"} - {right}:
        response = mock.client.request(method, path)
        assert response.status_code == 405
        assert response.headers["allow"] == right
        assert error_of(response)["code"] == "method_not_supported"
        assert error_of(response)["message"] == f"Only {right} requests are accepted."


def test_a_head_request_gets_no_body(mock: Any) -> None:
    """HEAD is refused like any other wrong method, without a body."""
    response = mock.client.head("/v1/responses")
    assert (response.status_code, response.content) == (405, b"")


BAD_BODIES = {
    "empty": b"",
    "text": b"hello",
    "cut": b'{"model": "gpt',
    "trailing": b"{} {}",
    "nan": b'{"temperature": NaN}',
    "infinity": b'{"temperature": -Infinity}',
    "invalid utf-8": b'{"model": "\xff"}',
    "lone surrogate": b'{"model": "\\ud800"}',
    "utf-16": '{"model": "gpt-5.2"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"model": "gpt-5.2"}',
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "gzip": b"\x1f\x8b\x08\x00\x00",
    "nul": b"\x00" * 1000,
}


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_that_is_not_json_is_refused(mock: Any, path: str, body: bytes) -> None:
    """Bytes that are not JSON get OpenAI's 400 for them."""
    response = mock.client.post(path, content=body)
    assert response.status_code == 400
    assert error_of(response)["message"].startswith(NOT_JSON)
    assert mock.session.journal.entries[-1].body == body


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", "an array"),
        (b"null", "null"),
        (b"true", "a boolean"),
        (b"0", "a number"),
        (b"1e5", "a number"),
        (b'"{}"', "a string"),
    ],
)
def test_json_that_is_no_object_is_refused(mock: Any, body: bytes, kind: str) -> None:
    """JSON of another type than object is a 400 that names the type."""
    error = error_of(mock.client.post("/v1/responses", content=body))
    assert error["code"] == "invalid_type"
    assert f"expected an object, but got {kind}" in error["message"]


ODD_OBJECTS = {
    "empty": b"{}",
    "model is a number": b'{"model": 5}',
    "model is an object": b'{"model": {}}',
    "stream is text": b'{"model": "m", "stream": "true"}',
    "stream options are a list": b'{"model": "m", "stream": true, "stream_options": [1]}',
    "duplicate keys": b'{"model": "a", "model": "b"}',
    "huge number": b'{"model": "m", "seed": 1' + b"0" * 400 + b"}",
    "deep": b'{"input": ' + b"[" * 900 + b"]" * 900 + b"}",
    "deep objects": b'{"metadata": ' + b'{"a": ' * 900 + b"0" + b"}" * 900 + b"}",
    "deep content": b'{"input": [' + b'{"content": [' * 450 + b"]}" * 450 + b"]}",
    "wide": b'{"input": [' + b"{}," * 9999 + b"{}]}",
}


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("profile", ["openai", "gateway", "permissive"])
@pytest.mark.parametrize("body", ODD_OBJECTS.values(), ids=ODD_OBJECTS.keys())
def test_any_json_object_has_an_answer(serve: Any, profile: str, path: str, body: bytes) -> None:
    """No JSON object makes the mock stumble: the answer is 200 or a refusal."""
    response = serve(profile).client.post(path, content=body)
    assert response.status_code in (200, 400)
    assert response.content


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("model", [5, None, ["gpt-5.2"], {}])
def test_a_reply_repeats_the_model_only_if_it_is_text(serve: Any, path: str, model: object) -> None:
    """A model of another type, where a profile takes it, is an empty name in the reply."""
    response = serve("permissive").client.post(path, json=SMALL[path] | {"model": model})
    assert response.json()["model"] == ""


def test_refusals_speak_the_profile_s_envelope(serve: Any) -> None:
    """A profile that answers with `detail` does so for a bad body and a bad path too."""
    client = serve("gateway").client
    assert client.post("/v1/responses", content=b"{").json()["detail"].startswith(NOT_JSON)
    assert client.get("/v1/foo").json() == {"detail": "Invalid URL (GET /v1/foo)"}


def test_a_refused_field_is_answered_and_noted(mock: Any) -> None:
    """A request with an unknown field gets OpenAI's 400, and is in the journal with its rule."""
    thinking = {"role": "assistant", "content": "b", "thinking_blocks": []}
    items = [{"role": "user", "content": "a"}, thinking]
    response = mock.client.post("/v1/responses", json={"model": "gpt-5.2", "input": items})
    assert response.status_code == 400
    assert error_of(response) == {
        "message": "Unknown parameter: 'input[1].thinking_blocks'.",
        "type": "invalid_request_error",
        "param": "input[1].thinking_blocks",
        "code": "unknown_parameter",
    }
    (entry,) = mock.session.journal.entries
    assert (entry.status, entry.api, entry.verdict.accepted) == (400, "responses", False)
    assert entry.verdict.violations[0].path == "input[1].thinking_blocks"


def test_the_credential_is_judged_before_the_body(mock: Any) -> None:
    """Without a key the answer is 401 whatever the body, and no queued reply is used."""
    mock.session.reply_with(ReplyPlan(text="queued"))
    for body in (b"{", b"{}", orjson.dumps(SMALL["/v1/responses"])):
        assert httpx.post(f"{mock.url}/v1/responses", content=body).status_code == 401
    (first, *_) = mock.session.journal.entries
    assert (first.status, first.verdict.violations[0].rule) == (401, "missing-key")
    assert mock.session.replies_left == 1


def test_named_keys_are_the_only_valid_ones(serve: Any) -> None:
    """With keys named, another one is a 401 that shows neither."""
    mock = serve(api_keys=("key-from-config",))
    response = mock.client.post("/v1/responses", json=SMALL["/v1/responses"])
    assert response.status_code == 401
    assert error_of(response)["code"] == "invalid_api_key"
    assert "key-from" not in response.text
    assert mock.session.journal.entries[-1].verdict.violations[0].rule == "invalid-key"
    right = {"authorization": "Bearer key-from-config"}
    assert mock.client.post("/v1/responses", json=SMALL["/v1/responses"], headers=right).is_success


def test_queued_replies_come_in_order_and_then_the_default(mock: Any) -> None:
    """Each accepted request uses one queued reply; a refused one and the model list use none."""
    mock.session.reply_with(ReplyPlan(text="first"))
    mock.session.reply_with(RawReply(status=429, headers={"retry-after": "7"}, chunks=(b"slow",)))
    texts = []
    for path in ("/v1/responses", "/v1/models", "/v1/foo", "/v1/responses", "/v1/responses"):
        method = "GET" if path == "/v1/models" else "POST"
        texts.append(mock.client.request(method, path, json=SMALL["/v1/responses"]))
    assert texts[0].json()["output"][0]["content"][0]["text"] == "first"
    assert (texts[3].status_code, texts[3].text) == (429, "slow")
    assert texts[3].headers["retry-after"] == "7"
    assert "x-request-id" not in texts[3].headers
    assert "Hello" in texts[4].text


def test_two_sessions_in_one_process_share_nothing(serve: Any) -> None:
    """Replies, journals, counters and fingerprints of two servers are apart."""
    one, two = serve(), serve("gateway")
    one.session.reply_with(ReplyPlan(text="for one"))
    assert "for one" not in two.client.post("/v1/responses", json=SMALL["/v1/responses"]).text
    assert "for one" in one.client.post("/v1/responses", json=SMALL["/v1/responses"]).text
    assert [len(m.session.journal.entries) for m in (one, two)] == [1, 1]
    assert one.session.journal.entries[0].number == two.session.journal.entries[0].number == 1
    assert one.session.journal.fingerprint("k") != two.session.journal.fingerprint("k")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ENDPOINTS)
def test_two_runs_give_the_same_bytes(serve: Any, path: str, stream: bool) -> None:  # noqa: FBT001 -- a parameter
    """The same requests to two new sessions get the same bytes, ids included."""
    plan = ReplyPlan(text="t", tool_calls=(ToolCall("Bash"),), reasoning="r")
    bodies = []
    for _ in range(2):
        mock = serve()
        mock.session.reply_with(plan)
        bodies.append(mock.client.post(path, json=SMALL[path] | {"stream": stream}).content)
    assert bodies[0] == bodies[1]


def test_the_app_serves_in_process() -> None:
    """httpx's ASGI transport reaches the same app without a socket."""
    session = Session(load_profile("openai"))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app(session))
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            key = {"authorization": "Bearer key-from-call"}
            return await client.post("/v1/responses", json=SMALL["/v1/responses"], headers=key)

    assert asyncio.run(ask()).status_code == 200
    assert session.journal.entries[0].json() == SMALL["/v1/responses"]


def test_health_is_off_the_journal(mock: Any) -> None:
    """The health endpoint answers without a key and leaves no entry."""
    assert httpx.get(f"{mock.url}/_mock/health").json() == {"status": "ok"}
    assert mock.session.journal.entries == ()


def test_a_websocket_is_turned_away(mock: Any) -> None:
    """An upgrade request gets a plain refusal."""
    headers = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    assert mock.client.get("/v1/responses", headers=headers).status_code == 405


@pytest.mark.parametrize("limits", [(0, 1.0), (-1, 1.0), (1, 0.0), (1, float("nan"))])
def test_impossible_limits_are_refused(limits: tuple[int, float]) -> None:
    """A limit that no request can meet is an error where the app is made."""
    with pytest.raises(ValueError, match="give a number of bytes"):
        create_app(Session(load_profile("openai")), *limits)
