"""Finds what tells one recorded request from the others: the conditions of a script's match."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from mock_upstream.field_path import Location, render
from mock_upstream.recording.blame import has, value_at, walked
from mock_upstream.scripts.condition import ABSENT, PRESENT, Condition, Contains, Equals
from mock_upstream.scripts.incoming import Incoming
from mock_upstream.scripts.match import Match
from mock_upstream.verdict import Payload

_ALWAYS: Final = ("model", "stream")
_LONGEST: Final = 120
"""Characters of a value that a condition asks for whole; of a longer one it asks for a part."""

_MOST_WAYS: Final = 8
"""Conditions that are tried, of which the one is taken that the fewest others meet."""

_BEFORE: Final = 20
_AFTER: Final = 80

Conditions = dict[str, Condition]


def conditions(
    payload: Payload, others: Iterable[Payload], shown: Callable[[str], bool]
) -> Conditions | None:
    """Give conditions that a request meets and no other one; None if there are none.

    `shown` says of a text whether it may be written: whether there is no credential in it.
    """
    found: Conditions = {}
    for name in _ALWAYS:
        value = payload.get(name)
        if isinstance(value, bool) or (isinstance(value, str) and shown(value)):
            found[name] = Equals(value)
    left = _left(list(others), found)
    while left:
        ways = islice(_differences(payload, left[0], shown), _MOST_WAYS)
        tried = [({path: one}, _left(left, {path: one})) for path, one in ways]
        if not tried:
            return None
        best, left = min(tried, key=lambda way: len(way[1]))
        found |= best
    return found


def written(found: Mapping[str, Condition]) -> dict[str, object]:
    """Write conditions as a script has them."""
    return {path: _written(one) for path, one in found.items()}


def _written(one: Condition) -> object:
    if isinstance(one, Contains):
        return {"contains": one.part}
    if isinstance(one, Equals):
        return {"equals": one.value} if isinstance(one.value, dict | list) else one.value
    return {"present": one is PRESENT}


def _left(others: list[Payload], found: Conditions) -> list[Payload]:
    return [other for other in others if _meets(other, found)]


def _meets(payload: Payload, found: Mapping[str, Condition]) -> bool:
    return Match(endpoint="any", body=found).holds(Incoming("POST", "", (), b"", payload))


def _differences(
    payload: Payload, other: Payload, shown: Callable[[str], bool]
) -> Iterator[tuple[str, Condition]]:
    """Yield what holds for a payload and not for the other, the shortest first."""
    found = [
        (render(place), one)
        for place, value in walked(payload)
        if not (isinstance(value, dict | list) and value)
        for one in _of_value(value, other, place)
    ]
    found += [(render(place), ABSENT) for place in _missing(payload, other)]
    found += [(render(place), PRESENT) for place in _missing(other, payload)]
    found.sort(key=lambda one: len(one[0]) + len(str(_written(one[1]))))
    return (one for one in found if shown(f"{one[0]} {_written(one[1])}"))


def _of_value(value: object, other: Payload, place: Location) -> Iterator[Condition]:
    there = [value_at(other, place)] if has(other, place) else []
    if Equals(value).holds(there):
        return
    if not isinstance(value, str) or len(value) <= _LONGEST:
        yield Equals(value)
        return
    text = there[0] if there and isinstance(there[0], str) else ""
    at = _shared(value, text)
    part = Contains(value[max(0, at - _BEFORE) : at + _AFTER])
    if not part.holds(there):
        yield part


def _shared(one: str, other: str) -> int:
    """Count the characters with which both texts begin; halved at a time, as they are long."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[:middle] == other[:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _missing(payload: Payload, other: Payload) -> Iterator[Location]:
    """Yield places of the other that the payload lacks; not those below one."""
    return (
        place for place, _ in walked(other) if not has(payload, place) and has(payload, place[:-1])
    )
