"""Loads the schema: the generated data with the overlay laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import yaml

from mock_upstream.verdict import Api
from mock_upstream.yaml_document import SAFE_LOADER

Shape: TypeAlias = str | dict[str, Any]
"""A value's shape, as `mock_upstream.schema.type_walk` describes it."""

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
    """The request types of both APIs and the version of the `openai` package they came from."""

    version: str
    roots: Mapping[Api, Shape]
    objects: Mapping[str, ObjectType]


def load_schema() -> Schema:
    """Read the committed data and lay the overlay over it. Raises `SchemaError`."""
    data = orjson.loads((_HERE / "openai.json").read_bytes())
    objects = {
        name: ObjectType(entry["properties"], frozenset(entry["required"]))
        for name, entry in data["objects"].items()
    }
    overlay = yaml.load((_HERE / "overlay.yaml").read_bytes(), SAFE_LOADER)  # noqa: S506 -- is safe
    for row in overlay:
        objects[row["object"]] = overlaid(objects, row)
    return Schema(data["openai"], data["roots"], objects)


def overlaid(objects: Mapping[str, ObjectType], row: Mapping[str, Any]) -> ObjectType:
    """Change one object as its overlay row says; a row that no longer bites is an error."""
    name, added, replaced = row["object"], row.get("add", {}), row.get("replace", {})
    optional = frozenset(row.get("optional", ()))
    if name not in objects:
        raise SchemaError(f"overlay.yaml: no object {name!r} in openai.json; was it renamed?")
    declared = objects[name]
    idle = (added.keys() & declared.properties.keys()) | (optional - declared.required)
    idle |= replaced.keys() - declared.properties.keys()
    if idle:
        raise SchemaError(
            f"overlay.yaml: {name}: {sorted(idle)} change nothing; the types have caught up, or "
            "the keys are gone: remove them from the row"
        )
    properties = {**declared.properties, **added, **replaced}
    return replace(declared, properties=properties, required=declared.required - optional)
