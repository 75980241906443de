"""Serving the app over a real socket: in this thread until told to stop, or in one of its own."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from threading import Event, Thread, current_thread, main_thread
from types import FrameType
from typing import Any

import uvicorn

from mock_upstream.listener import ServerStartError, listen, url_of
from mock_upstream.patience import Patience
from mock_upstream.protocol import UpstreamProtocol

__all__ = ["MockServer", "Patience", "ServerStartError", "UpstreamServer"]

App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI app. It may say in `protocol` which subclass of ours reads its requests."""

_DATE_INTERVAL = 1.0
_LAST_MOMENTS = 1.0
_GLANCE = 0.002


class UpstreamServer(uvicorn.Server):
    """A uvicorn server that stops at once when asked, and leaves the process as it was.

    `grace` is how many seconds running replies may take to finish when the server stops; after
    them, connections are cut. `on_ready` is called when connections are accepted.
    """

    def __init__(
        self,
        app: App,
        grace: float,
        on_ready: Callable[[], object] = lambda: None,
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        super().__init__(_Config(app))
        self._grace = grace
        self._on_ready = on_ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self.server_state.connections)

    def request_stop(self) -> None:
        """Ask the server to stop; may be called from any thread and from a signal handler.

        A second time cuts the replies that are still running.
        """
        action = self._cut if self.should_exit else self._stop.set
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: there is nothing to stop
                self._loop.call_soon_threadsafe(action)

    async def open(self, listener: socket.socket) -> None:
        """Accept connections in the running event loop, without waiting for a stop."""
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup([listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, then say so."""
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        await super().startup(sockets)
        self._watch = self._loop.create_task(self._look())
        self._on_ready()

    async def main_loop(self) -> None:
        """Serve until asked to stop. Uvicorn's own loop looks ten times a second."""
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let running replies finish within the grace, then cut what is left."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._emptied(self._grace)
        self._cut()
        await self._emptied(_LAST_MOMENTS)
        if self._watch is not None:
            self._watch.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop cleanly on SIGTERM and SIGINT, and put the former handlers back afterwards."""
        if current_thread() is not main_thread():
            yield
            return
        former = {s: signal.signal(s, self.handle_exit) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 -- uvicorn's
        """Take a signal."""
        self.request_stop()

    async def _look(self) -> None:
        """Tell the date, and have connections look at how long they have waited."""
        pause = min(_DATE_INTERVAL, self._patience.shortest / 4)
        while True:
            await asyncio.sleep(pause)
            await self.on_tick(0)
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                connection.look(now, self._patience)  # type: ignore[union-attr]  # of our protocol

    def _cut(self) -> None:
        """Close all connections now; a reply under way sees its client gone and ends."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    async def _emptied(self, seconds: float) -> None:
        """Wait until no connection is left, and no reply under way."""
        state, clock = self.server_state, asyncio.get_running_loop().time
        limit, pause = clock() + seconds, 0.0
        while (state.connections or state.tasks) and clock() < limit:
            await asyncio.sleep(pause)
            pause = _GLANCE


class _Config(uvicorn.Config):
    """Uvicorn's settings for the mock; the process's logging stays as it is."""

    def __init__(self, app: App) -> None:
        super().__init__(
            app,
            http=getattr(app, "protocol", UpstreamProtocol),
            ws="none",
            lifespan="off",
            interface="asgi3",
            proxy_headers=False,
            server_header=False,
        )

    def configure_logging(self) -> None:
        """Leave logging alone: the program that runs the mock may use uvicorn itself."""


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make an event loop as uvicorn does: uvloop's where it is installed."""
    from uvicorn.loops.auto import auto_loop_factory

    return auto_loop_factory()()


class MockServer:
    """The app on a real socket, in a thread: `with MockServer(app) as server: server.url`.

    Several may run in one process. A stopped server may be started again, on a new port.
    `grace` is how many seconds running replies may take to finish when it stops, `patience` how
    long it waits for a client that takes its time.
    Raises `ServerStartError` when it cannot listen.
    """

    def __init__(
        self,
        app: App,
        host: str = "127.0.0.1",
        port: int = 0,
        grace: float = 0.5,
        patience: Patience | None = None,
    ) -> None:
        self._app = app
        self._address = (host, port)
        self._grace = grace
        self._patience = patience
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """The base URL, without `/v1`."""
        if self._running is None:
            raise RuntimeError("the server is not running; use it in a with block, or call start()")
        return self._running.url

    @property
    def connections(self) -> int:
        """How many connections are open; 0 when the server is not running."""
        return 0 if self._running is None else self._running.connections

    def start(self) -> "MockServer":
        """Start serving, and return when connections are accepted."""
        if self._running is not None:
            raise RuntimeError(f"the server is already running at {self.url}; stop it first")
        server = partial(UpstreamServer, self._app, self._grace, patience=self._patience)
        self._running = _Running(server, listen(*self._address))
        return self

    def stop(self) -> None:
        """Stop serving and wait until the thread has ended; does nothing if it is not running."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def __enter__(self) -> "MockServer":
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


class _Running:
    """A server in its thread, from the first connection to the last."""

    def __init__(
        self, server: Callable[[Callable[[], object]], UpstreamServer], listener: socket.socket
    ) -> None:
        self.url = url_of(listener)
        self._ready = Event()
        self._failure: BaseException | None = None
        self._server = server(self._ready.set)
        self._thread = Thread(
            target=self._serve, args=(listener,), name=f"mock-upstream {self.url}", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            listener.close()
            raise ServerStartError(f"The mock did not start: {self._failure!r}.") from self._failure

    @property
    def connections(self) -> int:
        return self._server.connections

    def stop(self) -> None:
        self._server.request_stop()
        self._thread.join()

    def _serve(self, listener: socket.socket) -> None:
        try:
            self._server.run(sockets=[listener])
        except BaseException as error:  # noqa: BLE001 -- handed to the thread that waits for it
            self._failure = error
        finally:
            self._ready.set()
