"""What came of a request: taken, refused, or neither, and where the refusal points."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from mock_upstream.recording.blame import Refused, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.matrix import Api
    from conformance.probe.experiment import Payload
    from conformance.probe.wire import Answer
    from conformance.profile_reading import Rule

Outcome = Literal["accepted", "refused", "unclear"]

_REFUSING: Final = frozenset({400, 404, 405, 413, 415, 422, 501})
_OK: Final = range(200, 300)
_NUMBERS: Final = re.compile(r"[0-9a-f-]{8,}|\d+")


@dataclass(frozen=True, slots=True)
class Trial:
    """One request and what the upstream made of it.

    ``rules`` are what a refusal would show, ``places`` where the request differs from one that is
    taken.
    """

    id: str
    api: Api
    shows: str
    payload: Payload = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    answer: Answer
    rules: tuple[Rule, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Whether it was taken; unclear where the answer says nothing of the request."""
        if self.answer.status in _OK:
            if error_in_stream(self.answer):
                return "refused"
            return "accepted" if _is_reply(self.answer) else "unclear"
        return "refused" if self.answer.status in _REFUSING else "unclear"

    @property
    def refused(self) -> Refused:
        """What the refusal says."""
        return refused(error_in_stream(self.answer) or self.answer.body, self.payload)

    @property
    def said(self) -> str:
        """The words of the refusal, without the numbers that differ from one to the next."""
        return without_numbers(self.refused.message)


def without_numbers(text: str) -> str:
    """Return a text with numbers and ids made alike."""
    return _NUMBERS.sub("#", text)


def _is_reply(answer: Answer) -> bool:
    """Whether an answer is one of either API."""
    if answer.kind == "text/event-stream":
        return True
    body = answer.json()
    return isinstance(body, dict) and ("choices" in body or "output" in body)


def error_in_stream(answer: Answer) -> bytes | None:
    """Return the data of an error that a stream begins with; None where it does not."""
    if answer.kind != "text/event-stream":
        return None
    head, _, _ = answer.body.lstrip().partition(b"\n\n")
    for line in head.splitlines():
        if line.startswith(b"data:"):
            data = line[5:].strip()
            found = _json(data)
            failed = b"event: error" in head or b"event:error" in head
            if failed or (isinstance(found, dict) and found.get("error")):
                return data
    return None


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
