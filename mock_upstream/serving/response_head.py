"""Heads and framing of replies, as HTTP/1.1 writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus

RawHeaders = Sequence[tuple[bytes, bytes]]

NO_BODY = frozenset({204, 304})
"""Statuses that never have a body."""

LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Framing:
    """How the end of a body is told: by its `length`, by chunks, or by closing the connection."""

    length: int | None = None
    chunked: bool = False

    def framed(self, data: bytes) -> bytes:
        """Write a part of the body."""
        return b"%x\r\n%b\r\n" % (len(data), data) if self.chunked and data else data


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request decides how its reply is written."""

    method: str
    http_1_0: bool
    keep_alive: bool

    def may_have_body(self, status: int) -> bool:
        """Say whether a reply has a body at all."""
        return self.method != "HEAD" and status not in NO_BODY


def head_of(
    status: int, headers: RawHeaders, asked: Asked, date: bytes
) -> tuple[bytes, Framing, bool]:
    """Write a head; return it, the framing of its body, and whether the connection stays.

    A body without a length is sent in chunks, to a client of HTTP/1.0 until the connection closes.
    """
    parts = [_status_line(status), date]
    length, chunked, stays = None, False, asked.keep_alive
    for name, value in headers:
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding" and value.lower() == b"chunked":
            chunked = True
        elif name == b"connection" and b"close" in value.lower():
            stays = False
            continue
        parts += (name, b": ", value, b"\r\n")
    if length is None and not chunked and asked.may_have_body(status):
        chunked = not asked.http_1_0
        if chunked:
            parts.append(b"transfer-encoding: chunked\r\n")
        stays = stays and chunked
    parts.append(b"\r\n" if stays else b"connection: close\r\n\r\n")
    return b"".join(parts), Framing(length, chunked), stays


@cache
def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode("ascii")
