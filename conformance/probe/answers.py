"""How an upstream answers: its objects and events held against the official package's models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.events import Event, events_of, stream_faults
from conformance.probe.official import object_faults

if TYPE_CHECKING:
    from conformance.matrix import Api
    from conformance.probe.investigation import Findings, Investigation
    from conformance.probe.trial import Trial

_BOTH: Final = "Call Clock twice at once: for the zone UTC and for the zone CET."


@dataclass(slots=True)
class Answering:
    """What was seen of an API's answers: ``faults`` depart from the official models or order."""

    api: Api
    seen: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    quirks: list[str] = field(default_factory=list)


def answering(investigation: Investigation) -> Answering:
    """Look at answers that came already, and ask for what is missing: calls in a stream, two."""
    found = investigation.found
    result = Answering(found.api)
    _look_at_object(result, found)
    stream = _trial(found, "stream_options") or _trial(found, "stream")
    if stream is not None:
        _look_at_stream(result, "a streamed text", stream)
    forced = _trial(found, "tool_choice=required")
    if forced is not None and investigation.has("tools"):
        _look_at_calls(result, forced)
        streamed = investigation.ask_over(
            "tools", "calls in a stream", ((("tool_choice",), "required"), (("stream",), True))
        )
        if streamed.outcome == "accepted":
            _look_at_stream(result, "a streamed call", streamed)
        _look_at_parallel(result, investigation)
    _look_at_errors(result, found)
    return result


def _trial(found: Findings, name: str) -> Trial | None:
    wanted = f"{found.api}-{name}"
    return next((t for t in found.trials if t.id == wanted and t.outcome == "accepted"), None)


def _look_at_object(result: Answering, found: Findings) -> None:
    answer = found.first.answer
    if answer.kind == "text/event-stream":
        result.seen["object"] = "it streams, asked or not"
        return
    body = answer.json()
    result.faults += [f"the object: {one}" for one in object_faults(found.api, body)]
    usage = body.get("usage") if isinstance(body, dict) else None
    result.seen["object"] = "read by the official models" if not result.faults else "see faults"
    result.seen["usage"] = "told" if usage else "not told"
    text = str(body)
    if "reasoning_content" in text and found.api == "chat":
        result.quirks.append("reasoning-content")


def _look_at_stream(result: Answering, what: str, trial: Trial) -> None:
    if trial.answer.kind != "text/event-stream":
        result.faults.append(f"{what}: asked to stream, it answered {trial.answer.kind}")
        return
    events = events_of(trial.answer.body)
    faults = stream_faults(result.api, events)
    result.faults += [f"{what}: {one}" for one in faults]
    result.seen[what] = f"{len(events)} events, {'in order' if not faults else 'see faults'}"
    asked = result.api == "responses" or "stream_options" in trial.payload
    if asked:
        told = any(_usage(event) for event in events)
        result.seen["usage in a stream"] = "told" if told else "not told"
    if b"\r\n" in trial.answer.body and "crlf" not in result.quirks:
        result.quirks.append("crlf")
    if result.api == "chat" and not any(one.data == "[DONE]" for one in events):
        result.quirks = list(dict.fromkeys([*result.quirks, "no-done"]))


def _usage(event: Event) -> Any:
    body = event.json
    if not isinstance(body, dict):
        return None
    return body.get("usage") or (body.get("response") or {}).get("usage")


def _look_at_calls(result: Answering, trial: Trial) -> None:
    calls = calls_in(result.api, trial.answer.json())
    result.seen["a forced call"] = f"{len(calls)} came"
    if any(not isinstance(one, str) for one in calls):
        result.faults.append("a call's arguments are no string of JSON")
        result.quirks.append("arguments-object")


def _look_at_parallel(result: Answering, investigation: Investigation) -> None:
    api = result.api
    turns = "input" if api == "responses" else "messages"
    trial = investigation.ask_over(
        "tools",
        "two calls at once",
        (((turns, 0, "content"), _BOTH), (("tool_choice",), "required")),
    )
    if trial.outcome != "accepted":
        return
    count = len(calls_in(api, trial.answer.json()))
    result.seen["parallel calls"] = f"{count} came where two were asked for"


def calls_in(api: Api, body: Any) -> list[Any]:
    """Return the arguments of each call in an answer."""
    if not isinstance(body, dict):
        return []
    if api == "responses":
        items = [one for one in body.get("output") or () if isinstance(one, dict)]
        return [one.get("arguments") for one in items if one.get("type") == "function_call"]
    choices = body.get("choices") or [{}]
    message = choices[0].get("message") or {}
    return [
        (call.get("function") or {}).get("arguments") for call in message.get("tool_calls") or ()
    ]


def _look_at_errors(result: Answering, found: Findings) -> None:
    shapes: dict[str, int] = {}
    for trial in found.refused:
        shape = f"{trial.answer.status} {_shape(trial.refused.body)}"
        shapes[shape] = shapes.get(shape, 0) + 1
    for shape, count in sorted(shapes.items(), key=lambda one: -one[1])[:4]:
        result.seen[f"error {shape}"] = f"{count} refusals"


def _shape(body: Any) -> str:
    """Write the keys of an error's body, one level deep."""
    if not isinstance(body, dict):
        return "a list" if isinstance(body, list) else "plain text" if body is None else "a text"
    inner = {key: value for key, value in body.items() if isinstance(value, dict)}
    keys = [
        f"{key}.{{{', '.join(map(str, inner[key]))}}}" if key in inner else str(key) for key in body
    ]
    return "{" + ", ".join(keys) + "}"
