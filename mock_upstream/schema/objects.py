"""Objects: the tables of declared keys, and the choice between them that a union is.

A union of objects is resolved as the API does it, by `type` and then `role`, so that a fault names
the real culprit. Members that neither tells apart are merged: a key that any of them declares is
known, a key that all of them require is required.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from mock_upstream.schema.fault import Fault
from mock_upstream.schema.phrases import expected, listed
from mock_upstream.schema.places import FINE, UNKNOWN, Held, Lookup, Opened, Path


class Open:
    """An object of a kind that the API knows and the types do not: any keys are welcome."""

    __slots__ = ()


OPEN: Final = Open()


class Table:
    """The keys of an object, or of objects that nothing tells apart."""

    __slots__ = ("lookup", "needed", "places", "required")

    def __init__(self) -> None:
        self.places: dict[str, Held | None] = {}
        self.lookup: Lookup = self.places.get
        self.required: frozenset[str] = frozenset()
        self.needed: Sequence[str] = ()

    def missing(self, value: Mapping[str, object], path: Path) -> Sequence[Fault]:
        """Report the required keys that an object lacks, in the order of their declaration."""
        return [Fault("missing", (*path, key)) for key in self.needed if key not in value]


class Choice:
    """A union of objects that one key tells apart.

    `by_value` leads on by the key's value; `otherwise` takes any other string, `without` an object
    that lacks the key and has what `needed_without` names. `names` are the values that an error
    lists, `familiar` those that the API knows at other places of this kind: of such a value it
    blames the object, of a strange one the key. `blamed` is the object where it always is.
    """

    __slots__ = (
        "blames_object", "by_value", "familiar", "key", "names", "needed_without", "otherwise",
        "without",
    )  # fmt: skip

    def __init__(self, key: str) -> None:
        self.key = key
        self.by_value: dict[str, Target] = {}
        self.otherwise: Target | None = None
        self.without: Target | None = None
        self.needed_without: frozenset[str] = frozenset()
        self.names: Sequence[str] = ()
        self.familiar: Sequence[str] = ()
        self.blames_object = False

    def pick(self, value: Mapping[str, object]) -> "Target | None":
        """Choose by the key's value; `null` counts as absent. None if the value has no member."""
        told = value.get(self.key)
        if isinstance(told, str):
            return self.by_value.get(told, self.otherwise)
        if told is None and self.needed_without <= value.keys():
            return self.without
        return None

    def fault(self, value: Mapping[str, object], path: Path) -> Fault:
        """Say why no member of the union was chosen."""
        told = value.get(self.key)
        if self.blames_object or (isinstance(told, str) and told in self.familiar):
            echoed = told if isinstance(told, str) else None
            return Fault("value", tuple(path), echoed, listed(self.names))
        place = (*path, self.key)
        if self.key not in value:
            return Fault("missing", place)
        if isinstance(told, str):
            return Fault("value", place, told, listed(self.familiar or self.names))
        return Fault("type", place, told, expected([{"enum": self.names}]))


Target: TypeAlias = Table | Choice | Open


class Declared:
    """Objects with declared keys, one kind or several."""

    __slots__ = ("target",)

    def __init__(self, target: Target) -> None:
        self.target = target

    def open(self, value: Any, path: Path) -> Opened:
        """Resolve a union, report what is missing, and hand the keys on."""
        target = self.target
        while not isinstance(target, Table):
            if not isinstance(target, Choice):
                return FINE
            picked = target.pick(value)
            if picked is None:
                return (target.fault(value, path),), None
            target = picked
        below = (value.items(), target.lookup, UNKNOWN)
        for key in target.needed:
            if key not in value:
                return target.missing(value, path), below
        return (), below
