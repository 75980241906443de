"""Recorders and odd upstreams for the tests, over real sockets."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from mock_upstream import Journal, MockServer, Session, Sessions, load_profile
from mock_upstream.control.app import Control
from mock_upstream.control.context import Context
from mock_upstream.recording.address import Address
from mock_upstream.recording.app import RecordingApp
from mock_upstream.recording.recording import Recording
from mock_upstream.recording.upstream import Upstream, Waiting
from mock_upstream.request_body import BodyLimits

KEY = "key-from-call"


@dataclass(frozen=True, slots=True)
class Recorder:
    """A recorder in a thread, and a client of it."""

    recording: Recording
    server: MockServer
    client: httpx.Client

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    def ask(self, **fields: Any) -> httpx.Response:
        body = {"model": "gpt-5.2", "input": "Hello", **fields}
        return self.client.post("/v1/responses", json=body)


@contextlib.contextmanager
def recorder(upstream: str, max_bytes: int | None = 2**26, **options: Any) -> Iterator[Recorder]:
    """Record an upstream: `with recorder(mock.url) as recorder:`."""
    waiting = Waiting(**{"connecting": 5.0, "reading": 10.0, **options.pop("waiting", {})})
    session = Session(load_profile("permissive"), journal=Journal(max_bytes))
    asked = Upstream(Address.parse(upstream), waiting, **options)
    recording = Recording(asked.address, session.journal)
    control = Control(Context(Sessions(session), drafts=recording))
    app = RecordingApp(asked, recording, BodyLimits(2**20, 5.0), control)
    headers = {"authorization": f"Bearer {KEY}"}
    with (
        MockServer(app) as server,
        httpx.Client(base_url=server.url, headers=headers, timeout=15, trust_env=False) as client,
    ):
        yield Recorder(recording, server, client)
    recording.close()


@contextlib.contextmanager
def raw_upstream(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """An upstream that does with each connection what a function says, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

    def handle(connection: socket.socket) -> None:
        connection.settimeout(15)
        with connection, contextlib.suppress(OSError):
            serve(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def read_request(connection: socket.socket) -> bytes:
    """Read a request with a Content-Length, or without a body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        one.split(b":")[1] for one in head.lower().split(b"\r\n") if b"content-length:" in one
    ]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def exchanged(address: tuple[str, int], request: bytes) -> bytes:
    """Send raw bytes and read until the connection closes."""
    with socket.create_connection(address, timeout=15) as connection:
        connection.sendall(request)
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                data += piece
        return data
