"""One event loop in a thread, and the mocks that are served in it, each on a port of its own."""

import asyncio
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from mock_upstream.app import create_app
from mock_upstream.listener import listen, url_of
from mock_upstream.server import UpstreamServer, new_event_loop
from mock_upstream.session import Session

T = TypeVar("T")


class LoopThread:
    """The thread: `with LoopThread() as thread, thread.served(session) as url: …`."""

    def __enter__(self) -> Self:
        self._loop = new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="mock-upstream", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextmanager
    def served(self, session: Session) -> Iterator[str]:
        """Serve a session on a free port, and give its URL; what is under way in the end is cut."""
        listener = listen("127.0.0.1", 0)
        url = url_of(listener)
        server = self._run(_opened(session, listener))
        try:
            yield url
        finally:
            self._run(server.shutdown())

    def _run(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()


async def _opened(session: Session, listener: socket.socket) -> UpstreamServer:
    server = UpstreamServer(create_app(session), grace=0)
    await server.open(listener)
    return server
