"""The official package's models as a measure: they must take it all, know it all, lose nothing."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from openai._models import BaseModel  # the base of every official model
from openai.types.responses import ResponseStreamEvent

EVENT_TYPES: Final[Mapping[str, type[BaseModel]]] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(ResponseStreamEvent)[0])
}


def undeclared(value: object) -> set[str]:
    """The keys that the official models do not declare, at any depth."""
    if isinstance(value, list):
        return set().union(*map(undeclared, value))
    if not isinstance(value, BaseModel):
        return set()
    children = (getattr(value, name) for name in type(value).model_fields)
    return set(value.model_extra or ()).union(*map(undeclared, children))


def validated(model: type[BaseModel], data: Any, extra: frozenset[str] = frozenset()) -> Any:
    """Read data with an official model: it must take it strictly, know every key and lose nothing.

    `store` is the exception: the API answers it, and the package's `Response` leaves it out.
    """
    value = model.model_validate(data, strict=True)
    assert undeclared(value) <= {"store", *extra}
    assert value.model_dump(mode="json", by_alias=True, exclude_unset=True) == data
    return value


def events_of(stream: str) -> list[tuple[str | None, str]]:
    """Split an event stream into the name and data of its events."""
    events = []
    for block in stream.removesuffix("\n\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        events.append((fields.get("event"), fields["data"]))
    return events
