"""What is passed on of a head: all of it but what belongs to one connection alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

RawHeaders = Sequence[tuple[bytes, bytes]]

_HOP_BY_HOP: Final = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
        *(b"proxy-connection", b"te", b"trailer", b"upgrade"),
    }
)
_KEPT: Final = frozenset({b"content-length", b"transfer-encoding", b"host"})
"""What `Connection` may name without taking it away: how a message is read hangs on it."""


_NO_BODY: Final = (204, 304)
"""Statuses that never have a body."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How the end of a body is told: by its `length`, by chunks, or by closing the connection."""

    length: int | None = None
    chunked: bool = False

    def framed(self, data: bytes) -> bytes:
        """Write a part of the body."""
        return b"%x\r\n%b\r\n" % (len(data), data) if self.chunked and data else data

    @property
    def last(self) -> bytes:
        """What ends the body."""
        return b"0\r\n\r\n" if self.chunked else b""


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request decides how its reply is written."""

    method: str
    http_1_0: bool
    keep_alive: bool

    def may_have_body(self, status: int) -> bool:
        """Say whether a reply has a body at all."""
        return self.method != "HEAD" and status not in _NO_BODY


def end_to_end(headers: RawHeaders) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers that are passed on, with names as they were written, in their order.

    `Transfer-Encoding` is among them: a body that came in chunks goes on in chunks.
    """
    named = {
        word.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for word in value.split(b",")
    }
    gone = _HOP_BY_HOP | (named - _KEPT)
    return ((name, value) for name, value in headers if name.lower() not in gone)


def request_headers(headers: RawHeaders, host: bytes) -> list[tuple[bytes, bytes]]:
    """Give a request's headers for the upstream: those of the client, with the upstream's host."""
    found = [
        (name, host if name.lower() == b"host" else value.rstrip())
        for name, value in end_to_end(headers)
    ]
    named = any(name.lower() == b"host" for name, _ in found)
    return found if named else [(b"Host", host), *found]


def reply_head(
    status: int, reason: bytes, headers: RawHeaders, asked: Asked
) -> tuple[bytes, Framing, bool]:
    """Write the head of the upstream's reply for the client; say how its body is framed.

    The last value says whether the connection may stay. Nothing is added but `Connection: close`
    where it does not.
    """
    lines = [b"HTTP/1.1 %d %b\r\n" % (status, reason)]
    length, chunked = None, False
    for name, value in end_to_end(headers):
        kind = name.lower()
        if kind == b"transfer-encoding":
            chunked = not asked.http_1_0
            if not chunked:  # a client of HTTP/1.0 reads until the connection closes
                continue
        elif kind == b"content-length":
            length = int(value)
        lines.append(b"%b: %b\r\n" % (name, value))
    ends = chunked or length is not None or not asked.may_have_body(status)
    stays = asked.keep_alive and ends
    lines.append(b"\r\n" if stays else b"Connection: close\r\n\r\n")
    return b"".join(lines), Framing(None if chunked else length, chunked), stays
