"""Faults: where a request departs from the schema, before any upstream's words for it.

A fault is plain data. `mock_upstream.schema.wording` puts it into OpenAI's words; a profile may
have words of its own for each kind, with the placeholders that `Fault.values` fills.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from mock_upstream.field_path import Location, render

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

Noun: TypeAlias = Literal["string", "array", "object", "integer", "decimal", ""]

_LONGEST_ECHO = 1000


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

    @property
    def received(self) -> str:
        """The received value's JSON type as OpenAI calls it, with its article."""
        return type_phrase(self.value)

    def values(self) -> dict[str, str]:
        """Fill the placeholders of a wording.

        `path`, `name` (the culprit's own key), `value`, `limit`, `length`, `expected`, `received`.
        """
        path = render(self.place)
        return {
            "path": path,
            "name": next((step for step in reversed(self.place) if isinstance(step, str)), path),
            "value": echo(self.value),
            "limit": "" if self.limit is None else echo(self.limit),
            "length": "" if self.length is None else str(self.length),
            "expected": self.expected,
            "received": self.received,
        }


def type_phrase(value: object) -> str:
    """Name a value's JSON type in the words of OpenAI's errors.

    "an object" is sourced (openai-chat-invalid-type); "null" as in openai-chat-content-null; the
    others follow the family.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a decimal"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


def echo(value: object) -> str:
    """Write a scalar as an error message repeats it; bounded, as it came from a request."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_ECHO else f"{value[:_LONGEST_ECHO]}…"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 64 else f"{value:e}"  # noqa: PLR2004 - what JSON readers agree on
    return repr(value) if isinstance(value, float) else type_phrase(value)
