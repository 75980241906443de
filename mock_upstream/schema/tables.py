"""Compiles the schema into places: each place of a request once, with its checks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from mock_upstream.schema.data import Schema
from mock_upstream.schema.objects import OPEN, Choice, Declared, Table, Target
from mock_upstream.schema.places import Array, Free, Length, Number, Place, Values
from mock_upstream.schema.shapes import (
    Bounds,
    Shape,
    bounds,
    is_free,
    kind,
    literals,
    members,
    truths_joined,
)
from mock_upstream.schema.words import Words
from mock_upstream.verdict import Api

_DISCRIMINATORS = ("type", "role")


class Tables:
    """Builds the places of a schema."""

    def __init__(self, schema: Schema) -> None:
        self._objects = schema.objects
        self._roots = schema.roots
        self._words = Words(schema.words)
        self._places: dict[bytes, Place | None] = {}
        self._tables: dict[frozenset[str], Table] = {}

    def root(self, api: Api) -> Place:
        """Compile what an API's request body declares."""
        place = self._place([self._roots[api]])
        if place is None:
            raise TypeError(f"the {api} request declares no object")
        return place

    def _place(self, shapes: Iterable[Shape]) -> Place | None:
        """Compile a place that any of `shapes` may fill; None where anything goes."""
        alternatives = truths_joined(members(shapes))
        if "any" in alternatives:
            return None
        identity = b",".join(sorted(orjson.dumps(shape) for shape in alternatives))
        if identity not in self._places:
            place = self._places[identity] = Place()  # before what is below, which may lead here
            place.shapes = self._words.called(alternatives)
            self._fill(place, alternatives)
        return self._places[identity]

    def _fill(self, place: Place, alternatives: Sequence[Shape]) -> None:
        """Give a place its checks by the kinds of its alternatives."""
        kinds: dict[str, list[Shape]] = {}
        for shape in alternatives:
            kinds.setdefault(kind(shape), []).append(shape)
        if "null" in kinds:
            place.kinds[type(None)] = None
        _fill_strings(place, kinds)
        _fill_numbers(place, kinds)
        if "array" in kinds:
            place.kinds[list] = self._array(kinds["array"])
        if "map" in kinds:
            place.kinds[dict] = self._free(kinds["map"])
        elif "object" in kinds:
            names = [shape["ref"] for shape in kinds["object"] if isinstance(shape, Mapping)]
            place.kinds[dict] = Declared(self._target(names, _DISCRIMINATORS))

    def _array(self, arrays: Sequence[Any]) -> Array | None:
        elements = self._place(shape["items"] for shape in arrays)
        size = bounds(arrays, "min_items", "max_items")
        return None if elements is None and size == Bounds() else Array(elements, size)

    def _free(self, maps: Sequence[Any]) -> Free | None:
        values = self._place(shape["map"] for shape in maps)
        most = bounds(maps, "min_properties", "max_properties").highest
        longest = bounds(maps, "min_key_length", "max_key_length").highest
        if values is None and most is None and longest is None:
            return None
        return Free(values, most, longest)

    def _target(self, names: Sequence[str], discriminators: Sequence[str]) -> Target:
        """Tell the named objects apart by the first discriminator that can, or merge them."""
        if len(names) == 1 or not discriminators:
            return self._table(names)
        key, *others = discriminators
        shapes = {name: self._objects[name].properties.get(key) for name in names}
        spoken = {name: literals(shape) for name, shape in shapes.items() if shape is not None}
        if len({frozenset(spoken.get(name, ())) for name in names}) == 1:
            return self._target(names, others)
        return self._choice(key, names, spoken, others)

    def _choice(
        self, key: str, names: Sequence[str], spoken: Mapping[str, Sequence[str]],
        others: Sequence[str],
    ) -> Choice:  # fmt: skip
        choice = Choice(key)
        values = dict.fromkeys(value for name in names for value in spoken.get(name, ()))
        for value in values:
            having = [name for name in names if value in spoken.get(name, ())]
            choice.by_value[value] = self._target(having, others)
        free = [name for name in names if self._takes_any(name, key)]
        if free:
            choice.otherwise = self._target(free, others)
        without = [name for name in names if key not in self._objects[name].required]
        if without:
            choice.without = self._target(without, others)
        if len(without) == 1:
            choice.needed_without = self._objects[without[0]].required
        self._words.put_into(choice, names, list(values))
        for value in choice.names:
            choice.by_value.setdefault(value, OPEN)
        return choice

    def _takes_any(self, name: str, key: str) -> bool:
        shape = self._objects[name].properties.get(key)
        return shape is not None and is_free(shape)

    def _table(self, names: Sequence[str]) -> Table:
        """Compile the keys of the named objects, merged, into one table."""
        identity = frozenset(names)
        if identity not in self._tables:
            table = self._tables[identity] = Table()  # before its keys, which may hold it again
            shapes: dict[str, list[Shape]] = {}
            for name in names:
                for key, shape in self._objects[name].properties.items():
                    shapes.setdefault(key, []).append(shape)
            table.required = frozenset.intersection(*(self._objects[n].required for n in names))
            first = self._words.first(names)
            table.needed = sorted(
                (key for key in shapes if key in table.required), key=lambda key: key not in first
            )
            table.places.update((key, self._place(parts)) for key, parts in shapes.items())
        return self._tables[identity]


def _fill_strings(place: Place, kinds: Mapping[str, Sequence[Any]]) -> None:
    values = [value for shape in kinds.get("enum", ()) for value in shape["enum"]]
    if "string" in kinds:
        length = bounds(kinds["string"], "min_length", "max_length")
        place.kinds[str] = None if length == Bounds() else Length(length)
    elif any(isinstance(value, str) for value in values):
        place.kinds[str] = Values([value for value in values if isinstance(value, str)])
    truths = [value for value in values if isinstance(value, bool)]
    if truths or "boolean" in kinds:
        place.kinds[bool] = None if "boolean" in kinds else Values(truths)


def _fill_numbers(place: Place, kinds: Mapping[str, Sequence[Any]]) -> None:
    numbers = [*kinds.get("number", ()), *kinds.get("integer", ())]
    if not numbers:
        return
    within = bounds(numbers, "minimum", "maximum")
    whole = "number" not in kinds
    free = within == Bounds()
    check = Number(place, whole=whole, within=within)
    place.kinds[int] = None if free else check
    place.kinds[float] = None if free and not whole else check
