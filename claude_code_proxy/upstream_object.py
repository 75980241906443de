"""Reading what an upstream sent: plain JSON, or the objects that LiteLLM made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from claude_code_proxy.surrogates import sound


def read(value: object, name: str, default: Any = None) -> Any:
    """Return ``value``'s key or attribute ``name``; ``default`` where it is absent or None.

    LiteLLM's versions differ in which of the two an output item is.
    """
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 - a dict is told faster
        found = value.get(name)
    else:
        found = getattr(value, name, None)
    return default if found is None else found


def rows(value: object) -> list[Any]:
    """Return ``value`` if it is a list, an empty one otherwise: null and other shapes hold none."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return the text of ``value``: a string, or the text and refusals of a list of parts.

    Lone surrogates, which no server of ours could hand on, are replaced here and in the others.
    """
    if isinstance(value, str):
        return sound(value)
    return "".join(texts(value))


def texts(parts: object) -> tuple[str, ...]:
    """Return the text or the refusal of each of the ``parts`` that has one."""
    found = (
        part if isinstance(part, str) else read(part, "text") or read(part, "refusal")
        for part in rows(parts)
    )
    return tuple(sound(text) for text in found if isinstance(text, str) and text)


def arguments_text(value: object) -> str:
    """Return the arguments of a call as the JSON text that they should be, where they are not."""
    if value is None or isinstance(value, str):
        return sound(value or "")
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a number beyond 64 bits, or a depth that the other takes
        return json.dumps(value, default=str)
