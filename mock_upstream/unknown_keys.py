"""Finds the first key of a payload that the API does not declare, at any depth."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from mock_upstream.field_path import Location
from mock_upstream.schema.data import load_schema
from mock_upstream.schema.tables import UNKNOWN, Lookup, Node, Tables, Unknown
from mock_upstream.verdict import APIS, Api


def declared(api: Api) -> Node:
    """Give what an API declares, compiled from the committed data."""
    return _compiled()[api]


@cache  # once a process: the data never change, and neither do the nodes
def _compiled() -> Mapping[Api, Node]:
    tables = Tables(load_schema())
    return {api: tables.root(api) for api in APIS}


def first_unknown(root: Node, payload: object) -> Location | None:
    """Return the place of the first undeclared key in document order, or None.

    It walks declared places alone, on a stack of its own: what the schema leaves open (tool
    parameters, metadata) is never entered, and no nesting exhausts Python's stack.
    """
    place: list[str | int] = []
    stack: list[tuple[Iterator[tuple[str | int, object]], Lookup]] = []
    entered = _enter(root, payload)
    while entered is not None:
        stack.append(entered)
        entered = None
        while stack and entered is None:
            pairs, lookup = stack[-1]
            for key, value in pairs:
                node = lookup(key, UNKNOWN)
                if node is None:
                    continue
                if isinstance(node, Unknown):
                    return (*place, key)
                entered = _enter(node, value)
                if entered is not None:
                    place.append(key)
                    break
            else:
                stack.pop()
                if place:
                    place.pop()
    return None


def _enter(node: Node, value: object) -> tuple[Iterator[tuple[str | int, object]], Lookup] | None:
    """Open an object or array for the walk; None where nothing below it is declared."""
    pairs: Iterable[tuple[str | int, object]]
    if isinstance(value, dict):
        lookup, pairs = node.resolve(value), value.items()
    elif isinstance(value, list):
        lookup, pairs = node.elements, enumerate(value)
    else:
        return None
    return None if lookup is None else (iter(pairs), lookup)
