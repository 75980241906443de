"""Calling what may never return: each call gets a thread's patience, and no more.

A handler that sleeps in its event loop cannot be cancelled from within, so the loop lives in a
thread that is left behind when the time is over.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class NoAnswerError(Exception):
    """A call that did not come back in time."""


class Caller:
    """Makes calls in a thread with an event loop of its own; ``limit`` is in seconds a call."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._thread = _LoopThread()

    def call(self, function: Callable[[asyncio.Runner], Any], *, limited: bool = True) -> Any:
        """Return what ``function`` returns, or raise what it raises; it gets the thread's runner.

        Raises `NoAnswerError` when the time is over. The next call then has another thread. What is
        our own work and not the handler's is not ``limited``.
        """
        try:
            return self._thread.call(function, self._limit if limited else None)
        except queue.Empty:
            self._thread = _LoopThread()
            raise NoAnswerError(f"no answer within {self._limit:g} s") from None

    def close(self) -> None:
        """End the thread."""
        self._thread.close()


class _LoopThread:
    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[Callable[[asyncio.Runner], Any] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def call(self, function: Callable[[asyncio.Runner], Any], limit: float | None) -> Any:
        self._asked.put(function)
        answer, error = self._answers.get(timeout=limit)
        if error is not None:
            raise error
        return answer

    def close(self) -> None:
        self._asked.put(None)
        self._thread.join(1)

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            while function := self._asked.get():
                try:
                    self._answers.put((function(runner), None))
                except BaseException as error:  # noqa: BLE001 -- handed to the thread that asked
                    self._answers.put((None, error))
