"""What clients leave behind that send half a request, never read, or vanish: nothing."""

import contextlib
import gc
import socket
import struct
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from mock_upstream import Journal, MockServer, RawReply, Session, create_app, load_profile
from mock_upstream.patience import Patience

HEAD: Final = b"POST /v1/responses HTTP/1.1\r\nHost: m\r\nAuthorization: Bearer key-from-call\r\n"
BODY: Final = b'{"model":"gpt-5.2","input":"hi"}'
WHOLE: Final = HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
HALF_A_BODY: Final = HEAD + b"Content-Length: 100\r\n\r\n{"
IMPATIENT: Final = Patience(head=0.2, idle=0.2, reading=0.2, farewell=0.2)
PATIENT: Final = Patience(head=3600, idle=3600, reading=3600, farewell=3600)
MANY: Final = 50
LARGE: Final = b"x" * 12_000_000
"""More than the kernel keeps for a client that does not read."""


class Served:
    """A session on a server, and what it holds."""

    def __init__(self, server: MockServer, session: Session) -> None:
        self.server = server
        self.session = session

    def connect(self) -> socket.socket:
        port = int(self.server.url.rsplit(":", 1)[1])
        return socket.create_connection(("127.0.0.1", port), timeout=10)

    @property
    def tasks(self) -> int:
        """Tasks of the server that send a reply."""
        running: Any = self.server._running
        return len(running._server.server_state.tasks)


@pytest.fixture
def served() -> Iterator[Callable[..., Served]]:
    with contextlib.ExitStack() as stack:

        def start(patience: Patience, body_patience: float = 3600.0) -> Served:
            session = Session(load_profile("openai"), journal=Journal(max_bytes=100_000))
            app = create_app(session, body_patience=body_patience)
            server = MockServer(app, patience=patience)
            return Served(stack.enter_context(server), session)

        yield start


def until(holds: Callable[[], bool]) -> None:
    """Wait for what the server does on its own, at most ten seconds."""
    limit = time.monotonic() + 10
    while not holds() and time.monotonic() < limit:
        time.sleep(0.005)
    assert holds()


def received(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    came = b""
    with contextlib.suppress(ConnectionResetError):
        while data := client.recv(65536):
            came += data
    return came


@pytest.mark.parametrize("sent", [b"P", b"POST /v1/resp", HEAD, HEAD + b"X: "])
def test_half_a_head_is_answered_408_and_closed(served: Any, sent: bytes) -> None:
    """After a time that more bytes do not lengthen; it never came so far as to be noted."""
    mock = served(IMPATIENT)
    with mock.connect() as client:
        client.sendall(sent)
        came = received(client)
    assert came.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    until(lambda: mock.server.connections == 0)
    assert mock.session.journal.entries == ()


def test_a_head_that_drips_is_no_reason_to_wait(served: Any) -> None:
    """A byte now and then does not keep a connection open."""
    mock = served(IMPATIENT)
    with mock.connect() as client:
        client.sendall(HEAD + b"X: ")
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for _ in range(2000):
                client.sendall(b"x")
                time.sleep(0.005)
                if mock.server.connections == 0:
                    break
    until(lambda: mock.server.connections == 0)


def test_half_a_body_is_answered_408_and_closed(served: Any) -> None:
    """In the API's own envelope, noted; then the connection is gone, whether the client reads."""
    mock = served(IMPATIENT, body_patience=0.2)
    with mock.connect() as client:
        client.sendall(HALF_A_BODY)
        assert b" 408 Request Timeout\r\n" in received(client)
        until(lambda: mock.server.connections == 0)
    assert [entry.status for entry in mock.session.journal.entries] == [408]


@pytest.mark.parametrize("sent", [b"", WHOLE])
def test_a_connection_with_nothing_to_do_is_closed(served: Any, sent: bytes) -> None:
    """One that never spoke, and one that was answered."""
    mock = served(IMPATIENT)
    with mock.connect() as client:
        client.sendall(sent)
        assert received(client).startswith(b"HTTP/1.1 200") is bool(sent)
    until(lambda: mock.server.connections == 0)


@pytest.mark.parametrize("chunks", [(LARGE,), (b"a", 0.0, LARGE, LARGE)])
def test_a_client_that_never_reads_is_cut(served: Any, chunks: Any) -> None:
    """With a reply in one write, and with one of a task: both are freed."""
    mock = served(IMPATIENT)
    mock.session.reply_with(RawReply(chunks=chunks))
    with mock.connect() as client:
        client.sendall(WHOLE)
        until(lambda: len(mock.session.journal.entries) == 1)
        until(lambda: mock.server.connections == 0 and mock.tasks == 0)


def test_a_client_that_reads_slowly_is_waited_for(served: Any) -> None:
    """Each time that it has read something, its time begins anew."""
    mock = served(Patience(reading=0.5))
    mock.session.reply_with(RawReply(chunks=(LARGE,)))
    came = 0
    with mock.connect() as client:
        client.sendall(WHOLE)
        while data := client.recv(1_000_000):
            came += len(data)
            if came > len(LARGE):
                break
            time.sleep(0.1)
    assert came > len(LARGE)


def test_requests_are_not_read_ahead_of_a_client_that_never_reads(served: Any) -> None:
    """Who sends on and on without reading is not answered into memory without an end."""
    mock = served(PATIENT)
    with mock.connect() as client:
        client.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            for _ in range(10_000):
                client.sendall(WHOLE * 100)
        answered = mock.session.journal.account.requests
    assert 0 < answered < 100_000


def test_a_client_that_asks_on_and_on_behind_a_pause_is_cut(served: Any) -> None:
    """Some requests may wait for their turn, not any number."""
    mock = served(PATIENT)
    mock.session.reply_with(RawReply(chunks=(b"a", 3600.0, b"b")))
    with mock.connect() as client, contextlib.suppress(ConnectionResetError, BrokenPipeError):
        for _ in range(1000):
            client.sendall(WHOLE)
    until(lambda: mock.server.connections == 0 and mock.tasks == 0)


def vanish(client: socket.socket) -> None:
    """Leave without a word: the other side gets a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.mark.parametrize(
    ("sent", "chunks"),
    [
        (b"", ()),
        (b"POST /v1/resp", ()),
        (HALF_A_BODY, ()),
        (WHOLE, (b"a", 3600.0, b"b")),
        (WHOLE + WHOLE, (b"a", 3600.0, b"b")),
        (WHOLE, (LARGE,)),
    ],
    ids=["silent", "half a head", "half a body", "a pause", "a pause, pipelined", "unread"],
)
@pytest.mark.parametrize("leave", [vanish, socket.socket.close])
def test_clients_that_vanish_leave_nothing(
    served: Any, sent: bytes, chunks: Any, leave: Any
) -> None:
    """Connections, tasks and memory are as they were, though the server would wait an hour."""
    mock = served(PATIENT)
    number = 4 if LARGE in chunks else MANY

    def many() -> None:
        clients = []
        for _ in range(number):
            if chunks:
                mock.session.reply_with(RawReply(chunks=chunks))
            clients.append(mock.connect())
            clients[-1].sendall(sent)
        until(lambda: mock.server.connections == number)
        for client in clients:
            leave(client)
        until(lambda: mock.server.connections == 0 and mock.tasks == 0)
        while mock.session.next_reply() is not None:
            pass

    many()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    many()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 300_000  # the journal's 100 KB among it, not one of the large replies
