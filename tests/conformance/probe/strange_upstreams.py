"""Upstreams that are none, or no good ones: each connection is answered by a function."""

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket

Answering = Callable[[socket], None]


@contextmanager
def answering(answer: Answering, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Listen on a free port, and have every connection answered; gives the base URL."""
    with socket(AF_INET, SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        over = threading.Event()
        thread = threading.Thread(target=_serve, args=(listener, answer, tls, over))
        thread.start()
        try:
            scheme = "http" if tls is None else "https"
            yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            over.set()
            with socket(AF_INET, SOCK_STREAM) as last:
                last.connect(listener.getsockname())
            thread.join(10)


def _serve(
    listener: socket, answer: Answering, tls: ssl.SSLContext | None, over: threading.Event
) -> None:
    while not over.is_set():
        connection, _ = listener.accept()
        with connection:
            if over.is_set():
                return
            connection.settimeout(5)
            try:
                if tls is None:
                    answer(connection)
                else:
                    with tls.wrap_socket(connection, server_side=True) as secure:
                        answer(secure)
            except OSError:
                continue  # the probe has seen enough


def saying(status: str, body: bytes, kind: str = "application/json", more: str = "") -> Answering:
    """Answer every request with the same status and body."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n"

    def answer(connection: socket) -> None:
        read_request(connection)
        connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)

    return answer


def endless(connection: socket) -> None:
    """Stream events for ever."""
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    while True:
        connection.sendall(b'data: {"choices": []}\n\n' * 1000)


def silent(connection: socket) -> None:
    """Take the request, and say nothing until the other side leaves."""
    while connection.recv(65536):
        pass


def dripping(connection: socket) -> None:
    """Answer a byte at a time, each soon enough, and never the last."""
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    pause = threading.Event()
    while not pause.wait(0.02):
        connection.sendall(b" ")


def read_request(connection: socket) -> bytes:
    """Read one whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    while left > 0:
        piece = connection.recv(65536)
        body += piece
        left -= len(piece)
    return head + b"\r\n\r\n" + body


def untrusted(directory: Path) -> ssl.SSLContext:
    """Make a certificate that nobody signed."""
    file = directory / "own.pem"
    subprocess.run(  # noqa: S603 -- openssl, with our own words
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(file), "-out", str(file)),
        ],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    return tls
