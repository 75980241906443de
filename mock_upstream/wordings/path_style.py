"""How vendors write a place in a request, where OpenAI writes `messages[2].content[0].text`."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import orjson

from mock_upstream.field_path import Location, render

PathStyle: TypeAlias = Literal["openai", "bracketed", "dotted", "tagged", "plain", "pointer"]
"""`input[0].x`, `messages.[0].x`, `messages.0.x`, `messages.0.assistant.x` (the role stands after
the index of a message, as pydantic's tagged unions have it), `tools.x` without indices, `#/a/0`."""


def write(place: Location, style: PathStyle, payload: object) -> str:
    """Write a concrete place in a vendor's style."""
    if style == "openai":
        return render(place)
    if style == "pointer":
        return "#" + "".join(f"/{_escaped(str(step))}" for step in place)
    if style == "plain":
        return ".".join(step for step in place if isinstance(step, str))
    if style == "bracketed":
        return ".".join(f"[{step}]" if isinstance(step, int) else step for step in place)
    return ".".join(str(step) for step in steps(place, style, payload))


def steps(place: Location, style: PathStyle, payload: object) -> list[str | int]:
    """List the steps of a place; in the style `tagged` with the role after a message's index."""
    return list(_tagged(place, payload)) if style == "tagged" else list(place)


def python_tuple(place: list[str | int]) -> str:
    """Write steps as Python writes a tuple of them."""
    return repr(tuple(place))


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _tagged(place: Location, payload: object) -> Iterator[str | int]:
    yield from place[:2]
    if place[:1] == ("messages",) and len(place) > 2:  # noqa: PLR2004 - below one message
        messages = payload.get("messages") if isinstance(payload, dict) else None
        message = messages[place[1]] if isinstance(messages, list) else None  # type: ignore[index]
        role = message.get("role") if isinstance(message, dict) else None
        if isinstance(role, str):
            yield role
    yield from place[2:]


def compact_column(place: Location, payload: object) -> int:
    """Give the column, from 1, at which the value of a place ends in the compact JSON."""
    column = 0
    for step in place:
        pairs = payload.items() if isinstance(payload, dict) else enumerate(_elements(payload))
        column += 1
        for key, value in pairs:
            if isinstance(payload, dict):
                column += _size(key) + 1
            if key == step:
                payload = value
                break
            column += _size(value) + 1
        else:
            return column
    return column + _size(payload)


def _elements(payload: object) -> list[object]:
    return payload if isinstance(payload, list) else []


def _size(value: object) -> int:
    try:
        return len(orjson.dumps(value))
    except TypeError:  # nested too deep, or half a surrogate pair: no upstream would get so far
        return 0
