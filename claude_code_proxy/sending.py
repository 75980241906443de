"""Sending an outbound request through LiteLLM, and letting go of its stream."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import litellm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_code_proxy.outbound import OutboundRequest


def send(request: OutboundRequest) -> Any:
    """Send ``request``; return LiteLLM's reply, or its iterator if the request asks to stream."""
    call = litellm.responses if request.api == "responses" else litellm.completion
    return call(**request.arguments())


async def asend(request: OutboundRequest) -> Any:
    """Send ``request`` as `send` does, without blocking."""
    call = litellm.aresponses if request.api == "responses" else litellm.acompletion
    return await call(**request.arguments())


def close(stream: object) -> None:
    """Close the upstream connection under a synchronous ``stream`` of LiteLLM's."""
    for part in _closable(stream):
        part.close()


async def aclose(stream: object) -> None:
    """Close the upstream connection under an asynchronous ``stream`` of LiteLLM's."""
    for part in _closable(stream):
        closing = (getattr(part, "aclose", None) or part.close)()
        if inspect.isawaitable(closing):
            await closing


def _closable(stream: object) -> Iterator[Any]:
    """Yield what holds the connection: LiteLLM's iterators have no ``close`` that reaches it.

    ``response`` is the HTTP response of a Responses stream; ``completion_stream`` the OpenAI
    client's stream of a Chat Completions one.
    """
    for name in ("response", "completion_stream"):
        part = getattr(stream, name, None)
        if hasattr(part, "close") or hasattr(part, "aclose"):
            yield part
