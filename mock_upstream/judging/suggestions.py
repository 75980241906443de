"""Suggests the declared key that an unknown one was probably meant to be, as some upstreams do.

No source tells by what measure. Two changed characters are taken for near, which gives groq's
"property 'store' is unsupported, did you mean 'stop'?" and nothing for its "property 'reasoning'".
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from mock_upstream.field_path import Location
from mock_upstream.schema.data import Shape, load_schema
from mock_upstream.verdict import Api

_NEAR = 2
_LONGEST = 40


def suggestion(api: Api, place: Location) -> str:
    """Give the nearest other key at the top of the request; nothing for a key below the top."""
    if len(place) != 1 or not isinstance(place[0], str) or len(place[0]) > _LONGEST:
        return ""
    word = place[0]
    near = [(_distance(word, key), key) for key in top_keys(api) if key != word]
    distance, key = min(near)
    return key if distance <= min(_NEAR, len(word) - 1) else ""


@cache
def top_keys(api: Api) -> tuple[str, ...]:
    """List the keys that an API declares at the top of a request, sorted."""
    schema = load_schema()
    names = set(_references(schema.roots[api]))
    return tuple(sorted({key for name in names for key in schema.objects[name].properties}))


def _references(shape: Shape) -> Iterator[str]:
    members: Any = shape.get("any_of", [shape]) if not isinstance(shape, str) else []
    return (member["ref"] for member in members if "ref" in member)


def _distance(one: str, two: str) -> int:
    """Count the characters to insert, delete or replace."""
    row = list(range(len(two) + 1))
    for number, letter in enumerate(one, 1):
        diagonal, row[0] = row[0], number
        for at, other in enumerate(two, 1):
            changed = diagonal + (letter != other)
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, changed)
    return row[-1]
