"""A streamed Responses reply, event by event, as Chat Completions chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from claude_code_proxy.finish_reasons import responses_finish
from claude_code_proxy.reasoning_items import ReasoningItem
from claude_code_proxy.reply_chunks import ReplyChunks
from claude_code_proxy.responses_reply import call_of, message_text, reasoning_text
from claude_code_proxy.token_usage import usage_from_responses
from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError
from claude_code_proxy.upstream_object import arguments_text, read, rows, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from litellm.types.utils import ModelResponseStream

    from claude_code_proxy.reasoning_items import ReasoningSeal


class ResponsesStream:
    """Reads the events of one stream; `end` must be called after the last of them.

    ``finished`` tells that the terminal event has come. Events may lack what they declare, even
    their ``output_index``: then the item's id is its place.
    """

    def __init__(self, seal: ReasoningSeal | None = None) -> None:
        self.finished = False
        self._response: object = None
        self._seal = seal
        self._chunks = ReplyChunks(seal)
        self._places: dict[object, object] = {}
        self._seen: set[object] = set()
        self._call_ids: set[object] = set()

    def chunks(self, event: object) -> list[ModelResponseStream]:
        """Return the chunks that ``event`` gives rise to; raise `UpstreamError` for a failure.

        What comes after the terminal event is no part of the reply.
        """
        take = None if self.finished else _TAKERS.get(_kind(event))
        if take is not None:
            take(self, event)
        return self._chunks.take()

    def flush(self) -> list[ModelResponseStream]:
        """Return what still waits, where the stream broke off."""
        self._chunks.flush()
        return self._chunks.take()

    def end(self) -> list[ModelResponseStream]:
        """Return the usage and the finish reason.

        Raises `UpstreamError` if the stream broke off before its end, or ended with a failure.
        """
        if not self.finished:
            raise UpstreamError(BAD_GATEWAY, "the stream ended without its terminal event")
        reason = responses_finish(self._response, called=self._chunks.calls > 0)
        usage = read(self._response, "usage")  # without any, LiteLLM makes an estimate
        self._chunks.finish(reason, None if usage is None else usage_from_responses(usage))
        return self._chunks.take()

    def _place(self, event: object) -> object:
        """Return what tells the event's item from others."""
        place = read(event, "output_index")
        item_id = read(event, "item_id") or read(read(event, "item"), "id")
        if place is None:
            return self._places.get(item_id, item_id)
        if item_id is not None:
            self._places[item_id] = place
        return place

    def _reasoning(self, event: object) -> None:
        """Take a delta of a reasoning item, its parts set apart by a blank line."""
        place = self._place(event)
        kind = "summary_index" if read(event, "summary_index") is not None else "content_index"
        part = (place, kind, read(event, kind, 0))
        if part not in self._seen:
            self._seen |= {part, place}
            self._chunks.paragraph()
        self._chunks.reasoning(text(read(event, "delta")))

    def _text(self, event: object) -> None:
        self._said(event, text(read(event, "delta")))

    def _whole_text(self, event: object) -> None:
        """Take what a done event says, if no delta said it."""
        if self._part(event) not in self._seen:
            self._said(event, text(read(event, "text")) or text(read(event, "refusal")))

    def _said(self, event: object, said: str) -> None:
        self._seen |= {self._place(event), self._part(event)}
        self._chunks.text(said)

    def _arguments(self, event: object) -> None:
        """Take a delta, which may come before its call is announced."""
        self._chunks.call(self._place(event), "", "")
        self._chunks.arguments(self._place(event), arguments_text(read(event, "delta")))

    def _whole_arguments(self, event: object) -> None:
        if self._chunks.knows(self._place(event)):
            self._chunks.call_done(self._place(event), arguments_text(read(event, "arguments")))

    def _part(self, event: object) -> object:
        return self._place(event), "text", read(event, "content_index", 0)

    def _begin(self, event: object) -> None:
        item = read(event, "item")
        if read(item, "type") == "function_call":
            call_id, name = call_of(item)
            self._call_ids.add(call_id)
            self._chunks.call(self._place(event), call_id, name)

    def _end(self, event: object) -> None:
        """Close an item, and make up for what the upstream announced only in its done event."""
        item, place = read(event, "item"), self._place(event)
        match read(item, "type"):
            case "function_call":
                self._begin(event)
                self._chunks.call_done(place, arguments_text(read(item, "arguments")))
            case "message" if place not in self._seen:
                self._seen.add(place)
                self._chunks.text(message_text([item]))
            case "reasoning":
                self._end_reasoning(item, place)

    def _end_reasoning(self, item: object, place: object) -> None:
        if place not in self._seen:
            self._seen.add(place)
            self._chunks.paragraph()
            self._chunks.reasoning(reasoning_text([item]))
        if self._seal is not None and ("sealed", place) not in self._seen:
            self._seen.add(("sealed", place))
            kept = ReasoningItem.from_output(
                item, calls=self._chunks.calls, text=self._chunks.has_text
            )
            if kept is not None:
                self._chunks.reasoning_item(kept)

    def _fail(self, event: object) -> None:
        """Raise what an event says in ``error``, at its top or in its response."""
        error = read(event, "error") or read(read(event, "response"), "error")
        raise UpstreamError.from_reply(error or event)

    def _finish(self, event: object) -> None:
        """End the reply, with what an upstream said in its terminal event alone."""
        response = read(event, "response")
        self.finished = True
        said_something = bool(self._seen) or self._chunks.calls > 0
        for place, item in enumerate(rows(read(response, "output"))):
            new_call = read(item, "type") == "function_call" and self._is_new(item)
            if new_call or not said_something:
                self._end({"output_index": ("last", place), "item": item})
        self._response = response

    def _is_new(self, item: object) -> bool:
        call_id = read(item, "call_id")
        return call_id not in self._call_ids if call_id else not self._chunks.calls


def _kind(event: object) -> str:
    kind = read(event, "type", "")
    if not kind and read(event, "error") is not None:
        return "error"
    return kind if type(kind) is str else str(getattr(kind, "value", kind))


_TAKERS: Final[Mapping[str, Callable[[ResponsesStream, object], None]]] = {
    "response.output_text.delta": ResponsesStream._text,
    "response.refusal.delta": ResponsesStream._text,
    "response.output_text.done": ResponsesStream._whole_text,
    "response.refusal.done": ResponsesStream._whole_text,
    "response.reasoning_summary_text.delta": ResponsesStream._reasoning,
    "response.reasoning_text.delta": ResponsesStream._reasoning,
    "response.function_call_arguments.delta": ResponsesStream._arguments,
    "response.function_call_arguments.done": ResponsesStream._whole_arguments,
    "response.output_item.added": ResponsesStream._begin,
    "response.output_item.done": ResponsesStream._end,
    "response.completed": ResponsesStream._finish,
    "response.incomplete": ResponsesStream._finish,
    "response.done": ResponsesStream._finish,
    "response.failed": ResponsesStream._fail,
    "response.cancelled": ResponsesStream._fail,
    "error": ResponsesStream._fail,
}
"""What an event says, by its type; the other types say nothing that is not said again."""
