"""Conditions: when a rule is asked at all. A profile's `when:` and `where:`."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar, Literal, TypeAlias

from mock_upstream.field_path import FieldPath
from mock_upstream.part import After, Before, Held, JsonValue, Part
from mock_upstream.profile_format.pattern_safety import check_pattern

JsonType: TypeAlias = Literal["object", "array", "string", "number", "integer", "boolean", "null"]


def _field_path(text: str) -> str:
    FieldPath.parse(text)
    return text


Path = Annotated[str, After(_field_path)]
"""A field path, such as `input[*].id`."""

Pattern = Annotated[str, After(check_pattern)]
"""A regular expression, searched for; it must be safe on any input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test(Part):
    """What a field or header has to be. Everything given must hold.

    For a field path with several places: `present`, `equals`, `one_of`, `type` and `pattern` hold
    if one place does; `absent`, `not` and `not_one_of` hold if no place has such a value.
    """

    __test__: ClassVar = False  # pytest: this is no test class

    present: bool | None = None
    equals: JsonValue = None
    not_: JsonValue = None
    one_of: Annotated[list[JsonValue], Held(min_length=1)] | None = None
    not_one_of: list[JsonValue] | None = None
    type: JsonType | None = None
    pattern: Pattern | None = None

    def check(self) -> None:
        """Refuse a test that says nothing."""
        if not self.given:
            raise ValueError("an empty test; expected 'present', 'absent', or such as {equals: 1}")


def _short(value: object) -> object:
    words = {"present": {"present": True}, "absent": {"present": False}}
    if isinstance(value, str):
        if value not in words:
            raise ValueError(
                f"received {value!r}; expected 'present', 'absent', or a mapping such as "
                f"{{equals: {value}}}"
            )
        return words[value]
    return value


TestField = Annotated[Test, Before(_short, shown=Literal["present", "absent"] | Test)]
"""A test in a profile; `present` and `absent` are short for `{present: true}` and the opposite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Part):
    """When a rule is asked: what has to hold of the request, the upstream and the day."""

    model: Pattern | None = None
    not_model: Pattern | None = None
    stream: bool | None = None
    fields: dict[Path, TestField] = field(default_factory=dict)
    headers: dict[str, TestField] = field(default_factory=dict)
    state: Annotated[str, Held(min_length=1)] | None = None


def within(day: date, since: date | None, until: date | None) -> bool:
    """Say whether a day is in a time; `until` is the first day after it."""
    return (since is None or since <= day) and (until is None or day < until)
