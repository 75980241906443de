"""Faults: where a request departs from the schema, before any upstream's words for it.

A fault is plain data. `mock_upstream.schema.wording` puts it into OpenAI's words; a profile may
have words of its own for each kind, with the placeholders that `Fault.values` fills.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from mock_upstream.field_path import Location, render
from mock_upstream.schema.phrases import abbreviated, received
from mock_upstream.schema.phrases import echo as echo  # noqa: PLC0414 - for the rules of profiles, too

FaultKind: TypeAlias = Literal[
    "unknown",
    "missing",
    "type",
    "value",
    "below",
    "above",
    "too_long",
    "too_short",
    "too_many",
    "pattern",
]
"""What is wrong: a key that is not declared, a required key that is absent, a value of the wrong
JSON type, a value outside an enum, a number under or over its range, a string or array over or
under its length, an object with too many keys, a string that does not match."""

FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

Noun: TypeAlias = Literal["", "string", "array", "object", "integer", "decimal", "property name"]
"""What was measured."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One departure from the schema, at one concrete place.

    `place` leads to the culprit itself: the unknown key, the absent key, the value. `value` is what
    was received there (None for an absent key). `expected` says what would do: a phrase for `type`
    ("an array of objects"), the list of values for `value`, the pattern for `pattern`. `limit` and
    `length` are the bound and what was measured, `noun` what was measured.
    """

    kind: FaultKind
    place: Location
    value: object = None
    expected: str = ""
    limit: int | float | None = None
    length: int | None = None
    noun: Noun = ""

    def values(self) -> dict[str, str]:
        """Fill the placeholders of a wording.

        `path`, `name` (the culprit's own key), `parent` (the path of what holds it), `short` (the
        name, abbreviated as OpenAI does), `value`, `limit`, `length`, `expected`, `received`.
        """
        path = render(self.place)
        name = next((step for step in reversed(self.place) if isinstance(step, str)), path)
        return {
            "path": path,
            "name": name,
            "parent": render(self.place[:-1]),
            "short": abbreviated(name),
            "value": echo(self.value),
            "limit": "" if self.limit is None else echo(self.limit),
            "length": "" if self.length is None else str(self.length),
            "expected": self.expected,
            "received": received(self.value),
        }
