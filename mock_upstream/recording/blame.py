"""Reads an upstream's refusal: its message, and the place in the request that it blames.

Nothing is guessed: a place is one that the refusal names and the request has, or lacks in an
object that it has; a bare name is taken for a place only if the request has it in one alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from mock_upstream.field_path import FieldPath, FieldPathError, Location, render

_QUOTED: Final = re.compile(r"'([^'\s]{1,200})'|\"([^\"\s]{1,200})\"|`([^`\s]{1,200})`")
_NAMED: Final = re.compile(
    r"(?i)\b(?:parameters?|fields?|arguments?|property|properties|keys?)(?: supplied)?:? "
    r"?([A-Za-z_][\w.\[\]]{0,200})"
)
_FIRST: Final = re.compile(r"^([A-Za-z_#][\w.\[\]/]{0,200}): ")
_LAST: Final = re.compile(r": ([A-Za-z_][\w.\[\]]{0,200})\.?$")
_SUBJECT: Final = re.compile(r"^([A-Za-z_]{2,60}) (?:is|are|must)\b")
_WITHIN: Final = ("error", "detail", "errors", "message")
_DEEPEST: Final = 8
_MOST_MESSAGE: Final = 10_000
_MOST_PLACES: Final = 50_000


@dataclass(frozen=True, slots=True)
class Refused:
    """What a refusal says. `place` is where in the request it points, None if it does not.

    `there` says whether the request has something at that place. `body` is the parsed body, None
    for one that is no JSON.
    """

    message: str
    param: object = None
    place: Location | None = None
    there: bool = False
    body: object = None

    @property
    def path(self) -> str:
        """The place as the mock writes it, empty without one."""
        return "" if self.place is None else render(self.place)


def refused(data: bytes, payload: object) -> Refused:
    """Read the body of a refusal; `payload` is the request's, None for one that is no JSON."""
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        message = data.decode("utf-8", "replace")
        place = _place(_of_message(message), payload)
        return Refused(message, None, *place, None)
    message, param, loc = _said(body)
    place = _place((*_of_param(param, loc), *_of_message(message)), payload)
    return Refused(message, param, *place, body)


def _said(body: object) -> tuple[str, object, object]:
    """Find message, param and pydantic's loc in a body, whichever of the common shapes it has."""
    found = body
    for _ in range(_DEEPEST):
        if isinstance(found, list) and found:
            found = found[0]
        key = next((one for one in _WITHIN if isinstance(found, Mapping) and one in found), None)
        if key is None or not isinstance(found, Mapping) or not found[key]:
            break
        found = found[key]
    told: Mapping[str, object] = found if isinstance(found, Mapping) else {}
    within = body.get("error", body) if isinstance(body, Mapping) else {}
    params = within if isinstance(within, Mapping) else {}
    message = found if isinstance(found, str) else told.get("message", told.get("msg", ""))
    return str(message), params.get("param"), told.get("loc")


def _of_param(param: object, loc: object) -> Iterator[Location]:
    if isinstance(loc, list) and all(isinstance(step, str | int) for step in loc):
        yield tuple(loc[1:] if loc[:1] == ["body"] else loc)
    if isinstance(param, str):
        yield from _read(param)


def _of_message(message: str) -> Iterator[Location]:
    text = message[:_MOST_MESSAGE]
    for found in _QUOTED.finditer(text):
        yield from _read(next(filter(None, found.groups())))
    for found in (*_FIRST.finditer(text), *_NAMED.finditer(text), *_LAST.finditer(text)):
        yield from _read(found[1].rstrip("."))
    for found in _SUBJECT.finditer(text):
        yield (found[1].lower(),)


def _read(text: str) -> Iterator[Location]:
    """Read a place as vendors write it: `input[0].x`, `messages.[0].x`, `messages.0.x`, `#/a/0`."""
    if text.startswith("#/"):
        text = text[2:].replace("/", ".")
    plain = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", text.replace(".[", "[").removeprefix("body."))
    try:
        steps = FieldPath.parse(plain).steps
    except FieldPathError:
        return
    place = tuple(getattr(step, "name", getattr(step, "position", None)) for step in steps)
    if None not in place:
        yield place  # type: ignore[misc]  # keys and indices alone


def _place(
    candidates: Sequence[Location] | Iterator[Location], payload: object
) -> tuple[Location | None, bool]:
    """Take the first place that the request has; else one it lacks in an object that it has."""
    if not isinstance(payload, Mapping):
        return None, False
    given = tuple(place for place in candidates if place)
    for place in given:
        if has(payload, place):
            return place, True
    for place in given:
        alone = _alone(payload, place[0]) if len(place) == 1 else None
        if alone is not None:
            return alone, True
    for place in given:
        if isinstance(place[-1], str) and isinstance(_at(payload, place[:-1]), Mapping):
            return place, False
    return None, False


def has(payload: object, place: Location) -> bool:
    """Say whether there is something at a place."""
    return _at(payload, place) is not _NOTHING


def value_at(payload: object, place: Location) -> object:
    """Give what stands at a place that is there."""
    return _at(payload, place)


_NOTHING: Final = object()


def _at(payload: object, place: Location) -> object:
    for step in place:
        inner = isinstance(payload, list) and isinstance(step, int) and step < len(payload)
        if not inner and not (isinstance(payload, Mapping) and step in payload):
            return _NOTHING
        payload = payload[step]  # type: ignore[index]  # it was found there
    return payload


def _alone(payload: object, name: str | int) -> Location | None:
    """Find the first place of a key, if all places of that key differ in indices alone."""
    found: list[Location] = []
    for place, _ in walked(payload):
        if place[-1] == name:
            found.append(place)
    shapes = {tuple("*" if isinstance(step, int) else step for step in one) for one in found}
    return found[0] if len(shapes) == 1 else None


def walked(payload: object, place: Location = ()) -> Iterator[tuple[Location, object]]:
    """Yield every place of a payload with its value, up to a bound, in document order."""
    waiting: list[tuple[Location, object]] = [(place, payload)]
    for _ in range(_MOST_PLACES):
        if not waiting:
            return
        at, value = waiting.pop()
        if at:
            yield at, value
        inner: list[tuple[Location, object]] = []
        if isinstance(value, Mapping):
            inner = [((*at, key), one) for key, one in value.items()]
        elif isinstance(value, list):
            inner = [((*at, index), one) for index, one in enumerate(value)]
        waiting += reversed(inner)
