"""One streamed reply being read: bytes in, chunks out, whatever the body turns out to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claude_code_proxy.chat_stream import ChatStream
from claude_code_proxy.reasoning_items import seal_of
from claude_code_proxy.responses_stream import ResponsesStream
from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError, reply_errors
from claude_code_proxy.upstream_events import UpstreamEvents, parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import httpx
    from litellm.types.utils import ModelResponseStream

    from claude_code_proxy.outbound import OutboundRequest

    Chunks = Iterator[ModelResponseStream]


class StreamReading:
    """Reads the pieces of one stream; `end` must be called after the last of them.

    ``response`` is the HTTP response under LiteLLM's stream; the pieces are then its bytes, else
    whatever LiteLLM makes of an upstream that speaks another language. Every failure is raised
    after what had come until then: nothing that arrived is kept back.
    """

    def __init__(self, request: OutboundRequest, response: httpx.Response | None) -> None:
        self.response = response
        self._responses = request.api == "responses"
        self._events = UpstreamEvents()
        self._reader = (
            ResponsesStream(seal_of(request.settings)) if self._responses else ChatStream()
        )

    @property
    def finished(self) -> bool:
        """Whether the reply is whole, so that nothing is lost if the connection is."""
        return self._reader.finished

    @property
    def done(self) -> bool:
        """Whether nothing more is to be read."""
        return self._events.done or (self._responses and self._reader.finished)

    def take(self, piece: Any) -> Chunks:
        """Yield the chunks that ``piece`` gives rise to."""
        yield from self._read(self._events.feed(piece) if isinstance(piece, bytes) else (piece,))

    def flush(self) -> Chunks:
        """Yield what still waits, where the stream broke off."""
        yield from self._reader.flush()

    def end(self) -> Chunks:
        """Yield the rest; raise `UpstreamError` if the reply is not whole."""
        yield from self._read(self._events.end())
        if self._events.body is not None:
            yield from self._read((self._whole_reply(self._events.body),))
        if self._events.broken:
            yield from self._reader.flush()
            raise UpstreamError(
                BAD_GATEWAY,
                f"{self._events.broken} of the stream's events could not be read as JSON, so that "
                "a part of the reply is missing",
            )
        try:
            with reply_errors():
                chunks = self._reader.end()
            yield from chunks
        except UpstreamError:
            yield from self._reader.flush()
            raise

    def _read(self, events: Iterable[Any]) -> Chunks:
        try:
            for event in events:
                with reply_errors():
                    chunks = self._reader.chunks(event)
                yield from chunks
        except UpstreamError:
            yield from self._reader.flush()
            raise

    def _whole_reply(self, body: bytes) -> dict[str, Any]:
        """Return the event that says all that a whole reply does, where we asked for a stream."""
        reply = json_body(self.response, body)
        if self._responses and reply.get("error") is None:
            if not isinstance(reply.get("output"), list):
                raise UpstreamError(BAD_GATEWAY, "the upstream's reply has no list of output items")
            return {"type": "response.completed", "response": reply}
        return {**reply, "type": ""} if self._responses else reply


def json_body(response: httpx.Response | None, body: bytes) -> dict[str, Any]:
    """Return the JSON object of a ``body``; raise `UpstreamError` for anything else."""
    try:
        value = parsed(body)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    kind = response.headers.get("content-type") if response is not None else None
    raise UpstreamError(
        BAD_GATEWAY,
        f"the upstream answered with {len(body)} bytes of {kind or 'no content type'}; expected a "
        "JSON object: check that api_base is the address of an OpenAI-compatible API",
    )
