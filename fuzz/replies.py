"""Replies as they come off a socket: cut apart, and held to what every reply must be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import orjson

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\Z")
_SERVER_ERROR: Final = 500


class NoReplyError(ValueError):
    """Bytes that are no HTTP reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. `tagged` tells the mock's own from those of the HTTP server under it."""

    status: int
    body: bytes
    content_type: bytes
    tagged: bool


def replies(data: bytes) -> Iterator[Reply]:
    """Cut what a connection received into replies. A cut reply at the end is left out."""
    place = 0
    while place < len(data):
        end = data.find(b"\r\n\r\n", place)
        if end < 0:
            return
        status, headers = _head(data[place:end])
        whole = _body(data, end + 4, headers)
        if whole is None:
            return
        body, place = whole
        if status >= 200:
            kind = headers.get(b"content-type", b"")
            yield Reply(status, body, kind, b"x-request-id" in headers)


def fault(reply: Reply, secret: bytes) -> str:
    """Say what is wrong with a reply that no request should get, or "" for a good one."""
    if reply.status >= _SERVER_ERROR:
        return f"status {reply.status}: {reply.body[:200]!r}"
    if secret in reply.body:
        return f"the key is repeated: {reply.body[:200]!r}"
    if not reply.tagged and reply.status != 400:
        return f"status {reply.status} that is not the mock's"
    if b"json" in reply.content_type:
        try:
            orjson.loads(reply.body)
        except orjson.JSONDecodeError as error:
            return f"a body that is no JSON ({error}): {reply.body[:200]!r}"
    return ""


def _head(head: bytes) -> tuple[int, dict[bytes, bytes]]:
    line, *lines = head.split(b"\r\n")
    met = _STATUS_LINE.match(line)
    if met is None:
        raise NoReplyError(f"no status line: {line[:200]!r}")
    headers = (header.partition(b":") for header in lines)
    return int(met[1]), {name.lower(): value.strip() for name, _, value in headers}


def _body(data: bytes, place: int, headers: dict[bytes, bytes]) -> tuple[bytes, int] | None:
    """Return a body and where it ends, or None if it is not all there."""
    if headers.get(b"transfer-encoding") == b"chunked":
        return _chunks(data, place)
    end = place + int(headers.get(b"content-length", b"0"))
    return (data[place:end], end) if end <= len(data) else None


def _chunks(data: bytes, place: int) -> tuple[bytes, int] | None:
    pieces: list[bytes] = []
    while True:
        end = data.find(b"\r\n", place)
        if end < 0:
            return None
        size = int(data[place:end], 16)
        place = end + 2 + size + 2
        if place > len(data):
            return None
        if not size:
            return b"".join(pieces), place
        pieces.append(data[end + 2 : end + 2 + size])
