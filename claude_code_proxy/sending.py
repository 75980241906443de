"""Sending an outbound request through LiteLLM, and letting go of its stream."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

import httpx
import litellm
from openai import Omit

from claude_code_proxy.upstream_error import causes
from claude_code_proxy.upstream_events import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_code_proxy.outbound import OutboundRequest

_OK: Final = 200


def send(request: OutboundRequest) -> Any:
    """Send ``request``; return LiteLLM's stream of what is answered, or its reply, or the JSON.

    A stream is read by its bytes (`raw_response`), be the answer streamed or whole.
    """
    call = litellm.responses if request.api == "responses" else litellm.completion
    try:
        return call(**_arguments(request))
    except Exception as error:
        reply = _refused_by_litellm(error)
        if reply is None:
            raise
        return reply


async def asend(request: OutboundRequest) -> Any:
    """Send ``request`` as `send` does, without blocking."""
    call = litellm.aresponses if request.api == "responses" else litellm.acompletion
    try:
        return await call(**_arguments(request))
    except Exception as error:
        reply = _refused_by_litellm(error)
        if reply is None:
            raise
        return reply


def _arguments(request: OutboundRequest) -> dict[str, Any]:
    """Return the arguments for LiteLLM, which is told to stream every Chat Completions reply.

    Its own reading of a whole one fails on content in parts and loses an error's text. Of the body
    the OpenAI client takes the two keys out again, so that the upstream is asked for the whole.
    """
    arguments = request.arguments()
    if request.api == "chat" and "stream" not in request.payload:
        arguments["stream"] = True
        arguments["extra_body"] = {**request.payload, "stream": Omit(), "stream_options": Omit()}
    return arguments


def _refused_by_litellm(error: Exception) -> dict[str, Any] | None:
    """Return the JSON of an answer that LiteLLM could not read, though the upstream said 200.

    It wants ``created_at`` of a Responses reply, and leaves the body's text on its exception.
    """
    for link in causes(error):
        text = getattr(link, "message", None)
        if getattr(link, "status_code", None) == _OK and isinstance(text, str):
            try:
                reply = parsed(text.encode("utf-8", "replace"))
            except ValueError:
                continue
            return reply if isinstance(reply, dict) else None
    return None


def raw_response(request: OutboundRequest, upstream: object) -> httpx.Response | None:
    """Return the HTTP response under LiteLLM's ``upstream`` stream, not yet read; None for others.

    An upstream that speaks another language than the two APIs is understood by LiteLLM alone.
    """
    if request.api == "anthropic":
        return None
    holder = getattr(upstream, "completion_stream", None) or upstream
    response = getattr(holder, "response", None)
    return response if isinstance(response, httpx.Response) else None


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
