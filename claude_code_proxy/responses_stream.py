"""A streamed Responses reply, event by event, as Chat Completions chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claude_code_proxy.reply_chunks import ReplyChunks
from claude_code_proxy.responses_reply import finish_reason, message_text
from claude_code_proxy.token_usage import usage_from_responses
from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError
from claude_code_proxy.upstream_object import read

if TYPE_CHECKING:
    from claude_code_proxy.reply_chunks import Chunks


class ResponsesStream:
    """Reads the events of one stream; `end` must be called after the last of them."""

    def __init__(self) -> None:
        self._finished = False
        self._chunks = ReplyChunks()
        self._items_with_text: set[int] = set()

    def chunks(self, event: object) -> Chunks:
        """Yield the chunks that ``event`` gives rise to; raise `UpstreamError` for a failure.

        What comes after the terminal event is no part of the reply.
        """
        match None if self._finished else _kind(event):
            case "response.output_text.delta" | "response.refusal.delta":
                self._items_with_text.add(_place(event))
                yield from self._chunks.text(read(event, "delta", ""))
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                yield from self._chunks.reasoning(read(event, "delta", ""))
            case "response.reasoning_summary_part.added" if read(event, "summary_index", 0):
                yield from self._chunks.reasoning("\n\n")
            case "response.output_item.added":
                yield from self._begin(event)
            case "response.function_call_arguments.delta" if self._chunks.knows(_place(event)):
                yield from self._chunks.arguments(_place(event), read(event, "delta", ""))
            case "response.output_item.done":
                yield from self._end(event)
            case "response.completed" | "response.incomplete":
                yield from self._finish(read(event, "response"))
            case "response.failed":
                raise UpstreamError.from_reply(read(read(event, "response"), "error"))
            case "error":
                raise UpstreamError.from_reply(read(event, "error", event))

    def end(self, _upstream: object) -> Chunks:
        """Yield nothing more; raise `UpstreamError` if the stream broke off before its end."""
        if not self._finished:
            raise UpstreamError(BAD_GATEWAY, "the stream ended without its terminal event")
        yield from ()

    def _begin(self, event: object) -> Chunks:
        item = read(event, "item")
        if read(item, "type") == "function_call":
            yield from self._chunks.call(_place(event), read(item, "call_id"), read(item, "name"))

    def _end(self, event: object) -> Chunks:
        """Close an item, and make up for what the upstream announced only in its done event."""
        item, place = read(event, "item"), _place(event)
        if read(item, "type") == "function_call":
            if not self._chunks.knows(place):
                yield from self._begin(event)
            yield from self._chunks.call_done(place, read(item, "arguments", ""))
        elif read(item, "type") == "message" and place not in self._items_with_text:
            yield from self._chunks.text(message_text([item]))

    def _finish(self, response: object) -> Chunks:
        self._finished = True
        reason = finish_reason(response, called=self._chunks.called)
        yield from self._chunks.finish(reason, usage_from_responses(read(response, "usage")))


def _kind(event: object) -> str:
    kind = read(event, "type", "")
    return str(getattr(kind, "value", kind))


def _place(event: object) -> int:
    return int(read(event, "output_index", 0))
