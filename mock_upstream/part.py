"""Parts of a file that users write: plain frozen data, and marks that say what a value must be.

A part is a frozen dataclass. Its annotations carry the marks of this module, which cost nothing:
`build` makes a part of data that is known to be good, such as a shipped profile's, and
`mock_upstream.part_model` makes pydantic's model of it, with which a user's file is checked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Self, TypeAlias, TypeVar, Union, get_args, get_origin

P = TypeVar("P", bound="Part")


@dataclass(frozen=True, slots=True)
class After:
    """A mark: this function checks the value, and raises `ValueError` with the words for it."""

    check: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Before:
    """A mark: this function reads a short form into what is meant; `shown` is what may be written.

    It raises `ValueError` for a short form that is none, and gives back anything else.
    """

    read: Callable[[object], object]
    shown: Any


class Held:
    """A mark: bounds of the value, by pydantic's names for them (`min_length`, `ge`, `pattern`)."""

    def __init__(self, **bounds: Any) -> None:
        self.bounds: Final[Mapping[str, Any]] = bounds


@dataclass(frozen=True, slots=True)
class AnyJson:
    """A mark: any JSON value."""


JsonValue: TypeAlias = Annotated[Any, AnyJson()]
"""Any JSON value."""

NOT_IN_FILES: Final[Mapping[str, bool]] = {"not_in_files": True}
"""The metadata of a dataclass's field that a file does not hold."""


class Part:
    """The base of everything that a user's file holds: a frozen dataclass that knows `given`.

    `given` names the fields that were given, by their Python names: null may be given too. A field
    whose key is a word of Python's has an underscore behind it.
    """

    __slots__ = ("given",)

    given: frozenset[str]

    def __new__(cls, **given: object) -> Self:
        """Note which fields the caller gives; a dataclass's own constructor does the rest."""
        part = super().__new__(cls)
        object.__setattr__(part, "given", frozenset(given))
        return part

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Raise `ValueError` if fields that are each good do not go together."""

    def but(self, **changes: Any) -> Self:
        """Copy the part with other values; `given` names what it named, and these."""
        copy = replace(self, **changes)  # type: ignore[type-var]  # its children are dataclasses
        object.__setattr__(copy, "given", self.given | changes.keys())
        return copy


def file_fields(part: type[Part]) -> dict[str, Any]:
    """List the fields of a part that a file may hold, with their annotations."""
    return {
        field.name: field.type
        for field in fields(part)  # type: ignore[arg-type]  # every part is a dataclass
        if not field.metadata
    }


def build(part: type[P], data: Mapping[str, Any]) -> P:
    """Make a part of data that is known to be good: no value is checked by itself."""
    hints = {name.rstrip("_"): (name, hint) for name, hint in file_fields(part).items()}
    built = {}
    for key, value in data.items():
        name, hint = hints[key]
        built[name] = _built(hint, value)
    return part(**built)


def _built(hint: Any, value: Any) -> Any:
    """Make of a value from a file what an annotation says it is."""
    if value is None:
        return None
    if isinstance(hint, type) and issubclass(hint, Part):
        return value if isinstance(value, Part) else build(hint, value)
    origin = get_origin(hint)
    if origin is Annotated:
        return _marked(hint, value)
    if origin in (Union, UnionType):
        return _built(next(one for one in get_args(hint) if one is not NoneType), value)
    return _collection(origin, get_args(hint), value)


def _collection(origin: Any, inner: tuple[Any, ...], value: Any) -> Any:
    """Make a tuple, list or mapping of what is in it; give back anything else."""
    if origin is tuple:
        return tuple(_built(inner[0], one) for one in value)
    if origin is list:
        return [_built(inner[0], one) for one in value]
    if origin is dict:
        return {key: _built(inner[1], one) for key, one in value.items()}
    return value


def _marked(hint: Any, value: Any) -> Any:
    for mark in hint.__metadata__:
        if isinstance(mark, Before):
            value = mark.read(value)
    return _built(hint.__origin__, value)
