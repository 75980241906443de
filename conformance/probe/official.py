"""The official package's models as a measure of objects and events; loaded when first needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.matrix import Api

_MOST: Final = 3


def object_faults(api: Api, body: Any) -> list[str]:
    """Say what the official model of an API's object does not read in ``body``."""
    return _faults(_object_model(api), body)


def event_faults(api: Api, body: Any) -> list[str]:
    """Say what the official model of an event or chunk does not read in ``body``."""
    if api == "chat":
        return _faults(_chunk_model(), body)
    kind = body.get("type") if isinstance(body, dict) else None
    model = _event_models().get(str(kind))
    return [f"the event {kind} is not an official one"] if model is None else _faults(model, body)


def _faults(model: type[BaseModel], body: Any) -> list[str]:
    try:
        model.model_validate(body)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)
        return [f"{_place(one['loc'])}: {one['msg'].lower()}" for one in told[:_MOST]]
    return []


def _place(loc: tuple[int | str, ...]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    return text.removeprefix(".") or "the whole"


@cache
def _object_model(api: Api) -> type[BaseModel]:
    if api == "chat":
        from openai.types.chat import ChatCompletion

        return ChatCompletion
    from openai.types.responses import Response

    return Response


@cache
def _chunk_model() -> type[BaseModel]:
    from openai.types.chat import ChatCompletionChunk

    return ChatCompletionChunk


@cache
def _event_models() -> Mapping[str, type[BaseModel]]:
    from openai.types.responses import ResponseStreamEvent

    return {
        get_args(model.model_fields["type"].annotation)[0]: model
        for model in get_args(get_args(ResponseStreamEvent)[0])
    }
