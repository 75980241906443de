"""Reading what comes back, whole or streamed, from either API."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import httpx

from claude_code_proxy.chat_reply import reply_from_chat
from claude_code_proxy.errors import upstream_errors
from claude_code_proxy.reasoning_items import seal_of
from claude_code_proxy.responses_reply import reply_from_responses
from claude_code_proxy.sending import aclose, asend, close, raw_response, send
from claude_code_proxy.stream_reading import StreamReading, json_body
from claude_code_proxy.upstream_error import reply_errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from litellm.types.utils import ModelResponse, ModelResponseStream

    from claude_code_proxy.outbound import OutboundRequest

_PATIENCE: Final = 1.0
"""Seconds that a finished stream is given to end by itself, so that its connection can serve again.

An upstream may keep it open after its last word; nobody is to wait for that.
"""


def send_and_read_reply(request: OutboundRequest) -> ModelResponse:
    """Send ``request``; return the whole reply in the form that LiteLLM wants from a handler."""
    with upstream_errors(request):
        upstream = send(request)
        raw = raw_response(request, upstream)
        if raw is None:
            return _reply(request, upstream)
        try:
            return _reply(request, json_body(raw, raw.read()))
        finally:
            close(upstream)


async def asend_and_read_reply(request: OutboundRequest) -> ModelResponse:
    """Send ``request`` and return the whole reply, without blocking."""
    with upstream_errors(request):
        upstream = await asend(request)
        raw = raw_response(request, upstream)
        if raw is None:
            return _reply(request, upstream)
        try:
            return _reply(request, json_body(raw, await raw.aread()))
        finally:
            await aclose(upstream)


class ReplyStream:
    """The chunks of an ``upstream``'s stream; closing it closes that, begun or not."""

    def __init__(self, request: OutboundRequest, upstream: Any) -> None:
        self._upstream = upstream
        self._chunks = _read_stream(request, upstream)

    def __iter__(self) -> ReplyStream:
        return self

    def __next__(self) -> ModelResponseStream:
        return next(self._chunks)

    def close(self) -> None:
        """Let go of the upstream."""
        self._chunks.close()
        close(self._upstream)


def _read_stream(
    request: OutboundRequest, upstream: Any
) -> Generator[ModelResponseStream, None, None]:
    reading = StreamReading(request, raw_response(request, upstream))
    raw = reading.response
    pieces: Iterator[Any] = iter(upstream) if raw is None else raw.iter_bytes()
    try:
        with upstream_errors(request):
            try:
                for piece in pieces:
                    yield from reading.take(piece)
                    if reading.done:
                        break
            except httpx.TransportError:
                if not reading.finished:
                    yield from reading.flush()
                    raise
            yield from reading.end()
    finally:
        close(upstream)


async def send_and_read_stream(request: OutboundRequest) -> AsyncIterator[ModelResponseStream]:
    """Send ``request``, yield the chunks of its stream, and close it however this ends."""
    upstream = None
    try:
        with upstream_errors(request):
            upstream = await asend(request)
            reading = StreamReading(request, raw_response(request, upstream))
            raw = reading.response
            pieces: AsyncIterator[Any] = aiter(upstream) if raw is None else raw.aiter_bytes()
            try:
                async for piece in pieces:
                    for chunk in reading.take(piece):
                        yield chunk
                    if reading.done:
                        break
            except httpx.TransportError:
                if not reading.finished:
                    for chunk in reading.flush():
                        yield chunk
                    raise
            for chunk in reading.end():
                yield chunk
            if raw is not None:
                await _drain(pieces)
    finally:
        await aclose(upstream)


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(_PATIENCE):
            async for _ in pieces:
                pass


def _reply(request: OutboundRequest, reply: object) -> ModelResponse:
    with reply_errors():
        if request.api == "responses":
            return reply_from_responses(reply, request.model, seal_of(request.settings))
        return reply_from_chat(reply, request.model)
