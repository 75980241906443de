"""A site: one app on one listening socket, its connections, and the watch over their deadlines."""

import asyncio
import socket
import time
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mock_upstream.request_body import BodyLimits, RequestBody
from mock_upstream.serving.delivery import AsgiApp
from mock_upstream.wire import WireReply

_LOOK: Final = 1.0
"""Seconds between two looks at the deadlines, at most."""

_LAST_MOMENTS: Final = 1.0
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


class App(AsgiApp, Protocol):
    """What a site needs of the app that it serves.

    An app may say in `connects` which subclass of `Connection` reads its requests.
    """

    limits: BodyLimits

    def handles(self, path: str) -> bool:
        """Say whether `handle` answers requests to a path; the others go to the app itself."""

    def handle(self, scope: dict[str, Any], body: RequestBody) -> WireReply | None:
        """Answer a request that was read, without waiting; None if nobody is left to answer."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a connection may take: for a head, with nothing to do, to read a reply."""

    head: float = 15.0
    idle: float = 75.0
    reading: float = 60.0
    farewell: float = 2.0
    """For what a client still sends after its request was answered before its end."""


class Watched(Protocol):
    """A connection as a site sees it."""

    deadline: float

    def expire(self, now: float) -> None:
        """Do what the end of the deadline asks for."""

    def shut(self) -> None:
        """Close now, or behind the reply that is under way."""

    def cut(self) -> None:
        """Close now."""


class Site:
    """Serves an app on a listening socket, in the running event loop."""

    def __init__(self, app: App, patience: Patience | None = None) -> None:
        self.app = app
        self.patience = patience or Patience()
        self.connections: set[Watched] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.loop = asyncio.get_running_loop()
        self.date = b""
        self._empty = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._watch: asyncio.Task[None] | None = None

    async def open(self, listener: socket.socket) -> None:
        """Accept connections."""
        from mock_upstream.serving.connection import Connection

        self._tell_date()
        made = getattr(self.app, "connects", Connection)
        self._server = await self.loop.create_server(lambda: made(self), sock=listener)
        self._watch = self.loop.create_task(self._look())

    async def close(self, grace: float) -> None:
        """Stop listening, let running replies finish within the grace, then cut what is left."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.shut()
        await self._emptied(grace)
        self.cut()
        await self._emptied(_LAST_MOMENTS)
        if self._watch is not None:
            self._watch.cancel()

    def cut(self) -> None:
        """Close all connections now; a reply under way sees its client gone and ends."""
        for connection in list(self.connections):
            connection.cut()

    def left(self, connection: Watched) -> None:
        """Take note that a connection has ended."""
        self.connections.discard(connection)
        if not self.connections:
            self._empty.set()

    async def _emptied(self, seconds: float) -> None:
        self._empty.clear()
        if self.connections and seconds > 0:
            try:
                await asyncio.wait_for(self._empty.wait(), seconds)
            except TimeoutError:
                return

    async def _look(self) -> None:
        known = self.patience
        shortest = min(
            known.head, known.idle, known.reading, known.farewell, self.app.limits.patience
        )
        pause = min(_LOOK, shortest / 4)
        while True:
            await asyncio.sleep(pause)
            self._tell_date()
            now = self.loop.time()
            for connection in [one for one in self.connections if one.deadline <= now]:
                connection.expire(now)

    def _tell_date(self) -> None:
        self.date = f"date: {_http_date(time.time())}\r\n".encode("ascii")


def _http_date(moment: float) -> str:
    """Write a date as HTTP has it; whatever the locale, and without the standard library's mail."""
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(moment)
    clock = f"{hour:02}:{minute:02}:{second:02}"
    return f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year} {clock} GMT"
