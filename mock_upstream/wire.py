"""What goes over the wire: a finished reply, and how it is sent to an ASGI server."""

import asyncio
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from starlette.types import Receive, Send

from mock_upstream.replies.reply_plan import RawReply
from mock_upstream.verdict import ErrorReply, Violation
from mock_upstream.wordings import envelope

Headers = tuple[tuple[bytes, bytes], ...]

JSON = (b"content-type", b"application/json")
EVENT_STREAM = (b"content-type", b"text/event-stream; charset=utf-8")
REQUEST_ID = b"x-request-id"
"""OpenAI's header that names a request."""

HARNESS_HEADER = b"x-mock-upstream"
"""The header that marks an answer as the mock's own: its value says which."""

_NOT_KEPT = (b"cache-control", b"no-cache")
_BREATH = 256
"""Chunks after which others get their turn: sending alone does not yield to them."""
_NOTE = 400
"""Characters of a note in a header."""


class BrokenConnectionError(ConnectionError):
    """A fault of the connection, where nothing but ASGI carries the reply.

    An in-process client gets it in the place of the broken connection.
    """


CONNECTION = "mock_upstream.connection"
"""The key in the scope's state under which our own server puts the connection."""


class Connection(Protocol):
    """What carries a request and its reply, on our own server."""

    def write(self, data: bytes) -> None:
        """Write bytes as they stand."""

    def end(self, *, reset: bool = False) -> None:
        """Close the connection behind what was written, or reset it at once."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing more is sent; the connection stays open until the client leaves."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends here: closed in good order, or `reset`."""

    reset: bool = False


Step: TypeAlias = bytes | float | Stall | Cut
"""One step of sending: bytes are one write, a float is a pause in seconds."""


@dataclass(frozen=True, slots=True)
class WireReply:
    """A reply ready to send: a head, then the chunks, one step after another.

    `before` are the steps before the head. With `head` the reply is written on the connection
    itself, byte for byte, that head in place of status and headers, and the connection is closed
    behind it.
    """

    status: int
    headers: Headers
    chunks: tuple[Step, ...]
    before: tuple[Step, ...] = ()
    head: bytes | None = None

    @property
    def sent_status(self) -> int | None:
        """The status that a client gets to see, if it gets one."""
        if not self.before and self.head is None:
            return self.status
        ended = any(isinstance(step, Stall | Cut) for step in self.before)
        return None if ended or self.head == b"" else self.status

    def plus(self, name: bytes, value: str) -> "WireReply":
        """Copy the reply with one more header."""
        header = (name, value.encode("ascii"))
        headers = (*self.headers, header)
        return WireReply(self.status, headers, self.chunks, self.before, self.head)

    def noted(self, note: str) -> "WireReply":
        """Copy the reply with a note of the mock's own on its making, cut to one header line."""
        line = "".join(one if " " <= one <= "~" else "?" for one in note[:_NOTE])
        return self.plus(b"x-mock-note", line)


def json_reply(body: bytes, status: int = 200, more: Headers = ()) -> WireReply:
    """Wrap a JSON body; `more` are headers besides its own."""
    return WireReply(status, (JSON, _length(body), *more), (body,))


def stream_reply(body: bytes, more: Headers = ()) -> WireReply:
    """Wrap a whole event stream, sent in one write, with status 200."""
    return WireReply(200, (EVENT_STREAM, _NOT_KEPT, *more), (body,))


def bytewise(reply: WireReply) -> WireReply:
    """Copy a reply with each byte of its body in a chunk of its own."""
    chunks: list[Step] = []
    for step in reply.chunks:
        if isinstance(step, bytes):
            chunks += [step[at : at + 1] for at in range(len(step))]
        else:
            chunks.append(step)
    return replace(reply, chunks=tuple(chunks))


def error_reply(reply: ErrorReply) -> WireReply:
    """Wrap a refusal."""
    return WireReply(reply.status, (*_encoded(reply.headers), _length(reply.body)), (reply.body,))


def harness_reply(violation: Violation) -> WireReply:
    """Wrap what the mock itself has to say, no upstream: marked in a header by its rule."""
    written = envelope.error_reply(envelope.ENVELOPES["openai"], violation)
    return error_reply(written).plus(HARNESS_HEADER, violation.rule)


def raw_reply(reply: RawReply) -> WireReply:
    """Wrap a test's own reply, unchanged."""
    return WireReply(reply.status, _encoded(tuple(reply.headers.items())), reply.chunks)


async def send_reply(
    reply: WireReply, receive: Receive, send: Send, connection: Connection | None = None
) -> None:
    """Send a reply. Stops quietly when the client leaves during a pause.

    `connection` is what carries it, where our own server does. Raises `BrokenConnectionError` for
    what only that can do.
    """
    if reply.before and not await _gone_on(reply.before, receive, connection):
        return
    if reply.head is not None:
        await _write(reply, receive, connection)
        return
    start = {"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)}
    await send(start)
    last = len(reply.chunks) - 1
    for index, chunk in enumerate(reply.chunks):
        if isinstance(chunk, bytes):
            body = {"type": "http.response.body", "body": chunk, "more_body": index < last}
            await send(body)
            if index % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
        elif not await _gone_on((chunk,), receive, connection):
            return
    if not reply.chunks or not isinstance(reply.chunks[-1], bytes):
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone_on(
    steps: tuple[Step, ...], receive: Receive, connection: Connection | None
) -> bool:
    """Take steps that are no bytes, and say whether there is still somebody to send to."""
    for step in steps:
        if isinstance(step, Cut):
            _carrier(connection).end(reset=step.reset)
            await _client_left(receive, None)
            return False
        seconds = None if isinstance(step, Stall) else step
        if not isinstance(seconds, bytes) and await _client_left(receive, seconds):
            return False
    return True


async def _write(reply: WireReply, receive: Receive, connection: Connection | None) -> None:
    """Write head and chunks on the connection itself, and close it."""
    carrier = _carrier(connection)
    carrier.write(reply.head or b"")
    for chunk in reply.chunks:
        if isinstance(chunk, bytes):
            carrier.write(chunk)
        elif not await _gone_on((chunk,), receive, connection):
            return
    carrier.end()
    await _client_left(receive, None)


def _carrier(connection: Connection | None) -> Connection:
    if connection is None:
        raise BrokenConnectionError(
            "a fault of the connection cannot strike here: the app is called without the mock's "
            "own server; use MockServer or `mock-upstream serve`, or expect this exception"
        )
    return connection


async def _client_left(receive: Receive, seconds: float | None) -> bool:
    """Wait, without seconds for ever, and say whether the client went away meanwhile."""
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
    return b"content-length", b"%d" % len(body)
