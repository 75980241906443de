"""Uvicorn's HTTP protocol, and the little that a mock upstream needs beyond it.

A request that has arrived whole is answered at once, where the app can do that: without a task,
an event and three messages, which take longer than the answer does. Uvicorn waits for ever for the
rest of a head, and for a client that reads nothing. Here the server looks at its connections now
and then (`look`), so that a request costs no timer. A request that would like another protocol is
read as one that would not, and a connection's end reaches the reply that is under way, pipelined
requests or not.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

import httptools
from starlette.types import Receive, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mock_upstream.carrier import Carrier
from mock_upstream.patience import Patience
from mock_upstream.turn import Turn
from mock_upstream.wire import CONNECTION, WireReply, send_reply
from mock_upstream.written_reply import written

HEAD_LIMIT: Final = 256 * 1024
"""Bytes of a request's head that may come after its first piece; then it is answered 400."""

_MOST_WAITING: Final = 100
"""Requests that may wait behind a reply that takes its time; a client with more is cut."""

_LATE: Final = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 47\r\nconnection: close\r\n\r\n"
    b"The head of the request did not arrive in time."
)
_NEVER: Final = float("inf")
_TURN: Final = "mock_upstream.turn"
"""The key under which a server's connections share it."""

AtOnce: TypeAlias = Callable[[Any, bytes], WireReply | None]
"""What an app may have as `at_once`: it answers a request by its scope and its whole body, or gives
None for one that has to go the way of ASGI."""


class UpstreamProtocol(HttpToolsProtocol):
    """The server's side of one connection; without an access log, which would show keys."""

    running: RequestResponseCycle | None = None
    """The request that is being answered; uvicorn's `cycle` is the newest one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False
        self._turn: Turn = self.app_state.setdefault(_TURN, Turn(self.loop))
        self._carrier = Carrier(self)
        self.app_state = {CONNECTION: self._carrier}
        self._last_words: str | None = None
        self._at_once: AtOnce | None = getattr(self.app, "at_once", None)
        self._reading = False
        self._begun: RequestResponseCycle | None = None
        self._unfinished = 0
        self._stopped_at: int | None = None
        self._seen: tuple[object, ...] = ()
        self._seen_scope: object = None
        self._seen_running: object = None
        self._since = 0.0

    def data_received(self, data: bytes) -> None:
        """Read on; a head that has no end is refused."""
        scope = self.scope
        self._reading = True
        super().data_received(data)
        self._reading = False
        self._begin_read()
        if self._stopped_at is not None:
            self._decline_upgrade(data[self._stopped_at :])
        if self.scope is not scope:
            self._unfinished = 0
        elif self._in_head:
            self._unfinished += len(data)
            if self._unfinished > HEAD_LIMIT and not self.transport.is_closing():
                self.send_400_response("Invalid HTTP request received.")

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body; the first as it is, as most bodies come in one."""
        cycle = self.cycle
        if cycle is None or cycle is not self._begun or cycle.body:
            super().on_body(body)
        else:
            cycle.body = body  # type: ignore[assignment]  # uvicorn adds to it, or makes it bytes
            cycle.message_event.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """End: who is still answering learns it, and no timer keeps the connection in memory."""
        super().connection_lost(exc)
        self.pipeline.clear()
        if self.running is not None and not self.running.response_complete:
            self.running.disconnected = True
            self.running.message_event.set()

    def send_400_response(self, msg: str) -> None:
        """Say that something is no HTTP: behind the replies to what came whole before it."""
        running = self.running
        if running is None or running.more_body or running.response_complete:
            super().send_400_response(msg)
            return
        self._last_words = msg
        if self.pipeline and self.pipeline[0][0] is self.cycle and self.cycle.more_body:
            self.pipeline.popleft()  # it is what is no HTTP

    def on_response_complete(self) -> None:
        """Go on with the next request; uvicorn would set a timer for one that never comes."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._last_words:
            super().send_400_response(self._last_words)

    def look(self, now: float, patience: Patience) -> None:
        """End what has waited for the client for too long. `now` is the loop's time."""
        kind, seconds = self._awaited(patience)
        unsent = self.transport.get_write_buffer_size()
        seen = (kind, unsent, id(self.scope))
        if seen != self._seen:
            self._seen, self._seen_scope, self._since = seen, self.scope, now
        elif now - self._since >= (patience.reading if unsent else seconds):
            if kind == "head" and not unsent:
                self.transport.write(_LATE)
            if unsent or kind == "rest":
                self.transport.abort()
            else:
                self.transport.close()
        slow, self._seen_running = self.running is self._seen_running, self.running
        if slow and self.pipeline and not self.flow.write_paused:
            self.flow.resume_reading()  # uvicorn stopped; nobody would see the client leave
            if len(self.pipeline) > _MOST_WAITING:
                self.transport.abort()

    def _awaited(self, patience: Patience) -> tuple[str, float]:
        if self.scope is None:
            return "anything", patience.idle
        if self._in_head:
            return "head", patience.head
        if self.cycle.response_complete and self.cycle.more_body:
            return "rest", patience.farewell
        if self.cycle.response_complete:
            return "another request", patience.idle
        return "nothing", _NEVER

    @property
    def _in_head(self) -> bool:
        """Whether a head began and has not ended: its scope is not that of a request yet."""
        if self.scope is None:
            return False
        return self.cycle is None or self.cycle.scope is not self.scope

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begin a request: one whose head is just being read, when the rest was looked at too."""
        self.running = cycle
        if self._reading:
            self._begun = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _begin_read(self) -> None:
        if self._begun is not None:
            cycle, self._begun = self._begun, None
            self._begin(cycle)

    def _begin(self, cycle: RequestResponseCycle) -> None:
        """Answer a request that is whole: now, or with those of others; else begin its task."""
        late = cycle.more_body or cycle.waiting_for_100_continue or self.flow.write_paused
        if late or self._at_once is None:
            super()._start_asgi_task(cycle, self.app)
        elif len(self.connections) > 1:
            self._turn.add(self, cycle)
        else:
            self.write(cycle, self.answer(cycle))

    def answer(self, cycle: RequestResponseCycle) -> bytes | None:
        """Answer a request at once; give what to write, or None where a task sees to it."""
        app: Any = self.app
        if self._at_once is not None and not cycle.disconnected:
            try:
                reply = self._at_once(cycle.scope, bytes(cycle.body))
                if reply is not None:
                    cycle.body = bytearray()  # who stays connected keeps no body in memory
                    app = partial(_send, reply, self._carrier)
                    data = written(reply, cycle.default_headers, keep_alive=cycle.keep_alive)
                    if data is not None and cycle.scope["method"] != "HEAD":
                        return data
            except BaseException as error:  # noqa: BLE001 -- uvicorn logs it and answers 500
                app = partial(_fail, error)
        super()._start_asgi_task(cycle, app)
        return None

    def write(self, cycle: RequestResponseCycle, data: bytes | None) -> None:
        """Write an answer, and go on with the next request."""
        if data is not None and not cycle.disconnected:
            self._carrier.write(data)
            self._carrier.finish(stays=cycle.keep_alive)

    # A server may ignore the wish for another protocol (RFC 9110, 7.8), which Java's client has of
    # every server. The parser stops behind such a head, as if the body were of that protocol.

    def _should_upgrade(self) -> bool:
        return self.parser.get_method() != b"CONNECT"

    def handle_websocket_upgrade(self) -> None:
        """Note where the parser stopped; uvicorn calls this where it caught that."""
        stopped = sys.exception()
        self._stopped_at = stopped.args[0] if stopped else 0

    def _decline_upgrade(self, rest: bytes) -> None:
        """Read the head again without the wish, and on."""
        self._stopped_at = None
        version = self.parser.get_http_version().encode("ascii")
        line = b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)
        headers = self.headers
        kept = [b"%b: %b" % pair for pair in headers if pair[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self._reading = True
        super().data_received(b"\r\n".join((line, *kept, b"\r\n")))
        self._reading = False
        self.headers[:] = headers
        if rest:
            self.data_received(rest)
        else:
            self._begin_read()


async def _send(
    reply: WireReply, carrier: Carrier, _scope: object, receive: Receive, send: Send
) -> None:
    """Send a reply that takes its time, as an app."""
    await send_reply(reply, receive, send, carrier)


async def _fail(error: BaseException, *_asgi: object) -> None:
    """Fail as the app did."""
    raise error
