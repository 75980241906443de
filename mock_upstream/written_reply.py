"""A reply written whole, head and body in one piece, where nothing has to be waited for."""

from collections.abc import Iterable
from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from mock_upstream.wire import WireReply

_WITHOUT_BODY: Final = (204, 304)
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding", b"connection"})
_NAME: Final = b"!#$%&'*+-.0123456789^_`abcdefghijklmnopqrstuvwxyz|~"
_TEXT: Final = bytes({0x09, *range(0x20, 0x7F), *range(0x80, 0x100)})
"""What a header's name and value may have; uvicorn refuses the rest."""


def written(
    reply: WireReply, given: Iterable[tuple[bytes, bytes]], *, keep_alive: bool
) -> bytes | None:
    """Write a reply, headers that are `given` first, as uvicorn would, which needs three messages.

    None for what is left to it: a reply that takes its time or several writes, one of a status
    without a body, one that is framed in its own way, and a header that cannot be written.
    """
    if reply.before or reply.head is not None or len(reply.chunks) != 1:
        return None
    body = reply.chunks[0]
    if not isinstance(body, bytes) or reply.status in _WITHOUT_BODY:
        return None
    lines, sized = [STATUS_LINE[reply.status][:-2]], False
    for name, value in (*given, *reply.headers):
        kind = name.lower()
        if kind in _FRAMING:
            if kind != b"content-length" or sized or value != b"%d" % len(body):
                return None
            sized = True
        if not kind or kind.translate(None, _NAME):
            return None
        lines.append(b": ".join((kind, value)))
    if not keep_alive:
        lines.append(b"connection: close")
    if not sized:
        lines.append(b"transfer-encoding: chunked")
    head = b"\r\n".join(lines)
    if head.translate(None, _TEXT) != b"\r\n" * (len(lines) - 1):
        return None
    return b"\r\n\r\n".join((head, body if sized else _chunked(body)))


def _chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
