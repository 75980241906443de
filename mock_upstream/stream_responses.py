"""A reply plan as the Responses API's event stream.

Order and fields of the events follow the `openai` package's event types: the response is created
and in progress, each output item is added, filled and done, the response is completed.
"""

from mock_upstream.render_responses import (
    JsonObject,
    call_item,
    message_item,
    output_items,
    reasoning_item,
    response_object,
    summary_part,
    text_part,
)
from mock_upstream.rendering import Rendering, pieces
from mock_upstream.reply_plan import ToolCall
from mock_upstream.sse import named_event


def responses_stream(reply: Rendering) -> bytes:
    """Render the whole stream, `sequence_number` counting from 0."""
    return _Stream(reply).render()


class _Stream:
    """One stream being written: the events so far and the output items opened so far."""

    def __init__(self, reply: Rendering) -> None:
        self._reply = reply
        self._events: list[bytes] = []
        self._opened = 0

    def render(self) -> bytes:
        reply, items = self._reply, output_items(self._reply)
        self._emit("response.created", response=response_object(reply, None))
        self._emit("response.in_progress", response=response_object(reply, None))
        done = iter(items)
        if reply.plan.reasoning is not None:
            self._reasoning(reply.plan.reasoning, next(done))
        if reply.plan.text is not None:
            self._message(reply.plan.text, next(done))
        for index, call_id, call in reply.calls():
            self._call(reply.id("fc", index), call_id, call, next(done))
        self._emit("response.completed", response=response_object(reply, items))
        return b"".join(self._events)

    def _emit(self, kind: str, **fields: object) -> None:
        event = {"type": kind, "sequence_number": len(self._events), **fields}
        self._events.append(named_event(kind, event))

    def _added(self, item: JsonObject) -> JsonObject:
        """Open an output item, and return the fields that name it in the events that fill it."""
        index = self._opened
        self._opened += 1
        self._emit("response.output_item.added", output_index=index, item=item)
        return {"item_id": item["id"], "output_index": index}

    def _done(self, place: JsonObject, item: JsonObject) -> None:
        self._emit("response.output_item.done", output_index=place["output_index"], item=item)

    def _reasoning(self, text: str, item: JsonObject) -> None:
        place = self._added(reasoning_item(self._reply, []))
        where = place | {"summary_index": 0}
        self._emit("response.reasoning_summary_part.added", **where, part=summary_part(""))
        for piece in pieces(text):
            self._emit("response.reasoning_summary_text.delta", **where, delta=piece)
        self._emit("response.reasoning_summary_text.done", **where, text=text)
        self._emit("response.reasoning_summary_part.done", **where, part=summary_part(text))
        self._done(place, item)

    def _message(self, text: str, item: JsonObject) -> None:
        place = self._added(message_item(self._reply, [], "in_progress"))
        where = place | {"content_index": 0}
        self._emit("response.content_part.added", **where, part=text_part(""))
        for piece in pieces(text):
            self._emit("response.output_text.delta", **where, delta=piece, logprobs=[])
        self._emit("response.output_text.done", **where, text=text, logprobs=[])
        self._emit("response.content_part.done", **where, part=text_part(text))
        self._done(place, item)

    def _call(self, item_id: str, call_id: str, call: ToolCall, item: JsonObject) -> None:
        opening = call_item(item_id, call_id, ToolCall(call.name, ""), "in_progress")
        where = self._added(opening)
        for piece in pieces(call.arguments):
            self._emit("response.function_call_arguments.delta", **where, delta=piece)
        finished = {"name": call.name, "arguments": call.arguments}
        self._emit("response.function_call_arguments.done", **where, **finished)
        self._done(where, item)
