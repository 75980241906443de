"""A stream's events, and what is wrong with their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from conformance.probe.official import event_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.matrix import Api

_DONE: Final = "[DONE]"
_LAST: Final = ("response.completed", "response.incomplete", "response.failed")
_MOST_FAULTS: Final = 5


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, empty for none, and its data."""

    name: str
    data: str

    @property
    def json(self) -> Any:
        """The data's JSON; None where there is none."""
        try:
            return orjson.loads(self.data)
        except orjson.JSONDecodeError:
            return None


def events_of(body: bytes) -> list[Event]:
    """Take a stream apart; comments are left out."""
    text = body.decode("utf-8", "replace").replace("\r\n", "\n")
    found = []
    for block in text.split("\n\n"):
        lines = [line.partition(":") for line in block.split("\n") if line[:1] not in ("", ":")]
        data = "\n".join(value.removeprefix(" ") for name, _, value in lines if name == "data")
        names = [value.strip() for name, _, value in lines if name == "event"]
        if data:
            found.append(Event(names[-1] if names else "", data))
    return found


def stream_faults(api: Api, events: Sequence[Event]) -> list[str]:
    """Say in what a stream departs from the official events and their order."""
    faults = [*_broken(events), *(_responses if api == "responses" else _chat)(events)]
    for event in events:
        if event.data != _DONE and event.json is not None:
            faults += event_faults(api, event.json)
    return list(dict.fromkeys(faults))[:_MOST_FAULTS]


def _broken(events: Sequence[Event]) -> Iterator[str]:
    if any(event.json is None and event.data != _DONE for event in events):
        yield "an event's data is no JSON"
    if not events:
        yield "there are no events"


def _responses(events: Sequence[Event]) -> Iterator[str]:
    kinds = [str((event.json or {}).get("type", "")) for event in events if event.data != _DONE]
    if kinds[:1] != ["response.created"]:
        yield f"it begins with {kinds[0] if kinds else 'nothing'}, not response.created"
    if kinds and kinds[-1] not in _LAST:
        yield f"it ends with {kinds[-1]}, not response.completed"
    numbers = [(event.json or {}).get("sequence_number") for event in events if event.data != _DONE]
    told = [one for one in numbers if isinstance(one, int)]
    if told != sorted(set(told)):
        yield "sequence_number does not grow"
    added = (
        kinds.index("response.output_item.added") if "response.output_item.added" in kinds else -1
    )
    deltas = [at for at, kind in enumerate(kinds) if kind.endswith(".delta")]
    if deltas and (added < 0 or deltas[0] < added):
        yield "a delta comes before response.output_item.added"


def _chat(events: Sequence[Event]) -> Iterator[str]:
    if events and events[-1].data != _DONE:
        yield "it ends without [DONE]"
    finished = False
    for event in events:
        body = event.json
        choices = body.get("choices") if isinstance(body, dict) else None
        for choice in choices or ():
            delta = choice.get("delta") or {}
            if finished and (delta.get("content") or delta.get("tool_calls")):
                yield "text or calls come after finish_reason"
            finished = finished or bool(choice.get("finish_reason"))
    if not finished:
        yield "no finish_reason"
