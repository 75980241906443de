"""Streams written by hand, for what a reply plan of the mock does not say."""

from collections.abc import Iterable
from typing import Any, Final

import orjson

from mock_upstream import RawReply

EVENT_STREAM: Final = {"content-type": "text/event-stream"}
RESPONSE: Final[dict[str, Any]] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "status": "completed",
    "model": "m",
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "output": [],
    "usage": None,
}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """Return an event of the Responses API."""
    return {"type": kind, "sequence_number": 0, **fields}


def function_call(place: int, *, arguments: str = "", **fields: Any) -> dict[str, Any]:
    """Return the function call item at one place of the output."""
    item = {"type": "function_call", "id": f"fc_{place}", "call_id": f"call_{place}"}
    return {**item, "name": f"tool_{place}", "arguments": arguments, **fields}


def responses_stream(*events: dict[str, Any]) -> RawReply:
    """Return a Responses stream of these events, begun as every one is."""
    created = event("response.created", response={**RESPONSE, "status": "in_progress"})
    return _stream(
        f"event: {e['type']}\ndata: {orjson.dumps(e).decode()}\n\n" for e in (created, *events)
    )


def chat_stream(*deltas: dict[str, Any], finish: str | None = "tool_calls") -> RawReply:
    """Return a Chat Completions stream of these deltas, ended properly where there is a finish."""
    frame = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    chunks = [
        {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    if finish:
        chunks += [{**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}]
    lines = [f"data: {orjson.dumps(chunk).decode()}\n\n" for chunk in chunks]
    return _stream([*lines, "data: [DONE]\n\n"] if finish else lines)


def _stream(frames: Iterable[str]) -> RawReply:
    return RawReply(headers=EVENT_STREAM, chunks=tuple(frame.encode() for frame in frames))
