"""A reply on its way over one connection: at once where it can be, else by a task, with pauses."""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Final, Protocol

from mock_upstream.carrier import Carrier
from mock_upstream.request_body import RequestBody
from mock_upstream.serving.response_head import LAST_CHUNK, Asked, Framing, head_of
from mock_upstream.wire import CONNECTION, WireReply, send_reply

BODY: Final = "mock_upstream.body"
"""The key in a scope under which an app finds the body as it was read."""

HEAD: Final = "mock_upstream.head"
"""The key in a start of a response for what writes its head, in the place of status and headers."""


class AsgiApp(Protocol):
    """An ASGI app."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""


def at_once(reply: WireReply, asked: Asked, date: bytes) -> tuple[bytes, bool] | None:
    """Write a reply that needs no pause, and say whether the connection stays; else None."""
    if reply.before or reply.head is not None:
        return None
    chunks = reply.chunks
    if not all(type(chunk) is bytes for chunk in chunks):
        return None
    head, framing, stays = head_of(reply.status, reply.headers, asked, date)
    if not asked.may_have_body(reply.status):
        return head, stays
    if framing.chunked:
        framed = [framing.framed(chunk) for chunk in chunks]  # type: ignore[arg-type]  # all bytes
        return b"".join((head, *framed, LAST_CHUNK)), stays
    whole = b"".join((head, *chunks))  # type: ignore[arg-type]  # all bytes
    return whole, stays and len(whole) - len(head) == framing.length


class Delivery:
    """The sending of one reply that takes its time. `stays` says in the end whether to go on."""

    def __init__(self, transport: asyncio.Transport, asked: Asked, date: bytes) -> None:
        self.transport = transport
        self.stays = False
        self._asked = asked
        self._date = date
        self._framing = Framing()
        self._begun: bool | None = None
        self._has_body = True
        self._sent = 0
        self._body: bytes | None = None
        self._left = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    async def reply(self, reply: WireReply) -> None:
        """Send a reply, its pauses and faults as they stand."""
        await send_reply(reply, self._receive, self._send, Carrier(self))

    async def ask(self, app: AsgiApp, scope: dict[str, Any], body: RequestBody) -> None:
        """Have an ASGI app answer a request that was read."""
        self._body = body.data
        scope[BODY], scope["state"] = body, {CONNECTION: Carrier(self)}
        await app(scope, self._receive, self._send)

    def client_left(self) -> None:
        """Take note that nobody reads any more."""
        self._left.set()
        self._writable.set()

    def pause(self) -> None:
        """Wait with sending until the client has read."""
        self._writable.clear()

    def resume(self) -> None:
        """Go on sending."""
        self._writable.set()

    @property
    def begun(self) -> bool:
        """Whether the head went out."""
        return self._begun is not None

    async def _receive(self) -> MutableMapping[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        await self._writable.wait()
        if self._left.is_set():
            return
        if message["type"] == "http.response.start":
            status, headers, own = message["status"], message["headers"], message.get(HEAD)
            made = (
                head_of(status, headers, self._asked, self._date)
                if own is None
                else own(self._asked)
            )
            head, self._framing, self._begun = made
            self._has_body = self._asked.may_have_body(status)
            self.transport.write(head)
            return
        self._write(message.get("body", b""), last=not message.get("more_body", False))

    def _write(self, data: bytes, *, last: bool) -> None:
        framing = self._framing
        if self._has_body:
            self._sent += len(data)
            end = LAST_CHUNK if last and framing.chunked else b""
            if data or end:
                self.transport.write(framing.framed(data) + end)
        if last:
            complete = not self._has_body or framing.chunked or self._sent == framing.length
            self.stays = bool(self._begun) and complete
