"""Reads a script's `match:`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from mock_upstream.field_path import FieldPath
from mock_upstream.nearest import nearest
from mock_upstream.scripts.condition import Condition, Contains, Equals, Matches, Present
from mock_upstream.scripts.match import ENDPOINT_NAMES, Match
from mock_upstream.scripts.node import Node

_KEYS: Final = ("endpoint", "model", "header", "body", "nth")
_OPERATORS: Final[Mapping[str, Callable[[Node], Condition]]] = {
    "equals": lambda node: Equals(node.json()),
    "contains": lambda node: Contains(node.json()),
    "matches": lambda node: Matches(node.text()),
    "present": lambda node: Present(wanted=node.flag()),
}


def read_match(node: Node) -> Match:
    """Read the conditions on a request."""
    found = node.mapping(_KEYS)
    endpoint = found["endpoint"].word(ENDPOINT_NAMES) if "endpoint" in found else None
    model = read_text_condition(found["model"]) if "model" in found else None
    header = _several(found.get("header"), read_text_condition, "a mapping of header names")
    body = _several(found.get("body"), read_condition, "a mapping of field paths")
    nth = found["nth"].whole() if "nth" in found else None
    for path, inner in () if "body" not in found else found["body"].entries(""):
        inner.made(partial(FieldPath.parse, path))
    return node.made(lambda: Match(endpoint, model, header, body, nth))


def read_condition(node: Node) -> Condition:
    """Read a value to be equalled, or a mapping of exactly one operator."""
    if not isinstance(node.value, dict):
        return Equals(node.json())
    if len(node.value) != 1:
        raise node.expected(
            f"one of {', '.join(_OPERATORS)}, or a plain value; for an object write {{equals: …}}"
        )
    [(operator, inner)] = node.entries("")
    if operator not in _OPERATORS:
        raise inner.refuse(
            f"unknown operator; expected one of {', '.join(_OPERATORS)}, or for an object "
            f"{{equals: …}}{nearest(operator, _OPERATORS)}"
        )
    return inner.made(lambda: _OPERATORS[operator](inner))


def read_text_condition(node: Node) -> Condition:
    """Read a condition on a text, such as a header's value."""
    return read_condition(node) if isinstance(node.value, dict) else Equals(node.text())


def _several(
    node: Node | None, read: Callable[[Node], Condition], what: str
) -> dict[str, Condition]:
    return {} if node is None else {key: read(inner) for key, inner in node.entries(what)}
