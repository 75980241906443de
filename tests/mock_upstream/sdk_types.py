"""Builds requests from the openai package's own types, without the mock's data.

Every TypedDict that a request type reaches is met at every key that may hold it: a `Spot`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from openai.types.chat import completion_create_params as chat
from openai.types.responses import response_create_params as responses
from typing_extensions import is_typeddict

ROOTS = {
    "responses": (
        responses.ResponseCreateParamsNonStreaming,
        responses.ResponseCreateParamsStreaming,
    ),
    "chat": (chat.CompletionCreateParamsNonStreaming, chat.CompletionCreateParamsStreaming),
}
_SAMPLES: dict[Any, object] = {
    str: "text",
    int: 1,
    float: 0.5,
    bool: True,
    object: {"open": 1},
    type(None): None,
}
_WITHIN_LIMITS: dict[str, object] = {"max_output_tokens": 16}
"""Samples for keys that the plain ones would not do for: OpenAI's limits are not in the types."""

Wrap = Callable[[object], Any]


@dataclass(frozen=True)
class Spot:
    """An object type at one concrete place of a request."""

    declared: type
    path: str
    wrap: Wrap

    def request(
        self, *, full: bool, extra: Mapping[str, object] | None = None, last: bool = True
    ) -> dict[str, Any]:
        """Build the request that has the object here, with all its keys or the needed ones.

        `extra` is put after them, or before.
        """
        own = sample_object(self.declared, full=full)
        instance = {**own, **(extra or {})} if last else {**(extra or {}), **own}
        request: dict[str, Any] = self.wrap(instance)
        return request


@cache
def spots(api: str) -> tuple[Spot, ...]:
    """List every object type of a request at every key of every type that may hold it."""
    return tuple(_spots(api))


def _spots(api: str) -> Iterator[Spot]:
    waiting = [Spot(root, "", lambda instance: instance) for root in ROOTS[api]]
    yield from waiting
    entered = set(ROOTS[api])
    while waiting:
        parent = waiting.pop(0)
        for key, hint in hints_of(parent.declared).items():
            for declared, steps, wrap in _objects_in(hint):
                path = f"{parent.path}.{key}{steps}".removeprefix(".")
                spot = Spot(declared, path, _under(parent, key, wrap))
                yield spot
                if declared not in entered:
                    entered.add(declared)
                    waiting.append(spot)


def sample_object(declared: type, *, full: bool) -> dict[str, object]:
    """Build an instance: its needed keys and what tells it from others, or all its keys."""
    return {
        key: _WITHIN_LIMITS.get(key, sample(hint))
        for key, hint in hints_of(declared).items()
        if full or get_origin(hint) is Required or key in ("type", "role")
    }


def sample(hint: Any) -> object:
    """Build a value that a type hint allows."""
    if is_typeddict(hint):
        return sample_object(hint, full=False)
    if hint in _SAMPLES:
        return _SAMPLES[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return arguments[0]
    if origin in (Required, NotRequired, Annotated, Union, UnionType):
        return sample(arguments[0])
    return {} if is_map(origin) else [sample(arguments[0])]


def list_sample(declared: type, key: str) -> list[object]:
    """Build the array of one element that a key allows, whatever else it allows."""
    waiting = [hints_of(declared)[key]]
    while waiting:
        hint = waiting.pop(0)
        made = sample(hint)
        if isinstance(made, list):
            return made
        waiting += get_args(hint)
    raise ValueError(f"{declared.__name__}.{key} allows no array")


def _under(parent: Spot, key: str, wrap: Wrap) -> Wrap:
    return lambda instance: parent.request(full=False, extra={key: wrap(instance)})


@cache
def hints_of(declared: type) -> dict[str, Any]:
    """Read the type hints of an object's keys, with their qualifiers."""
    return get_type_hints(declared, include_extras=True)


def _objects_in(hint: Any) -> Iterator[tuple[type, str, Wrap]]:
    """Yield the object types directly inside a hint, the steps to them, and how to wrap them."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        yield hint, "", lambda instance: instance
    elif origin in (Required, NotRequired, Annotated, Union, UnionType):
        for argument in arguments:
            yield from _objects_in(argument)
    elif is_map(origin):
        for declared, steps, wrap in _objects_in(arguments[1]):
            yield declared, f".k{steps}", _in_map(wrap)
    elif isinstance(origin, type) and (
        origin is Iterable or issubclass(origin, Sequence | Iterable)
    ):
        for declared, steps, wrap in _objects_in(arguments[0]):
            yield declared, f"[0]{steps}", _in_array(wrap)


def _in_map(wrap: Wrap) -> Wrap:
    return lambda instance: {"k": wrap(instance)}


def _in_array(wrap: Wrap) -> Wrap:
    return lambda instance: [wrap(instance)]


def is_map(origin: Any) -> bool:
    """Say whether a hint's origin is a mapping."""
    return isinstance(origin, type) and issubclass(origin, Mapping)
