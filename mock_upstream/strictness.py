"""Strictness: what requests of one API are held to, compiled, and where a request departs from it.

It finds places and names rules; `mock_upstream.judge` puts them into the upstream's words.
"""

from dataclasses import dataclass
from typing import TypeAlias

from mock_upstream.field_path import FieldPath, Location
from mock_upstream.schema.tables import Node
from mock_upstream.unknown_keys import first_unknown

UNKNOWN_RULE = "unknown-parameter"
"""The id of the rule that refuses keys which the API does not declare."""

Met: TypeAlias = tuple[str, Location]
"""A rule's id and the first place where a payload meets the rule."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A field path that is refused, and the rule that does so."""

    rule: str
    path: FieldPath


@dataclass(frozen=True, slots=True)
class Strictness:
    """The rules for one API; `schema` is None where undeclared keys are welcome.

    Rules that do not concern the API are not in here, and so cost nothing.
    """

    refused: tuple[Refused, ...]
    schema: Node | None

    def met_by(self, payload: object) -> list[Met]:
        """List the rules that a payload meets, in document order, each at its first place.

        One place is reported once, under the rule that names it. Never raises on any JSON value.
        """
        met: list[Met] = []
        for refused in self.refused:
            place = refused.path.first(payload)
            if place is not None:
                met.append((refused.rule, place))
        if self.schema is not None:
            unknown = first_unknown(self.schema, payload)
            if unknown is not None and all(unknown != place for _, place in met):
                met.append((UNKNOWN_RULE, unknown))
        if len(met) > 1:
            met.sort(key=lambda found: _position(payload, found[1]))
        return met


def _position(payload: object, place: Location) -> list[int]:
    """Number the steps of a place by where they stand, so that places sort in document order."""
    numbers: list[int] = []
    for step in place:
        if isinstance(payload, dict):
            numbers.append(list(payload).index(step))
            payload = payload[step]
        elif isinstance(payload, list) and isinstance(step, int):
            numbers.append(step)
            payload = payload[step]
    return numbers
