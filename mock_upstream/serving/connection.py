"""One connection of a client: its requests are read, handed to the app, and answered in order.

Reading is httptools' work. A reply without pauses goes out at once, in one write, without a task;
any other is sent by a task of its own. Nothing waits for ever: each moment of a connection has a
deadline, and the site looks at them.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

import httptools

from mock_upstream.request_body import BodyState, RequestBody
from mock_upstream.serving.delivery import Delivery, at_once
from mock_upstream.serving.response_head import Asked
from mock_upstream.wire import WireReply

if TYPE_CHECKING:
    from mock_upstream.serving.site import Site

LOGGER: Final = logging.getLogger("mock_upstream.server")

HEAD_LIMIT: Final = 64 * 1024
"""Bytes of a request's head that are read; a longer one is answered 400."""

NEVER: Final = float("inf")

_BASE: Final = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "scheme": "http",
    "root_path": "",
}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_LONGEST_LENGTH: Final = 18
"""Digits of a Content-Length that is read as a number; a longer one is over any limit."""


_BAD_REQUEST: Final = b"Invalid HTTP request received."
_MOST_WAITING: Final = 100
"""Requests that may wait behind a reply that takes its time; a client with more is cut."""

_WISHES: Final = frozenset({b"connection", b"upgrade"})
_TELLING: Final = frozenset({b"content-length", b"expect", b"host", b"transfer-encoding"})


class Phase(Enum):
    """What a connection is reading."""

    NOTHING = "between requests"
    HEAD = "a head"
    BODY = "a body"
    REST = "what is left of a request that was answered before its end"


class Request(NamedTuple):
    """A request that was read."""

    scope: dict[str, Any]
    asked: Asked
    body: RequestBody


class Connection(asyncio.Protocol):
    """The server's side of one connection."""

    def __init__(self, site: "Site") -> None:
        self.deadline = NEVER
        self.transport: asyncio.Transport
        self._site = site
        self._limit = site.app.limits.size
        self._parser = httptools.HttpRequestParser(self)
        self._phase = self._timed = Phase.NOTHING
        self._url = b""
        self._head_size = 0
        self._unfinished = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._base: dict[str, Any] = {}
        self._scope: dict[str, Any] = {}
        self._asked = Asked("GET", http_1_0=False, keep_alive=False)
        self._parts: list[bytes] = []
        self._size = 0
        self._waiting: deque[Request] = deque()
        self._delivery: Delivery | None = None
        self._stuck: int | None = None
        self._last = False
        self._declined: list[tuple[bytes, bytes]] | None = None

    # What the transport says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport  # type: ignore[assignment]  # a stream's transport
        ends = {"server": "sockname", "client": "peername"}
        known = {name: transport.get_extra_info(end) for name, end in ends.items()}
        self._base = {**_BASE, **known}
        self._site.connections.add(self)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's
        """End: who is still sending learns it, and a request that is not whole is noted."""
        self._site.left(self)
        self.deadline = NEVER
        self._waiting.clear()
        if self._delivery is not None:
            self._delivery.client_left()
        self._cut_off()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._last and self._phase is not Phase.REST:
            return
        headers = self._headers
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            self._decline_upgrade(data[stopped.args[0] :])
            return
        except httptools.HttpParserError:
            self._cut_off()
            self._refuse(400, _BAD_REQUEST)
            return
        if self._phase is Phase.HEAD and self._headers is headers:
            self._unfinished += len(data)
            if self._unfinished > HEAD_LIMIT:
                self._refuse(400, _BAD_REQUEST)
                return
        if self._phase is not self._timed:
            self._set_deadline()

    def pause_writing(self) -> None:
        """Stop: the client does not read."""
        self._stuck = self.transport.get_write_buffer_size()
        self.transport.pause_reading()
        if self._delivery is not None:
            self._delivery.pause()
        self._set_deadline()

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        self._stuck = None
        if self._delivery is not None:
            self._delivery.resume()
        self.transport.resume_reading()
        self._set_deadline()

    # What the parser says.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._phase, self._timed = Phase.HEAD, Phase.NOTHING
        self._url = b""
        self._headers = []
        self._head_size = self._unfinished = 0

    def on_url(self, url: bytes) -> None:
        """Read a part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header; those behind a chunked body do not count.

        Raises `ValueError`, which ends the parsing, where the head is too long.
        """
        if self._phase is Phase.HEAD:
            self._head_size += len(name) + len(value)
            if self._head_size > HEAD_LIMIT:
                raise ValueError("the head is too long")
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Begin the body.

        Raises `ValueError`, which ends the parsing, for a head that no server may take.
        """
        method, parser = self._parser.get_method().decode("ascii"), self._parser
        if parser.should_upgrade() and method != "CONNECT":
            return
        if self._declined is not None:
            self._headers, self._declined = self._declined, None
        version = parser.get_http_version()
        target, _, query = self._url.partition(b"?")
        path = target.decode("ascii")
        self._scope = {
            **self._base,
            "http_version": version,
            "method": method,
            "path": unquote(path) if "%" in path else path,
            "raw_path": target,
            "query_string": query,
            "headers": self._headers,
        }
        self._asked = Asked(method, version == "1.0", parser.should_keep_alive())
        said = {name: value for name, value in self._headers if name in _TELLING}
        if b"host" not in said and version != "1.0":
            raise ValueError("no Host")
        if said.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
            raise ValueError("an encoding that is not read")
        self._parts, self._size, self._phase = [], 0, Phase.BODY
        self._look_ahead(said, version)

    def on_body(self, data: bytes) -> None:
        """Read a part of the body."""
        if self._phase is not Phase.BODY:
            return
        self._size += len(data)
        if self._size > self._limit:
            self._parts.clear()
            self._taken(BodyState.TOO_LARGE)
        else:
            self._parts.append(data)

    def on_message_complete(self) -> None:
        """End a request."""
        if self._phase is Phase.BODY:
            self._taken(BodyState.WHOLE)
        elif self._phase is Phase.REST and self._last:
            self.transport.close()
        self._phase = self._timed = Phase.NOTHING

    # What the site says.

    def expire(self, now: float) -> None:
        """Do what the end of the deadline asks for."""
        if self._stuck is not None:
            left = self.transport.get_write_buffer_size()
            if left < self._stuck:  # it reads, slowly
                self._stuck, self.deadline = left, now + self._site.patience.reading
                return
        if self._stuck is not None or self._last:
            self.transport.abort()
        elif self._phase is Phase.HEAD:
            self._refuse(408, b"The head of the request did not arrive in time.")
        elif self._phase is Phase.BODY:
            self._taken(BodyState.TIMED_OUT)
        else:
            self.transport.close()

    def shut(self) -> None:
        """Close now, or behind the reply that is under way."""
        self._last = True
        self._waiting.clear()
        if self._delivery is None and self._phase is not Phase.BODY:
            self.transport.close()

    def cut(self) -> None:
        """Close now."""
        self.transport.abort()

    # Requests and replies.

    def _look_ahead(self, said: Mapping[bytes, bytes], version: str) -> None:
        """Refuse a body that is announced as too large; tell a client to go on that asks."""
        length = said.get(b"content-length", b"0")
        if len(length) > _LONGEST_LENGTH or int(length) > self._limit:
            self._taken(BodyState.TOO_LARGE)
        elif said.get(b"expect", b"").lower() == b"100-continue" and version != "1.0":
            self.transport.write(_CONTINUE if self._delivery is None else b"")

    def _decline_upgrade(self, rest: bytes) -> None:
        """Read a request that would change the protocol as one that would not.

        The parser stops at its head, as if a body were of the other protocol. A server may ignore
        the wish (RFC 9110, 7.8), which Java's client has of every server.
        """
        if self._parser.get_method() == b"CONNECT":  # answered; nothing else is spoken here
            self._finish(stays=False)
            return
        line = b"%b %b HTTP/1.1" % (self._parser.get_method(), self._url)
        kept = [b"%b: %b" % pair for pair in self._headers if pair[0] not in _WISHES]
        self._declined, self._parser = self._headers, httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join((line, *kept, b"\r\n")) + rest)

    def _cut_off(self) -> None:
        """Note a request whose body did not arrive whole."""
        if self._phase is Phase.BODY:
            self._phase = Phase.REST
            body = RequestBody(b"".join(self._parts), BodyState.CUT_OFF)
            if self._site.app.handles(self._scope["path"]):
                self._handled(Request(self._scope, self._asked, body))

    def _taken(self, state: BodyState) -> None:
        """Have a request answered, in its turn; one that is not whole is the last one."""
        parts = self._parts
        body = RequestBody(parts[0] if len(parts) == 1 else b"".join(parts), state)
        asked = self._asked
        self._parts, self._phase = [], Phase.REST
        if state is not BodyState.WHOLE:
            asked = replace(asked, keep_alive=False)
        request = Request(self._scope, asked, body)
        if self._delivery is None and not self._waiting:
            self._answer(request)
        elif len(self._waiting) < _MOST_WAITING:
            self._waiting.append(request)  # reading goes on: else nobody would see the client leave
        else:
            self.transport.abort()

    def _answer(self, request: Request) -> None:
        """Answer a request: at once, or by a task."""
        if not self._site.app.handles(request.scope["path"]):
            self._deliver(request, None)
            return
        reply = self._handled(request)
        if reply is None:
            return
        date = self._site.date
        written = at_once(reply, request.asked, date)
        if written is None:
            self._deliver(request, reply)
            return
        data, stays = written
        self.transport.write(data)
        self._finish(stays=stays)

    def _handled(self, request: Request) -> WireReply | None:
        try:
            return self._site.app.handle(request.scope, request.body)
        except Exception:
            LOGGER.exception("the mock failed on a request; this is a fault of the mock")
            return _plain(500, b"Internal Server Error")

    def _deliver(self, request: Request, reply: WireReply | None) -> None:
        """Send what takes its time; without a reply, what the app itself sends."""
        delivery = Delivery(self.transport, request.asked, self._site.date)
        if self._stuck is not None:
            delivery.pause()
        self._delivery = delivery
        task = self._site.loop.create_task(self._delivered(delivery, request, reply))
        self._site.tasks.add(task)
        task.add_done_callback(self._site.tasks.discard)

    async def _delivered(
        self, delivery: Delivery, request: Request, reply: WireReply | None
    ) -> None:
        try:
            if reply is None:
                await delivery.ask(self._site.app, request.scope, request.body)
            else:
                await delivery.reply(reply)
        except Exception:
            LOGGER.exception("the mock failed on a request; this is a fault of the mock")
            if not delivery.begun:
                failed = at_once(_plain(500, b"Internal Server Error"), request.asked, b"")
                self.transport.write(failed[0] if failed else b"")
        self._delivery = None
        self._finish(stays=delivery.stays)
        while self._waiting and self._delivery is None and not self.transport.is_closing():
            self._answer(self._waiting.popleft())

    def _finish(self, *, stays: bool) -> None:
        """End a reply: the connection stays open for the next request, or is closed."""
        if stays and not self._last:
            self._set_deadline()
            return
        self._last = True
        self._waiting.clear()
        if self._phase is Phase.REST and self._timed is not Phase.NOTHING:
            self._say_farewell()
        else:
            self.transport.close()
            self._set_deadline()

    def _say_farewell(self) -> None:
        """Read on, so that a client that is still sending gets to read the answer."""
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()
        self._set_deadline()

    def _refuse(self, status: int, why: bytes) -> None:
        """Answer what is no request, and close."""
        self._last, self._phase = True, Phase.NOTHING
        if self._delivery is None:
            written = at_once(_plain(status, why), self._asked, self._site.date)
            self.transport.write(written[0] if written else b"")
        self.transport.close()
        self._set_deadline()

    def _set_deadline(self) -> None:
        """Give what goes on now its time."""
        self._timed = self._phase
        patience, seconds = self._site.patience, NEVER
        if self._stuck is not None:
            seconds = patience.reading
        elif self._delivery is not None:
            seconds = NEVER
        elif self._last:
            seconds = patience.farewell
        elif self._phase is Phase.HEAD:
            seconds = patience.head
        elif self._phase is Phase.BODY:
            seconds = self._site.app.limits.patience
        else:
            seconds = patience.idle
        self.deadline = self._site.loop.time() + seconds


def _plain(status: int, text: bytes) -> WireReply:
    headers = (
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    )
    return WireReply(status, headers, (text,))
