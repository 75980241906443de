"""Compiles the schema into look-up tables: from a payload's value to the keys known there.

A `Node` stands for one place of the schema. Its `resolve` gives, for an object found there, a
look-up from key to the next node: `None` for a known key with nothing to check below it,
`UNKNOWN` for a key that the API does not declare.

A union of objects is resolved as the API does it, by `type` and then `role`. Members that neither
tells apart are merged: a key that any of them declares is known. An object whose `type` or `role`
no member has is undetermined and nothing is said about its keys: its fault is the value itself.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import orjson

from mock_upstream.schema.data import ObjectType, Schema, Shape
from mock_upstream.verdict import Api

_DISCRIMINATORS = ("type", "role")


class Unknown:
    """The answer of a look-up for a key that no declared object has."""

    __slots__ = ()


UNKNOWN: Final = Unknown()

Found: TypeAlias = "Node | Unknown | None"
Lookup: TypeAlias = Callable[[Any, Unknown], Found]
"""A table's `get`: key and `UNKNOWN` in, the node of the key's value out."""


class Node:
    """What the schema declares at one place, for objects and for arrays found there."""

    __slots__ = ("choice", "elements", "fields")

    def __init__(self) -> None:
        self.fields: Lookup | None = None
        self.choice: Choice | None = None
        self.elements: Lookup | None = None

    def resolve(self, value: Mapping[str, object]) -> Lookup | None:
        """Give the keys known for this very object; None where any key is welcome."""
        if self.fields is not None or self.choice is None:
            return self.fields
        target: Target = self.choice
        while isinstance(target, Choice):
            target = target.pick(value)
        return target


class Choice:
    """A union of objects that one key tells apart."""

    __slots__ = ("by_value", "key", "needed_without", "without")

    def __init__(self, key: str) -> None:
        self.key = key
        self.by_value: dict[object, Target] = {}
        self.without: Target = None
        self.needed_without: frozenset[str] = frozenset()

    def pick(self, value: Mapping[str, object]) -> "Target":
        """Choose by the key's value; `null` counts as absent."""
        told = value.get(self.key)
        if isinstance(told, str):
            return self.by_value.get(told)
        if told is None and self.needed_without <= value.keys():
            return self.without
        return None


Target: TypeAlias = Lookup | Choice | None


class Tables:
    """Builds the nodes of a schema, each place once."""

    def __init__(self, schema: Schema) -> None:
        self._objects = schema.objects
        self._roots = schema.roots
        self._nodes: dict[bytes, Node | None] = {}
        self._tables: dict[frozenset[str], Lookup] = {}

    def root(self, api: Api) -> Node:
        """Compile what an API's request body declares."""
        node = self._node([self._roots[api]])
        if node is None:
            raise TypeError(f"the {api} request declares no object")
        return node

    def _node(self, shapes: Iterable[Shape]) -> Node | None:
        """Compile a place that any of `shapes` may fill; None where nothing is to be checked."""
        members = _members(shapes)
        if not members:
            return None
        identity = orjson.dumps(members)
        if identity not in self._nodes:
            names = frozenset(m["ref"] for m in members if isinstance(m, dict) and "ref" in m)
            elements = self._below("items", members)
            values = self._below("map", members)
            if not names and elements is None and values is None:
                return self._nodes.setdefault(identity, None)
            node = self._nodes[identity] = Node()
            node.elements = None if elements is None else _every(elements)
            if not _is_open(members):
                self._fill(node, names, values)
        return self._nodes[identity]

    def _below(self, kind: str, members: Iterable[Shape]) -> Node | None:
        return self._node(m[kind] for m in members if isinstance(m, dict) and kind in m)

    def _fill(self, node: Node, names: frozenset[str], values: Node | None) -> None:
        if values is not None:
            node.fields = _every(values)
        elif names:
            target = self._target(names, _DISCRIMINATORS)
            if isinstance(target, Choice):
                node.choice = target
            else:
                node.fields = target

    def _target(self, names: frozenset[str], discriminators: tuple[str, ...]) -> Target:
        """Tell the named objects apart by the first discriminator that can, or merge them."""
        if len(names) == 1 or not discriminators:
            return self._table(names)
        key, *others = discriminators
        spoken = {name: _literals(self._objects[name], key) for name in names}
        if len({frozenset(values) for values in spoken.values()}) == 1:
            return self._target(names, tuple(others))
        choice = Choice(key)
        for value in sorted(set().union(*spoken.values())):
            having = frozenset(name for name in names if value in spoken[name])
            choice.by_value[value] = self._target(having, tuple(others))
        without = frozenset(name for name in names if key not in self._objects[name].required)
        if without:
            choice.without = self._target(without, tuple(others))
        if len(without) == 1:
            choice.needed_without = self._objects[next(iter(without))].required
        return choice

    def _table(self, names: frozenset[str]) -> Lookup:
        """Compile the keys of the named objects, merged, into one table's look-up."""
        if names not in self._tables:
            table: dict[str, Node | Unknown | None] = {}
            self._tables[names] = table.get  # before its keys, for objects that hold themselves
            shapes: dict[str, list[Shape]] = {}
            for name in sorted(names):
                for key, shape in self._objects[name].properties.items():
                    shapes.setdefault(key, []).append(shape)
            for key, alternatives in shapes.items():
                table[key] = self._node(alternatives)
        return self._tables[names]


def _members(shapes: Iterable[Shape]) -> list[Shape]:
    """List the members of the union of `shapes`, flat, each once, in a stable order."""
    members: dict[bytes, Shape] = {}
    waiting = list(shapes)
    while waiting:
        shape = waiting.pop()
        if isinstance(shape, dict) and "any_of" in shape:
            waiting += shape["any_of"]
        else:
            members[orjson.dumps(shape)] = shape
    return [members[identity] for identity in sorted(members)]


def _is_open(members: Iterable[Shape]) -> bool:
    """Say whether an object of any keys and values is welcome (`metadata`, a JSON schema)."""
    return any(
        member == "any" or (isinstance(member, dict) and member.get("map") == "any")
        for member in members
    )


def _every(node: Node) -> Lookup:
    """Make the look-up of an array or a map: the same node under every key."""
    return lambda _key, _default: node


def _literals(declared: ObjectType, key: str) -> frozenset[str]:
    """List the strings that an object's discriminating key may hold; none if it is free."""
    members = _members([declared.properties.get(key, "any")])
    values = [m["enum"] for m in members if isinstance(m, dict) and "enum" in m]
    return frozenset(value for enum in values for value in enum if isinstance(value, str))
