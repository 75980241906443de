"""What goes over the wire: a finished reply, and how it is sent to an ASGI server."""

import asyncio
from dataclasses import dataclass

from starlette.types import Receive, Send

from mock_upstream.replies.reply_plan import RawReply
from mock_upstream.verdict import ErrorReply

Headers = tuple[tuple[bytes, bytes], ...]

JSON = (b"content-type", b"application/json")
EVENT_STREAM = (b"content-type", b"text/event-stream; charset=utf-8")

_BREATH = 256
"""Chunks after which others get their turn: sending alone does not yield to them."""
_NOTE = 400
"""Characters of a note in a header."""


@dataclass(frozen=True, slots=True)
class WireReply:
    """A reply ready to send: each bytes chunk is one write, each float a pause in seconds."""

    status: int
    headers: Headers
    chunks: tuple[bytes | float, ...]

    def plus(self, name: bytes, value: str) -> "WireReply":
        """Copy the reply with one more header."""
        header = (name, value.encode("ascii"))
        return WireReply(self.status, (*self.headers, header), self.chunks)

    def noted(self, note: str) -> "WireReply":
        """Copy the reply with a note of the mock's own on its making, cut to one header line."""
        line = "".join(one if " " <= one <= "~" else "?" for one in note[:_NOTE])
        return self.plus(b"x-mock-note", line)


def json_reply(body: bytes, status: int = 200) -> WireReply:
    """Wrap a JSON body."""
    return WireReply(status, (JSON, _length(body)), (body,))


def stream_reply(body: bytes) -> WireReply:
    """Wrap a whole event stream, sent in one write, with status 200."""
    return WireReply(200, (EVENT_STREAM, (b"cache-control", b"no-cache")), (body,))


def bytewise(reply: WireReply) -> WireReply:
    """Copy a reply with each byte of its body in a chunk of its own."""
    body = b"".join(chunk for chunk in reply.chunks if isinstance(chunk, bytes))
    chunks = tuple(body[index : index + 1] for index in range(len(body)))
    return WireReply(reply.status, reply.headers, chunks)


def error_reply(reply: ErrorReply) -> WireReply:
    """Wrap a refusal."""
    return WireReply(reply.status, (*_encoded(reply.headers), _length(reply.body)), (reply.body,))


def raw_reply(reply: RawReply) -> WireReply:
    """Wrap a test's own reply, unchanged."""
    return WireReply(reply.status, _encoded(tuple(reply.headers.items())), reply.chunks)


async def send_reply(reply: WireReply, receive: Receive, send: Send) -> None:
    """Send a reply. Stops quietly when the client leaves during a pause."""
    start = {"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)}
    await send(start)
    last = len(reply.chunks) - 1
    for index, chunk in enumerate(reply.chunks):
        if isinstance(chunk, bytes):
            body = {"type": "http.response.body", "body": chunk, "more_body": index < last}
            await send(body)
            if index % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
        elif await _client_left(receive, chunk):
            return
    if not reply.chunks or not isinstance(reply.chunks[-1], bytes):
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _client_left(receive: Receive, seconds: float) -> bool:
    """Wait, and say whether the client went away meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _encoded(headers: tuple[tuple[str, str], ...]) -> Headers:
    return tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
    )


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(body)).encode("ascii")
