"""One request of a test, as the test asks for it and as a failure shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import orjson

from mock_upstream.field_path import FieldPath, render
from mock_upstream.journal import JournalEntry
from mock_upstream.journal.shown import shown
from mock_upstream.request_log import request_line

_LONGEST_BODY: Final = 500
_LONGEST_VALUE: Final = 120
_MOST_PLACES: Final = 5000

ANYTHING: Final = object()
"""Any value will do."""

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that the mock received. `entry` is its whole entry in the journal."""

    entry: JournalEntry

    @property
    def method(self) -> str:
        """The method."""
        return self.entry.method

    @property
    def path(self) -> str:
        """The path, without the query."""
        return self.entry.path

    @property
    def status(self) -> int | None:
        """The status that was answered; None if the client left before."""
        return self.entry.status

    @property
    def headers(self) -> dict[str, str]:
        """The headers, names in lower case, the first of each; keys as fingerprints."""
        return {name.lower(): value for name, value in reversed(self.entry.headers)}

    @property
    def raw(self) -> bytes:
        """The body as it came over the wire."""
        return self.entry.body

    @property
    def body(self) -> Any:
        """The body, parsed anew each time. Raises `AssertionError` if it is no JSON."""
        try:
            return self.entry.json()
        except ValueError:
            raise AssertionError(f"the body is no JSON: {self.told()}") from None

    def holds(self, path: FieldPath, value: object) -> bool:
        """Say whether a value, or with ANYTHING any value, stands at a path."""
        try:
            body = self.entry.json()
        except ValueError:
            return False
        found = [at(body, place) for place in path.find(body)]
        return bool(found) if value is ANYTHING else any(same(one, value) for one in found)

    def line(self) -> str:
        """Write it as one line: method, path, status, and what was refused."""
        return request_line(self.entry)

    def told(self) -> str:
        """Write it as one line and the beginning of its body, credentials masked."""
        text = shown(self.entry).text
        body = f"{len(self.raw)} bytes that are no text" if text is None else text
        return f"{self.line()}\n    {_short(body, _LONGEST_BODY)}" if body else self.line()

    def instead(self, wanted: str) -> str:
        """Say what stands at a field path, or else at the nearest one, credentials masked."""
        try:
            body = orjson.loads(shown(self.entry).text or "")
        except ValueError:
            return "its body is no JSON"
        found = FieldPath.parse(wanted).find(body)
        if found:
            values = ", ".join(f"{render(place)} = {_json(at(body, place))}" for place in found[:3])
            return values + (f" and {len(found) - 3} more" if len(found) > 3 else "")  # noqa: PLR2004 -- as many as are shown
        places = {render(place): place for place in _places(body)}
        near = get_close_matches(wanted, list(places), n=1, cutoff=0.5)
        if not near:
            keys = ", ".join(body) if isinstance(body, dict) else "none"
            return f"nothing is there; its keys: {keys}"
        return f"nothing is there; nearest is {near[0]} = {_json(at(body, places[near[0]]))}"


def at(body: Any, place: Place) -> Any:
    """Give the value at a place."""
    for step in place:
        body = body[step]
    return body


def same(one: object, other: object) -> bool:
    """Compare as JSON does: 1 is not true."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return one == other


def _places(body: Any) -> Iterator[Place]:
    """Yield the places of a body, the outer ones first."""
    waiting: list[tuple[Place, Any]] = [((), body)]
    for place, value in waiting:
        if place:
            yield place
        inner: Any = ()
        if isinstance(value, dict):
            inner = value.items()
        elif isinstance(value, list):
            inner = enumerate(value)
        if len(waiting) < _MOST_PLACES:
            waiting += [((*place, key), one) for key, one in inner]


def _json(value: object) -> str:
    return _short(orjson.dumps(value).decode(), _LONGEST_VALUE)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
