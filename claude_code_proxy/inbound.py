"""Reading what comes back, whole or streamed, from either API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claude_code_proxy.chat_stream import ChatStream
from claude_code_proxy.errors import upstream_errors
from claude_code_proxy.responses_reply import reply_from_responses
from claude_code_proxy.responses_stream import ResponsesStream
from claude_code_proxy.sending import aclose, asend, close

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from litellm.types.utils import ModelResponse, ModelResponseStream

    from claude_code_proxy.outbound import OutboundRequest


def read_reply(request: OutboundRequest, reply: Any) -> ModelResponse:
    """Return the upstream's whole ``reply`` in the form that LiteLLM wants from a handler."""
    if request.api == "responses":
        return reply_from_responses(reply, request.model)
    answer: ModelResponse = reply
    return answer


def read_stream(request: OutboundRequest, upstream: Any) -> Iterator[ModelResponseStream]:
    """Yield the chunks of the ``upstream`` stream, and close it however this ends."""
    reader = _reader(request)
    try:
        with upstream_errors(request):
            for event in upstream:
                yield from reader.chunks(event)
            yield from reader.end(upstream)
    finally:
        close(upstream)


async def send_and_read_stream(request: OutboundRequest) -> AsyncIterator[ModelResponseStream]:
    """Send ``request``, yield the chunks of its stream, and close it however this ends."""
    reader = _reader(request)
    upstream = None
    try:
        with upstream_errors(request):
            upstream = await asend(request)
            async for event in upstream:
                for chunk in reader.chunks(event):
                    yield chunk
            for chunk in reader.end(upstream):
                yield chunk
    finally:
        await aclose(upstream)


def _reader(request: OutboundRequest) -> ChatStream | ResponsesStream:
    return ResponsesStream() if request.api == "responses" else ChatStream()
