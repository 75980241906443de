"""The recorder as an app: passes requests to the upstream, and replies back."""

import asyncio
import time
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from mock_upstream import refusals
from mock_upstream.control.app import Control, is_control
from mock_upstream.journal import JournalEntry
from mock_upstream.journal.head import Head
from mock_upstream.journal.response import Ending, Response
from mock_upstream.recording.address import api_of
from mock_upstream.recording.blame import refused
from mock_upstream.recording.likeness import UPSTREAM_RULE
from mock_upstream.recording.passing import Asked, Framing, reply_head, request_headers
from mock_upstream.recording.recorded_connection import HEADERS, TARGET, RecordedConnection
from mock_upstream.recording.recording import Recording
from mock_upstream.recording.upstream import (
    Asking,
    BrokenOffError,
    Reply,
    Upstream,
    UpstreamFailureError,
)
from mock_upstream.request_body import BodyLimits, BodyState, RequestBody
from mock_upstream.verdict import ACCEPTED, Verdict, Violation
from mock_upstream.wire import CONNECTION, WireReply, harness_reply, send_reply

if TYPE_CHECKING:
    from mock_upstream.carrier import Carrier

_REFUSED_FROM: Final = 400
_LONGEST_BLAME: Final = 2**20
"""Bytes of a refusal that are read for what it blames."""


class RecordingApp:
    """Passes everything on but the control API's paths. For our own server alone."""

    protocol = RecordedConnection

    def __init__(
        self, upstream: Upstream, recording: Recording, limits: BodyLimits, control: Control
    ) -> None:
        self.limits = limits
        self.recording = recording
        self._upstream = upstream
        self._control = control
        self._numbers = count(1)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read a request and answer it."""
        if is_control(scope["path"]):
            await self._control(scope, receive, send)
            return
        body = await self.limits.read(scope["headers"], receive)
        exchange = Exchange(self.recording, scope, body, next(self._numbers))
        if body.whole:
            await self._exchanged(exchange, receive, send)
            return
        violation = self._broken(body)
        refused = body.state is not BodyState.CUT_OFF
        reply = exchange.fail(violation, violation.status if refused else None)
        if refused:
            await send_reply(reply, receive, send)

    def _broken(self, body: RequestBody) -> Violation:
        """Say why a request is not passed on."""
        if body.state is BodyState.TOO_LARGE:
            return refusals.body_too_large(self.limits.size)
        if body.state is BodyState.TIMED_OUT:
            return refusals.body_timed_out(len(body.data))
        return refusals.client_left(len(body.data))

    async def _exchanged(self, exchange: "Exchange", receive: Any, send: Any) -> None:
        """Pass a request on and its reply back, until the reply ends or the client leaves."""
        passing = asyncio.ensure_future(self._pass(exchange, receive, send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait((passing, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not passing.done():
                passing.cancel()
                exchange.end("client left")
                with suppress(asyncio.CancelledError):
                    await passing
        if not passing.cancelled():
            passing.result()

    async def _pass(self, exchange: "Exchange", receive: Any, send: Any) -> None:
        address = self._upstream.address
        asking = Asking(
            exchange.method,
            address.target(exchange.target),
            request_headers(exchange.headers, address.netloc),
            exchange.body,
        )
        try:
            async with self._upstream.asked(asking) as reply:
                await _pass_back(exchange, reply)
        except UpstreamFailureError as error:
            failed = exchange.fail(error.violation, error.violation.status)
            await send_reply(failed, receive, send)


async def _pass_back(exchange: "Exchange", reply: Reply) -> None:
    """Write a reply as it comes, past uvicorn, which would write a head of its own."""
    exchange.begin(reply)
    carrier = exchange.carrier
    head, framing, stays = exchange.head_of(reply)
    carrier.write(head)
    try:
        async for piece in reply.pieces():
            if exchange.keep(piece):  # whoever has the reply finds the entry
                exchange.end("whole")
            carrier.write(framing.framed(piece))
            await carrier.drain()
    except BrokenOffError:
        exchange.end("upstream broke off")
        carrier.end(reset=not exchange.framed)
        return
    exchange.end("whole")
    carrier.write(framing.last)
    carrier.finish(stays=stays)


class Exchange:
    """One request and what becomes of it; noted in the journal once, at its end."""

    def __init__(
        self, recording: Recording, scope: dict[str, Any], body: RequestBody, number: int
    ) -> None:
        self.method: str = scope["method"]
        self.target: bytes = scope[TARGET]
        self.headers: list[tuple[bytes, bytes]] = scope[HEADERS]
        self.body = body.data
        self.carrier: Carrier = scope["state"][CONNECTION]
        self._scope = scope
        self._whole = body.whole
        self._recording = recording
        self._number = number
        self._time = time.time()
        self._started = time.monotonic()
        self._reply: Reply | None = None
        self._kept: list[bytes] = []
        self._size = 0
        self._length: int | None = None
        self._noted = False
        self._most = recording.journal.account.max_bytes
        recording.know(scope["headers"], scope["query_string"])

    def head_of(self, reply: Reply) -> tuple[bytes, Framing, bool]:
        """Write the head of the reply; say how its body is framed, and whether the client stays."""
        http_1_0 = self._scope["http_version"] == "1.0"
        asked = Asked(self.method, http_1_0, self.carrier.keep_alive)
        return reply_head(reply.status, reply.reason, reply.headers, asked)

    def begin(self, reply: Reply) -> None:
        """Take note of the reply's head."""
        self._reply = reply
        lengths = [value for name, value in reply.headers if name.lower() == b"content-length"]
        self._length = int(lengths[0]) if lengths and lengths[0].isdigit() else None

    @property
    def framed(self) -> bool:
        """Whether the client can tell by length or chunks that a reply is not whole."""
        headers = () if self._reply is None else self._reply.headers
        chunked = any(name.lower() == b"transfer-encoding" for name, _ in headers)
        return self._length is not None or (chunked and self._scope["http_version"] != "1.0")

    def keep(self, piece: bytes) -> bool:
        """Keep a piece of the reply; say whether it is the last, as far as its length tells."""
        self._size += len(piece)
        if self._most is None or self._size <= self._most:
            self._kept.append(piece)
        else:
            self._kept.clear()
        return self._size == self._length

    def end(self, ending: Ending) -> None:
        """Note the exchange, if that was not done."""
        if self._noted:
            return
        if self._reply is None:
            self.fail(_client_left(), None)
            return
        body = b"".join(self._kept)
        if ending == "whole" and len(body) < self._size:
            ending = "not kept"
        reply, seconds = self._reply, time.monotonic() - self._started
        head = Head(b"", reply.headers, self._recording.fingerprints)
        reason = reply.reason.decode("latin-1")
        self._note(
            self._verdict(reply.status, body),
            reply.status,
            Response(reply.status, reason, head, body, ending, seconds),
        )

    def fail(self, violation: Violation, status: int | None) -> WireReply:
        """Note that there is no reply of the upstream, and write the recorder's own."""
        if not self._noted:
            self._note(Verdict((violation,)), status, None)
        return harness_reply(violation)

    def _verdict(self, status: int, body: bytes) -> Verdict:
        if status < _REFUSED_FROM:
            return ACCEPTED
        payload = _parsed(self.body)
        said = refused(body[:_LONGEST_BLAME], payload)
        return Verdict((Violation(UPSTREAM_RULE, said.path, said.message, status),))

    def _note(self, verdict: Verdict, status: int | None, response: Response | None) -> None:
        self._noted = True
        scope, prints = self._scope, self._recording.fingerprints
        entry = JournalEntry(
            number=self._number,
            method=self.method,
            path=prints.mask_path(scope["path"]),
            head=Head(scope["query_string"], scope["headers"], prints),
            body=self.body,
            api=api_of(self.target),
            status=status,
            verdict=verdict,
            complete=self._whole,
            time=self._time,
            response=response,
        )
        self._recording.add(entry)


def _client_left() -> Violation:
    message = "The client left before the upstream answered; its connection was closed."
    return Violation("client-left", "", message, refusals.CLIENT_CLOSED_REQUEST)


def _parsed(body: bytes) -> object:
    import orjson

    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
