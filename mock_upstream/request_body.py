"""Reading a request's body: whole, or not beyond the limit, and never for ever."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from starlette.types import Receive

BODY_LIMIT: Final = 32 * 2**20
"""The default limit of a request body, in bytes."""

BODY_PATIENCE: Final = 30.0
"""How many seconds a body may take to arrive, by default."""

_LONGEST_LENGTH = 18
"""Digits of a Content-Length that is read as a number; a longer one is over any limit."""


class BodyState(Enum):
    """How reading a body ended."""

    WHOLE = "whole"
    TOO_LARGE = "too large"
    CUT_OFF = "cut off"
    TIMED_OUT = "timed out"


class RequestBody(NamedTuple):
    """A body as bytes: all of it if `state` is WHOLE, empty if it was too large."""

    data: bytes
    state: BodyState

    @property
    def whole(self) -> bool:
        """Whether `data` is all that the client meant to send."""
        return self.state is BodyState.WHOLE


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much of a body is read, in bytes, and how long a stalled sender is waited for."""

    size: int
    patience: float

    async def read(self, headers: Iterable[tuple[bytes, bytes]], receive: Receive) -> RequestBody:
        """Read a body; a Content-Length over the limit is refused before the first byte is read."""
        if _announced(headers) > self.size:
            return RequestBody(b"", BodyState.TOO_LARGE)
        chunks: list[bytes] = []
        try:
            async with asyncio.timeout(self.patience):
                state = await self._collect(chunks, receive)
        except TimeoutError:
            state = BodyState.TIMED_OUT
        return RequestBody(b"".join(chunks), state)

    def of(self, data: bytes) -> RequestBody:
        """Take a body that has arrived whole."""
        if len(data) > self.size:
            return RequestBody(b"", BodyState.TOO_LARGE)
        return RequestBody(data, BodyState.WHOLE)

    async def _collect(self, chunks: list[bytes], receive: Receive) -> BodyState:
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return BodyState.CUT_OFF
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > self.size:
                chunks.clear()
                return BodyState.TOO_LARGE
            chunks.append(chunk)
            if not message.get("more_body", False):
                return BodyState.WHOLE


def _announced(headers: Iterable[tuple[bytes, bytes]]) -> float:
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            return int(value) if len(value) <= _LONGEST_LENGTH else float("inf")
    return 0
