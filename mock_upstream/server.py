"""Serving the app over a real socket: in this thread until told to stop, or in one of its own."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from threading import Event, Thread, current_thread, main_thread
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from mock_upstream.carrier import Carrier
from mock_upstream.listener import ServerStartError, listen, url_of
from mock_upstream.wire import CONNECTION

__all__ = ["MockServer", "ServerStartError", "UpstreamServer"]

HEADER_LIMIT = 64 * 1024
"""Bytes of a request's head that are read, at least; beyond it the server answers 400."""

_DATE_INTERVAL = 1.0
_LAST_MOMENTS = 1.0


class UpstreamServer(uvicorn.Server):
    """A uvicorn server that stops at once when asked, and leaves the process as it was.

    `grace` is how many seconds running replies may take to finish when the server stops; after
    them, connections are cut. `on_ready` is called when connections are accepted.
    """

    def __init__(
        self, app: Starlette, grace: float, on_ready: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(_Config(app))
        self._grace = grace
        self._on_ready = on_ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    def request_stop(self) -> None:
        """Ask the server to stop; may be called from any thread and from a signal handler.

        A second time cuts the replies that are still running.
        """
        action = self._cut if self.should_exit else self._stop.set
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: there is nothing to stop
                self._loop.call_soon_threadsafe(action)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, then say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._on_ready()

    async def main_loop(self) -> None:
        """Serve until asked to stop. Uvicorn's own loop looks ten times a second."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _DATE_INTERVAL)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let running replies finish within the grace, then cut what is left."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._finish(self._grace)
        self._cut()
        await self._finish(_LAST_MOMENTS)

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

    def _cut(self) -> None:
        """Close all connections now; a reply under way sees its client gone and ends."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    async def _finish(self, seconds: float) -> None:
        tasks = set(self.server_state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)


class MockServer:
    """The app on a real socket, in a thread: `with MockServer(app) as server: server.url`.

    Several may run in one process. A stopped server may be started again, on a new port.
    Raises `ServerStartError` when it cannot listen.
    """

    def __init__(
        self, app: Starlette, host: str = "127.0.0.1", port: int = 0, grace: float = 0.5
    ) -> None:
        self._app = app
        self._address = (host, port)
        self._grace = grace
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """The base URL, without `/v1`."""
        if self._running is None:
            raise RuntimeError("the server is not running; use it in a with block, or call start()")
        return self._running.url

    def start(self) -> "MockServer":
        """Start serving, and return when connections are accepted."""
        if self._running is not None:
            raise RuntimeError(f"the server is already running at {self.url}; stop it first")
        self._running = _Running(self._app, listen(*self._address), self._grace)
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

    def __init__(self, app: Starlette, listener: socket.socket, grace: float) -> None:
        self.url = url_of(listener)
        self._ready = Event()
        self._failure: BaseException | None = None
        self._server = UpstreamServer(app, grace, self._ready.set)
        self._thread = Thread(
            target=self._serve, args=(listener,), name=f"mock-upstream {self.url}", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            listener.close()
            raise ServerStartError(f"The mock did not start: {self._failure!r}.") from self._failure

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


class _Config(uvicorn.Config):
    """Uvicorn's settings for the mock; the process's logging stays as it is."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            app,
            http=_QuietProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            proxy_headers=False,
            server_header=False,
            h11_max_incomplete_event_size=HEADER_LIMIT,
        )

    def configure_logging(self) -> None:
        """Leave logging alone: the program that runs the mock may use uvicorn itself."""


class _QuietProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # httptools or h11
    """Uvicorn's HTTP without its access log, which would show keys in query strings.

    Each request's scope has the connection that carries it, for the faults that break it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False
        self.app_state: dict[str, Any] = {CONNECTION: Carrier(self)}
