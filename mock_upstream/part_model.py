"""Pydantic's models of the parts of a file, made when a user's file is to be checked.

Only this and what calls it imports pydantic: a mock that serves a shipped profile does without.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pydantic
from pydantic import BaseModel, ConfigDict, create_model, model_validator

from mock_upstream.part import After, AnyJson, Before, Held, Part, file_fields


class _Closed(BaseModel):
    """What holds for every part: no other keys, no conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PartModels:
    """The models of some parts, each made once. A model says what is wrong, it makes no part."""

    def __init__(self) -> None:
        self._made: dict[type[Part], type[BaseModel]] = {}

    def of(self, part: type[Part]) -> type[BaseModel]:
        """Give the model of a part, and make those of the parts within it."""
        if part not in self._made:
            self._made[part] = self._make(part)
        return self._made[part]

    def _make(self, part: type[Part]) -> type[BaseModel]:
        hints = file_fields(part)
        of_files = {
            one.name: one
            for one in fields(part)  # type: ignore[arg-type]  # every part is a dataclass
            if one.name in hints
        }
        columns: dict[str, Any] = {
            name: (self._hint(hints[name]), self._column(one)) for name, one in of_files.items()
        }
        checked: Any = model_validator(mode="after")(_checked_as(part))
        return create_model(
            part.__name__,
            __base__=_Closed,
            __doc__=part.__doc__,
            __validators__={"goes_together": checked},
            **columns,
        )

    def _column(self, one: Field[Any]) -> Any:
        """Write a field's default, and its key where that is no name in Python."""
        column: dict[str, Any] = {}
        if one.default_factory is not MISSING:
            column = {"default_factory": one.default_factory}
        elif one.default is not MISSING:
            column = {"default": self._modelled(one.default)}
        key = one.name.rstrip("_")
        return pydantic.Field(**column if key == one.name else {**column, "alias": key})

    def _modelled(self, value: Any) -> Any:
        """Turn a part, as a default or a short form has it, into an instance of its model."""
        if not isinstance(value, Part):
            return value
        given = {name: self._modelled(getattr(value, name)) for name in value.given}
        return self.of(type(value)).model_construct(_fields_set=set(given), **given)

    def _hint(self, hint: Any) -> Any:
        """Write an annotation with models for parts and pydantic's marks for ours."""
        if isinstance(hint, type) and issubclass(hint, Part):
            return self.of(hint)
        origin, inner = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._marked(hint)
        if origin in (Union, UnionType):
            return reduce(or_, map(self._hint, inner))
        if origin is tuple:
            items: Any = self._hint(inner[0])
            return Annotated[tuple[items, ...], pydantic.Field(strict=False)]
        if origin in (list, dict):
            return origin[tuple(map(self._hint, inner))]
        return hint

    def _marked(self, hint: Any) -> Any:
        made = self._hint(hint.__origin__)
        for mark in hint.__metadata__:
            match mark:
                case After():
                    made = Annotated[made, pydantic.AfterValidator(mark.check)]
                case Before():
                    made = Annotated[made, self._before(mark)]
                case Held():
                    made = Annotated[made, pydantic.Field(**mark.bounds)]
                case AnyJson():
                    made = pydantic.JsonValue
        return made

    def _before(self, mark: Before) -> pydantic.BeforeValidator:
        return pydantic.BeforeValidator(
            lambda value: self._modelled(mark.read(value)),
            json_schema_input_type=self._hint(mark.shown),
        )


def _checked_as(part: type[Part]) -> Callable[[Any], Any]:
    """Have the part check whether its fields go together; those within it have been asked."""

    def checked(model: BaseModel) -> BaseModel:
        part(**{name: getattr(model, name) for name in model.model_fields_set})
        return model

    return checked
