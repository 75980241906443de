"""Requests that have arrived whole are answered at once: with the bytes that uvicorn writes."""

import re
import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from threading import Event
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_upstream import MockServer, RawReply, ReplyPlan, Session, create_app, load_profile
from mock_upstream.journal import Journal
from mock_upstream.protocol import UpstreamProtocol
from mock_upstream.scripts.fault_rule import FaultRule
from mock_upstream.wire import WireReply, json_reply

KEY: Final = b"Authorization: Bearer key-from-call\r\n"
BODY: Final = b'{"model":"gpt-5.2","input":"hi"}'
STREAMED: Final = b'{"model":"gpt-5.2","input":"hi","stream":true}'
RESPONSES: Final = b"POST /v1/responses HTTP/1.1"

_CHANGING: Final = re.compile(rb"date: [^\r]+")


def request(line: bytes = RESPONSES, body: bytes = BODY, more: bytes = KEY) -> bytes:
    return b"%b\r\nHost: m\r\n%bContent-Length: %d\r\n\r\n%b" % (line, more, len(body), body)


class Uvicorn(HttpToolsProtocol):
    """Uvicorn's own protocol, which answers every request in a task."""

    def look(self, *_: object) -> None:
        """Be patient."""


class InTasks:
    """An app served by uvicorn's own protocol."""

    protocol: Any = Uvicorn

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)


def connected(url: str) -> socket.socket:
    host = urlsplit(url)
    return socket.create_connection((str(host.hostname), host.port or 0), timeout=10)


def exchanged(url: str, sent: bytes) -> bytes:
    """Send bytes, and return all that comes until the server closes."""
    with connected(url) as client:
        client.sendall(sent + request(b"GET /_mock/health HTTP/1.1", b"", b"Connection: close\r\n"))
        came = b""
        while data := client.recv(65536):
            came += data
    return _CHANGING.sub(b"date: now", came)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[tuple[Session, MockServer], ...]]:
    """A server that answers at once, and one that answers as uvicorn does."""
    with ExitStack() as stack:
        served = []
        for wrapped in (lambda app: app, InTasks):
            session = Session(load_profile("openai"), quirks=())
            server = MockServer(wrapped(create_app(session, body_limit=1000)))
            served.append((session, stack.enter_context(server)))
        yield tuple(served)


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "among others"])
@pytest.mark.parametrize(
    ("reply", "sent"),
    [
        (None, request()),
        (None, request(body=STREAMED)),
        (None, request(b"POST /v1/chat/completions HTTP/1.1", b'{"model":"m","messages":[]}')),
        (None, request(b"GET /v1/models HTTP/1.1", b"")),
        (None, request(b"HEAD /v1/models HTTP/1.1", b"")),
        (None, request(b"GET /v1/models HTTP/1.0", b"")),
        (None, request(more=KEY + b"Connection: close\r\n")),
        (None, request(more=KEY + b"Expect: 100-continue\r\n")),
        (None, request(more=b"")),
        (None, request(body=b"x" * 1001)),
        (None, request() + request(b"GET /v1/models HTTP/1.1", b"") + request(body=STREAMED)),
        (None, request(b"GET /v1/models HTTP/1.1", b"") + request()),
        (RawReply(204), request()),
        (RawReply(chunks=(b"",)), request()),
        (RawReply(chunks=(b"a", b"bc")), request()),
        (RawReply(chunks=(b"a", 0.01, b"bc")), request()),
        (RawReply(headers={"content-length": "2"}, chunks=(b"ab",)), request()),
        (RawReply(headers={"Content-Length": "2", "X-Case": "Kept"}, chunks=(b"ab",)), request()),
        (RawReply(headers={"transfer-encoding": "chunked"}, chunks=(b"ab",)), request()),
        (RawReply(headers={"connection": "close"}, chunks=(b"ab",)), request()),
        (ReplyPlan("Hello", delay=0.01), request()),
    ],
)
def test_the_bytes_are_those_of_uvicorn(both: Any, reply: Any, sent: bytes, others: int) -> None:
    """Whatever the reply and whatever stands behind the request; and the journals agree.

    Among others a request is answered with theirs, at the end of the turn.
    """
    came, noted = [], []
    for session, server in both:
        session.reset()
        if reply is not None:
            session.reply_with(reply)
        with ExitStack() as stack:
            for _ in range(others):
                stack.enter_context(connected(server.url))
            came.append(exchanged(server.url, sent))
        noted.append([replace(one, time=0, head=None) for one in session.journal.entries])
    assert came[0] == came[1]
    assert noted[0] == noted[1]
    assert noted[0]


@pytest.mark.parametrize(
    "header",
    [(b"x-two", b"1\r\nx-lines: 2"), (b"x-control", b"a\x01b"), (b"x two", b"1"), (b"", b"1")],
)
def test_no_header_is_written_that_uvicorn_refuses(
    both: Any, caplog: pytest.LogCaptureFixture, header: tuple[bytes, bytes]
) -> None:
    """What a fault of the test's own writes there is refused by the server, either way."""
    came = []
    for session, server in both:
        session.reset()
        session.use_faults([FaultRule(lambda _: WireReply(200, (header,), (b"",)))])
        came.append(exchanged(server.url, request()))
        assert "Invalid HTTP header" in caplog.text or not header[0]
        caplog.clear()
    assert came[0] == came[1]


def unwritable() -> WireReply:
    return WireReply(700, (), (b"",))


@pytest.mark.parametrize(
    ("failing", "logged"),
    [
        (lambda: 1 // 0, "ZeroDivisionError"),
        (lambda: pytest.fail("a test's own"), "a test's own"),
        (unwritable, "KeyError: 700"),
    ],
)
def test_an_app_that_fails_answers_500(
    caplog: pytest.LogCaptureFixture, failing: Any, logged: str
) -> None:
    """And those whose requests came in the same turn have their answers."""
    reading, go = Event(), Event()

    class Failing(InTasks):
        protocol = UpstreamProtocol

        def at_once(self, _scope: Any, body: bytes) -> WireReply:
            if body == b"hold":
                reading.set()
                go.wait(10)
            return failing() if body == b"fail" else json_reply(body)

    with MockServer(Failing(None)) as server, ExitStack() as stack:
        clients = [stack.enter_context(connected(server.url)) for _ in range(4)]
        for client in clients:  # all are connected when it is held
            client.sendall(request())
            assert client.recv(65536).endswith(BODY)
        clients[0].sendall(request(body=b"hold"))
        assert reading.wait(10)
        for client, body in zip(clients[1:], (b"first", b"fail", b"last"), strict=True):
            client.sendall(request(body=body))
        go.set()
        came = [client.recv(65536) for client in clients]
    assert [one[-5:] for one in (came[1], came[3])] == [b"first", b"\nlast"]
    assert came[2].startswith(b"HTTP/1.1 500 ")
    assert logged in caplog.text


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "among others"])
@pytest.mark.parametrize("delay", [0, 0.05], ids=["at once", "slow"])
def test_what_is_no_http_is_answered_in_its_turn(both: Any, delay: float, others: int) -> None:
    """A second request that breaks off in its body takes no answer from the first one."""
    session, server = both[0]
    session.reset()
    session.reply_with(ReplyPlan("Hello", delay=delay))
    bad = b"POST /v1/responses HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\nno size"
    with ExitStack() as stack:
        for _ in range(others):
            stack.enter_context(connected(server.url))
        came = exchanged(server.url, request() + bad)
    assert re.findall(rb"HTTP/1.1 (\d+)", came) == [b"200", b"400"]
    assert [entry.status for entry in session.journal.entries] == [200]


@pytest.mark.parametrize("sent", [request(b"GET /v1/models HTTP/1.1", b""), request()])
@pytest.mark.parametrize(
    ("version", "wish", "answers"),
    [(b"1.1", b"Upgrade", 2), (b"1.1", b"Upgrade, close", 1), (b"1.0", b"Upgrade", 1)],
)
def test_a_wish_for_another_protocol_changes_nothing_else(
    both: Any, sent: bytes, version: bytes, wish: bytes, answers: int
) -> None:
    """The request is kept with it, and the connection closes where the client asks for that."""
    session, server = both[0]
    session.reset()
    wishes = b"Connection: %b\r\nUpgrade: h2c\r\n" % wish
    came = exchanged(server.url, sent.replace(b"1.1", version).replace(KEY, KEY + wishes))
    kept = session.journal.entries[0].head.headers
    assert kept[2:4] == (("connection", wish.decode()), ("upgrade", "h2c"))
    assert came.count(b"HTTP/1.1 200 OK") == answers
    assert came.count(b"connection: close") == 1


def test_each_of_many_gets_its_own_answer(both: Any) -> None:
    """Requests of one turn: none is mixed up, lost, or kept from the others by a slow one."""
    session, server = both[0]
    session.reset()
    session.reply_with(ReplyPlan("Slow", delay=0.05))
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(server.url)) for _ in range(20)]
        clients.pop().close()
        for number, client in enumerate(clients):
            client.sendall(request(body=BODY.replace(b"gpt-5.2", b"model-%d" % number)))
        for number, client in enumerate(clients):
            came = client.recv(65536)
            assert came.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b'"model":"model-%d"' % number in came
    assert len(session.journal.entries) == 19
    assert sorted(entry.number for entry in session.journal.entries) == list(range(1, 20))


def test_an_idle_connection_keeps_no_body() -> None:
    """What the journal has let go is gone, though the client stays connected."""
    sent = request(body=b'{"model":"m","input":"%b"}' % (b"x" * 40_000))
    session = Session(load_profile("openai"), journal=Journal(1))
    with MockServer(create_app(session)) as server, ExitStack() as stack:
        clients = [stack.enter_context(connected(server.url)) for _ in range(40)]
        clients[0].sendall(sent)
        clients[0].recv(65536)
        tracemalloc.start()
        stack.callback(tracemalloc.stop)
        for client in clients:
            client.sendall(sent)
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert tracemalloc.get_traced_memory()[0] < 20 * len(sent)
