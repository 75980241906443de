"""Says what is wrong with a profile: line, place, received, expected, nearest right word.

Pydantic's model of a profile finds faults of shape; it is made here, from the parts, when the
first file is checked.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mock_upstream.field_path import render
from mock_upstream.nearest import nearest
from mock_upstream.once import Once
from mock_upstream.part_model import PartModels
from mock_upstream.profile_format.profile import Profile
from mock_upstream.profile_format.yaml_document import YamlDocument

_LONGEST_ECHO = 80

Place = tuple[str | int, ...]

profile_model: Final = Once(lambda: PartModels().of(Profile))
"""Pydantic's model of a profile file."""


def shape_faults(data: Mapping[str, Any]) -> list[ErrorDetails]:
    """List what is wrong with a profile's data by itself, key by key."""
    try:
        profile_model().model_validate(data)
    except ValidationError as error:
        return error.errors()
    return []


def describe(document: YamlDocument, fault: ErrorDetails, place: Place) -> str:
    """Put one validation error into words: `:LINE: PLACE: what, expected what`.

    `place` is where the fault stands in the document, which for a variant or an inherited rule is
    not where it stands in the model.
    """
    where = f":{document.line(place)}: {render(place) or 'the profile'}"
    if fault["type"] == "missing":
        return f"{where}: missing; expected a value here"
    if fault["type"] == "extra_forbidden":
        keys = _keys(profile_model(), fault["loc"][:-1])
        word = nearest(str(place[-1]), keys)
        return f"{where}: unknown key; expected one of {', '.join(keys)}{word}"
    if fault["type"] == "value_error":  # our own validators name what they received
        return f"{where}: {fault['ctx']['error']}"
    received = _echo(fault["input"])
    if fault["type"] == "literal_error":
        expected = fault["ctx"]["expected"]
        word = nearest(str(fault["input"]), re.findall(r"'([^']*)'", expected))
        return f"{where}: received {received}; expected {expected}{word}"
    return f"{where}: received {received}; {fault['msg'][:1].lower()}{fault['msg'][1:]}"


def _echo(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_ECHO else f"{text[:_LONGEST_ECHO]}…"


def _keys(model: type[BaseModel], place: Place) -> list[str]:
    """List the keys that the model at a place knows."""
    for step in place:
        field = next((f for name, f in model.model_fields.items() if step in (name, f.alias)), None)
        if field is not None:  # an index of an array stays at the array's model
            model = _model_in(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(hint: Any) -> type[BaseModel] | None:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    return next(filter(None, map(_model_in, get_args(hint))), None)
