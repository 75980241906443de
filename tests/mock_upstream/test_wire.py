"""How requests are read and replies are sent: at the ASGI seam, and over raw sockets."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mock_upstream import RawReply, ReplyPlan, Session, create_app, load_profile

BODY = b'{"model":"gpt-5.2","input":"hi","stream":true}'
DISCONNECT = {"type": "http.disconnect"}


def exchange(
    session: Session, messages: Iterable[dict[str, Any]], headers: Any = (), **limits: Any
) -> list[dict[str, Any]]:
    """Call the app with these ASGI messages, and return those that it sends."""
    incoming = iter(messages)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        message = next(incoming, None)
        if message is None:
            await asyncio.Event().wait()
        return message or {}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/responses",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer key-from-call"), *headers],
    }

    async def main() -> None:
        app = create_app(session, **limits)
        await asyncio.wait_for(app(scope, receive, send), 10)

    asyncio.run(main())
    return sent


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.fixture
def session() -> Session:
    return Session(load_profile("openai"))


def bodies(sent: list[dict[str, Any]]) -> list[bytes]:
    return [message["body"] for message in sent[1:]]


def test_a_body_in_many_pieces_is_one_body(session: Session) -> None:
    """The journal has the exact bytes, however they were cut on the way."""
    pieces = [part(BODY[i : i + 3], more=True) for i in range(0, len(BODY), 3)]
    sent = exchange(session, [*pieces, part(b"")])
    assert sent[0]["status"] == 200
    assert session.journal.entries[0].body == BODY
    assert session.journal.entries[0].complete


def test_a_stream_without_pauses_is_one_write(session: Session) -> None:
    """A planned stream, however long, goes to the server as one body message."""
    session.reply_with(ReplyPlan(text="x" * 10_000))
    sent = exchange(session, [part(BODY)])
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


def test_raw_chunks_are_sent_one_by_one(session: Session) -> None:
    """Each bytes chunk of a raw reply is a message of its own, pauses or not."""
    session.reply_with(RawReply(status=503, headers={"X-A": "1"}, chunks=(b"a", b"b", 0.001, b"c")))
    sent = exchange(session, [part(BODY)])
    assert (sent[0]["status"], sent[0]["headers"]) == (503, [(b"x-a", b"1")])
    assert bodies(sent) == [b"a", b"b", b"c"]
    assert [message["more_body"] for message in sent[1:]] == [True, True, False]


@pytest.mark.parametrize("chunks", [(), (0.0,), (b"a", 0.001)])
def test_a_raw_reply_always_ends(session: Session, chunks: Any) -> None:
    """A reply without chunks, or with a pause at its end, is completed."""
    session.reply_with(RawReply(chunks=chunks))
    assert exchange(session, [part(BODY)])[-1]["more_body"] is False


def test_a_reply_ends_when_its_client_leaves_during_a_pause(session: Session) -> None:
    """A pause of an hour holds nothing once the client is gone."""
    session.reply_with(RawReply(chunks=(b"a", 3600.0, b"b")))
    assert bodies(exchange(session, [part(BODY), DISCONNECT])) == [b"a"]


def test_a_client_that_leaves_in_mid_body_is_noted(session: Session) -> None:
    """Half a request gets no answer, and an entry that says what arrived and that it is a part."""
    assert exchange(session, [part(b'{"mod', more=True), DISCONNECT]) == []
    (entry,) = session.journal.entries
    assert (entry.body, entry.complete, entry.status) == (b'{"mod', False, None)
    assert entry.verdict.violations[0].rule == "client-left"


def test_a_stalled_body_is_answered(session: Session) -> None:
    """A client that stops sending gets 408 after the patience, not a connection for ever."""
    sent = exchange(session, [part(b'{"mod', more=True)], body_patience=0.01)
    assert sent[0]["status"] == 408
    assert b"5 bytes of the body arrived" in sent[1]["body"]
    assert session.journal.entries[0].complete is False


def test_an_announced_excess_is_refused_unread(session: Session) -> None:
    """A Content-Length over the limit is a 413 before any of the body is read."""
    for length in (b"11", b"9" * 5000):
        sent = exchange(session, [], [(b"content-length", length)], body_limit=10)
        assert sent[0]["status"] == 413
        assert b"at most 10 bytes" in sent[1]["body"]


def test_a_chunked_excess_is_refused_where_the_limit_is_passed(session: Session) -> None:
    """Without Content-Length reading stops at the limit, and nothing of the body is kept."""
    more = [part(b"x" * 6, more=True)] * 2
    sent = exchange(session, more, body_limit=10)
    assert sent[0]["status"] == 413
    (entry,) = session.journal.entries
    assert (entry.body, entry.complete, entry.status) == (b"", False, 413)
    assert entry.verdict.violations[0].rule == "body-too-large"


def test_a_body_of_exactly_the_limit_is_read(session: Session) -> None:
    """The limit itself is allowed."""
    length = [(b"content-length", str(len(BODY)).encode())]
    assert exchange(session, [part(BODY)], length, body_limit=len(BODY))[0]["status"] == 200


def raw(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)


def head(length: int, path: str = "/v1/responses", method: str = "POST") -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer key-from-call\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def until_entries(session: Session, count: int) -> None:
    """Wait for what the server does on its own, at most ten seconds."""
    limit = time.monotonic() + 10
    while len(session.journal.entries) < count and time.monotonic() < limit:
        time.sleep(0.005)
    assert len(session.journal.entries) == count


def test_a_413_arrives_though_the_client_still_sends(serve: Any) -> None:
    """A client that sends its whole large body gets to read the answer, on either encoding."""
    mock = serve(body_limit=1000)
    large = b"x" * 3_000_000
    announced = mock.client.post("/v1/responses", content=large)
    chunked = mock.client.post("/v1/responses", content=iter([large[:500_000]] * 6))
    assert [announced.status_code, chunked.status_code] == [413, 413]
    assert announced.json()["error"]["code"] == "request_too_large"


def test_half_a_request_is_noted_and_others_are_served(mock: Any) -> None:
    """A client that vanishes in mid-body leaves an entry, and the server serves on."""
    with raw(mock.url) as client:
        client.sendall(head(100) + b'{"model"')
        assert mock.client.get("/v1/models").status_code == 200
    until_entries(mock.session, 2)
    assert mock.session.journal.entries[1].body == b'{"model"'


@pytest.mark.parametrize("sent", [b"", b"POST /v1/resp", head(100), head(100) + b"{"])
def test_the_server_stops_though_a_request_is_unfinished(serve: Any, sent: bytes) -> None:
    """Stopping does not wait for a client that never finishes what it began."""
    mock = serve()
    with raw(mock.url) as client:
        client.sendall(sent)
        mock.client.get("/v1/models")
        mock.server.stop()
        client.settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(100) == b""


def test_the_server_stops_in_the_middle_of_a_pause(serve: Any) -> None:
    """Stopping cuts a reply that would go on for an hour."""
    mock = serve()
    mock.session.reply_with(RawReply(chunks=(b"a", 3600.0, b"b")))
    with mock.client.stream("POST", "/v1/responses", content=BODY) as response:
        incoming = response.iter_raw()
        assert next(incoming) == b"a"
        mock.server.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            next(incoming)


def test_a_pause_holds_the_rest_back(mock: Any) -> None:
    """What stands after a pause does not arrive before it."""
    mock.session.reply_with(RawReply(chunks=(b"a", 3600.0, b"b")))
    impatient = mock.client.stream("POST", "/v1/responses", content=BODY, timeout=0.2)
    with impatient as response, pytest.raises(httpx.ReadTimeout):
        list(response.iter_raw())


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\x00" * 100, b"A" * 200_000]
)
def test_what_is_not_http_gets_400_or_nothing(mock: Any, garbage: bytes) -> None:
    """Bytes that are not HTTP end their own connection; the next request is served."""
    answer = b""
    with raw(mock.url) as client, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        client.sendall(garbage + b"\r\n\r\n")
        answer = client.recv(1000)
    assert answer.split(b"\r\n")[0] in (b"HTTP/1.1 400 Bad Request", b"")
    assert mock.client.get("/v1/models").status_code == 200


def test_a_long_head_in_pieces_is_read(mock: Any) -> None:
    """A head of 40 KB that arrives bit by bit, more than servers commonly take, is served."""
    start, end = head(0, "/v1/models", "GET").split(b"Content-Length", 1)
    with raw(mock.url) as client:
        client.sendall(start + b"X-Long: " + b"x" * 40_000)
        assert mock.client.get("/v1/models").status_code == 200
        client.sendall(b"\r\nContent-Length" + end)
        assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_target_in_absolute_form_is_served(mock: Any) -> None:
    """A proxy's way to name the target reaches the path, and a user in it is not kept."""
    target = f"http://key-from-target@{urlsplit(mock.url).netloc}/v1/models"
    with raw(mock.url) as client:
        client.sendall(head(0, target, "GET"))
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    assert mock.session.journal.entries[0].path == "/v1/models"
    assert "key-from" not in repr(mock.session.journal.entries)


def test_requests_sent_at_once_are_answered_in_order(mock: Any) -> None:
    """Two pipelined requests get two answers, and two entries in their order."""
    two = [b'{"model":"first"}', b'{"model":"second"}']
    with raw(mock.url) as client:
        client.sendall(b"".join(head(len(body)) + body for body in two))
        until_entries(mock.session, 2)
    assert [entry.body for entry in mock.session.journal.entries] == two
