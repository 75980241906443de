"""What an upstream answers in a variant, made into the mock's script.

A stream's events are written short: ``{delta: …, finish: …}`` is a chunk of Chat Completions, any
other mapping is an event as it stands, a text is sent to the letter.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mock_upstream.scripts import script_from

if TYPE_CHECKING:
    from mock_upstream import Script

_EVENT_STREAM: Final = {"content-type": "text/event-stream"}
_JSON: Final = {"content-type": "application/json"}
_CHUNK: Final = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def script_of(kind: str, answer: Any) -> Script:
    """Return a script that gives ``answer`` to every request; ``kind`` is a variant's."""
    match kind:
        case "whole":
            entry: dict[str, Any] = {"raw": _whole(answer)}
        case "stream":
            chunks = [_event(one) for one in answer]
            entry = {"raw": {"status": 200, "headers": _EVENT_STREAM, "chunks": chunks}}
        case "instead":
            return script_from({"entries": [], "faults": [_instead(answer)]})
        case "script":
            entry = answer
        case _:
            entry = {kind: answer}
    return script_from({"entries": [{"match": {"endpoint": "any"}, **entry}]})


def _whole(answer: Any) -> dict[str, Any]:
    body = answer if isinstance(answer, str) else json.dumps(answer)
    return {"status": 200, "headers": _JSON, "body": body}


def _instead(answer: Any) -> dict[str, Any]:
    """Return a fault that answers in the upstream's place, at any path: a body or a stream."""
    if isinstance(answer, list):
        body = "".join(map(_event, answer))
        answer = {"status": 200, "headers": _EVENT_STREAM, "body": body}
    elif "status" not in answer:
        answer = {"status": 200, "body": answer}
    return {"match": {"endpoint": "any"}, "fault": answer}


def _event(event: Any) -> str:
    if isinstance(event, str):
        return event
    if ("delta" in event and "type" not in event) or "finish" in event:
        choice = {"index": 0, "delta": event.get("delta", {}), "finish_reason": event.get("finish")}
        more = {key: event[key] for key in event if key not in ("delta", "finish")}
        event = {**_CHUNK, "choices": [choice], **more}
    return f"data: {json.dumps(event)}\n\n"
