"""Loads the schema: the generated data with the overlay, the limits and the words laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml

from mock_upstream.profile_format.yaml_document import SAFE_LOADER
from mock_upstream.schema.shapes import Shape as Shape  # noqa: PLC0414 - part of what is loaded
from mock_upstream.schema.shapes import limited
from mock_upstream.verdict import Api

_HERE = Path(__file__).parent


class SchemaError(ValueError):
    """Committed schema data that does not hold together; a defect of this package."""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object that the API declares: its known keys with their shapes, and the required ones."""

    properties: Mapping[str, Shape]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class Schema:
    """The request types of both APIs, and the version of the `openai` package they came from.

    `words` are the rows of `words.yaml`: how the API speaks of the objects that a row names.
    """

    version: str
    roots: Mapping[Api, Shape]
    objects: Mapping[str, ObjectType]
    words: tuple[Mapping[str, Any], ...] = ()


@cache
def load_schema() -> Schema:
    """Read the committed data and lay the rest over it. Raises `SchemaError`."""
    data = orjson.loads((_HERE / "openai.json").read_bytes())
    objects = {
        name: ObjectType(entry["properties"], frozenset(entry["required"]))
        for name, entry in data["objects"].items()
    }
    for row in rows("overlay"):
        for name in row["objects"]:
            objects[name] = overlaid(objects, name, row)
    for row in rows("limits"):
        for name in row["objects"]:
            objects[name] = bounded(objects, name, row)
    words = rows("words")
    for row in words:
        _known(objects, row["member"], "words.yaml")
    return Schema(data["openai"], data["roots"], objects, tuple(words))


def rows(name: str) -> list[dict[str, Any]]:
    """Read the rows of one of the YAML files beside this module."""
    path = _HERE / f"{name}.yaml"
    found: list[dict[str, Any]] = yaml.load(path.read_bytes(), SAFE_LOADER)  # noqa: S506 - a safe loader
    return found


def overlaid(objects: Mapping[str, ObjectType], name: str, row: Mapping[str, Any]) -> ObjectType:
    """Change one object as its overlay row says; a row that no longer bites is an error."""
    declared = _known(objects, name, "overlay.yaml")
    added, replaced = row.get("add", {}), row.get("replace", {})
    optional, nullable = frozenset(row.get("optional", ())), row.get("nullable", ())
    idle = (added.keys() & declared.properties.keys()) | (optional - declared.required)
    idle |= (replaced.keys() | set(nullable)) - declared.properties.keys()
    idle |= {key for key in nullable if key not in idle and _takes_null(declared.properties[key])}
    if idle:
        raise SchemaError(
            f"overlay.yaml: {name}: {sorted(idle)} change nothing; the types have caught up, or "
            "the keys are gone: remove them from the row"
        )
    properties = {**declared.properties, **added, **replaced}
    properties |= {key: {"any_of": [properties[key], "null"]} for key in nullable}
    return replace(declared, properties=properties, required=declared.required - optional)


def bounded(objects: Mapping[str, ObjectType], name: str, row: Mapping[str, Any]) -> ObjectType:
    """Bound one key of an object as a row of limits says; a row that finds nothing is an error."""
    declared, key = _known(objects, name, "limits.yaml"), row["key"]
    shape = limited(declared.properties[key], row) if key in declared.properties else None
    if shape is None:
        raise SchemaError(
            f"limits.yaml: {name}: no {key!r} that is {row['of']}; the types have changed: "
            "correct the row"
        )
    return replace(declared, properties={**declared.properties, key: shape})


def _known(objects: Mapping[str, ObjectType], name: str, where: str) -> ObjectType:
    if name not in objects:
        raise SchemaError(f"{where}: no object {name!r} in openai.json; was it renamed?")
    return objects[name]


def _takes_null(shape: Shape) -> bool:
    parts = shape.get("any_of", ()) if isinstance(shape, Mapping) else ()
    return shape in ("null", "any") or any(_takes_null(part) for part in parts)
