"""A reply plan as the Responses API's event stream.

Order and fields of the events follow the `openai` package's event types: the response is created
and in progress, each output item is added, filled and done, the response ends. The events that fill
an item are made from the finished item, so that deltas and result cannot differ.
"""

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Final

import orjson

from mock_upstream.replies.asked import JsonObject
from mock_upstream.replies.output_items import refusal_part, summary_part, text_part
from mock_upstream.replies.rendering import Rendering, in_turns, pieces
from mock_upstream.replies.sse import Event, event_stream

Events = list[tuple[str, JsonObject]]

_CALLS: Final = ("function_call", "custom_tool_call")
_EMPTIED: Final[Mapping[str, Mapping[str, object]]] = {
    "reasoning": {"summary": (), "status": "in_progress"},
    "web_search_call": {"status": "in_progress"},
    "message": {"content": (), "status": "in_progress"},
    "function_call": {"arguments": "", "status": "in_progress"},
    "custom_tool_call": {"input": ""},
}


def responses_stream(
    reply: Rendering, begun: JsonObject, ended: orjson.Fragment, items: list[JsonObject]
) -> bytes:
    """Render the whole stream, `sequence_number` counting from 0.

    `begun` is the response object in progress, `ended` the final one as it is written, `items` its
    output.
    """
    opening: JsonObject = {"response": orjson.Fragment(orjson.dumps(begun))}
    events: Events = [("response.created", opening), ("response.in_progress", opening)]
    events += _item_events(reply, items)
    if not reply.has("no-terminal-event"):
        events.append((_terminal(reply), {"response": ended}))
    numbered: list[Event] = [
        (kind, {"type": kind, "sequence_number": number, **fields})
        for number, (kind, fields) in enumerate(events)
    ]
    return event_stream(numbered, reply.style, done=False)


def _terminal(reply: Rendering) -> str:
    if reply.plan.failure is not None:
        return "response.failed"
    return "response.completed" if reply.plan.incomplete is None else "response.incomplete"


def _item_events(reply: Rendering, items: list[JsonObject]) -> Events:
    """List the events of all items: one after another, or the calls in turns."""
    queues = [_events_of(reply, index, item) for index, item in enumerate(items)]
    if not reply.plan.interleaved:
        return list(chain.from_iterable(queues))
    calls = [queue for queue, item in zip(queues, items, strict=True) if item["type"] in _CALLS]
    return [*chain.from_iterable(queues[: len(queues) - len(calls)]), *in_turns(calls)]


def _events_of(reply: Rendering, index: int, item: JsonObject) -> Events:
    kind = str(item["type"])
    opened = item | {key: value for key, value in _EMPTIED[kind].items() if item.get(key)}
    place = {"item_id": item.get("id") or reply.id("item", index), "output_index": index}
    return [
        ("response.output_item.added", {"output_index": index, "item": opened}),
        *_FILLERS[kind](reply, place, item),
        ("response.output_item.done", {"output_index": index, "item": item}),
    ]


def _reasoning(reply: Rendering, place: JsonObject, _item: JsonObject) -> Events:
    events: Events = []
    for index, text in enumerate(reply.plan.summary):
        where = place | {"summary_index": index}
        stem = "response.reasoning_summary"
        events.append((f"{stem}_part.added", where | {"part": summary_part("")}))
        events += [(f"{stem}_text.delta", where | {"delta": piece}) for piece in pieces(text)]
        events.append((f"{stem}_text.done", where | {"text": text}))
        events.append((f"{stem}_part.done", where | {"part": summary_part(text)}))
    return events


def _search(_reply: Rendering, place: JsonObject, _item: JsonObject) -> Events:
    steps = ("in_progress", "searching", "completed")
    return [(f"response.web_search_call.{step}", place) for step in steps]


def _message(reply: Rendering, place: JsonObject, item: JsonObject) -> Events:
    events: Events = []
    parts: list[JsonObject] = item["content"]  # type: ignore[assignment]  # as output_items made it
    for index, part in enumerate(parts):
        where = place | {"content_index": index}
        spoken = part["type"] == "output_text"
        empty = text_part(reply, "", []) if spoken else refusal_part("")
        events.append(("response.content_part.added", where | {"part": empty}))
        events += _text(reply, where, part) if spoken else _refusal(reply, where)
        events.append(("response.content_part.done", where | {"part": part}))
    return events


def _text(reply: Rendering, where: JsonObject, part: JsonObject) -> Events:
    text, stem = reply.plan.text or "", "response.output_text"
    annotations: list[JsonObject] = part["annotations"]  # type: ignore[assignment]  # see above
    return [
        *((f"{stem}.delta", where | {"delta": p, "logprobs": []}) for p in pieces(text)),
        *(
            (f"{stem}.annotation.added", where | {"annotation_index": index, "annotation": one})
            for index, one in enumerate(annotations)
        ),
        (f"{stem}.done", where | {"text": text, "logprobs": []}),
    ]


def _refusal(reply: Rendering, where: JsonObject) -> Events:
    text = reply.plan.refusal or ""
    deltas = [("response.refusal.delta", where | {"delta": piece}) for piece in pieces(text)]
    return [*deltas, ("response.refusal.done", where | {"refusal": text})]


def _function(_reply: Rendering, place: JsonObject, item: JsonObject) -> Events:
    arguments, stem = item["arguments"], "response.function_call_arguments"
    text = arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()
    deltas = [(f"{stem}.delta", place | {"delta": piece}) for piece in pieces(text)]
    return [*deltas, (f"{stem}.done", place | {"name": item["name"], "arguments": arguments})]


def _custom(_reply: Rendering, place: JsonObject, item: JsonObject) -> Events:
    text, stem = str(item["input"]), "response.custom_tool_call_input"
    deltas = [(f"{stem}.delta", place | {"delta": piece}) for piece in pieces(text)]
    return [*deltas, (f"{stem}.done", place | {"input": text})]


_FILLERS: Final[Mapping[str, Callable[[Rendering, JsonObject, JsonObject], Events]]] = {
    "reasoning": _reasoning,
    "web_search_call": _search,
    "message": _message,
    "function_call": _function,
    "custom_tool_call": _custom,
}
