"""Serving the app over a real socket: in this thread until told to stop, or in one of its own."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Event, Thread, current_thread, main_thread
from types import FrameType

from mock_upstream.listener import ServerStartError, listen, url_of
from mock_upstream.serving.site import App, Patience, Site

__all__ = ["MockServer", "ServerStartError", "UpstreamServer"]


class UpstreamServer:
    """Serves an app in this thread until it is asked to stop.

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
        self._app = app
        self._grace = grace
        self._on_ready = on_ready
        self._patience = patience
        self._loop: asyncio.AbstractEventLoop | None = None
        self._site: Site | None = None
        self._stop = asyncio.Event()
        self._stopping = False

    def run(self, sockets: Sequence[socket.socket]) -> None:
        """Serve on listening sockets, each closed in the end."""
        loop = new_event_loop()
        with contextlib.closing(loop), self._signals():
            loop.run_until_complete(self._serve(sockets))

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return 0 if self._site is None else len(self._site.connections)

    def request_stop(self) -> None:
        """Ask the server to stop; may be called from any thread and from a signal handler.

        A second time cuts the replies that are still running.
        """
        action = self._cut if self._stopping else self._stop.set
        self._stopping = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: there is nothing to stop
                self._loop.call_soon_threadsafe(action)

    async def _serve(self, sockets: Sequence[socket.socket]) -> None:
        self._loop = asyncio.get_running_loop()
        site = self._site = Site(self._app, self._patience)
        for listener in sockets:
            await site.open(listener)
        self._on_ready()
        if not self._stopping:
            await self._stop.wait()
        await site.close(self._grace)

    def _cut(self) -> None:
        if self._site is not None:
            self._site.cut()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Stop cleanly on SIGTERM and SIGINT, and put the former handlers back afterwards."""
        if current_thread() is not main_thread():
            yield
            return
        former = {s: signal.signal(s, self._on_signal) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.request_stop()


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make an event loop: uvloop's where it is installed, which is a third faster."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


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
