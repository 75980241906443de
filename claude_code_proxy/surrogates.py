"""Lone surrogates: halves of a character that no encoder can send.

A tool's output that was cut in the middle of an emoji has them. JSON can spell them, UTF-8 cannot,
and LiteLLM would fail on them on its way out. LiteLLM's proxy itself refuses them, with a 400 in
1.106.2, before any handler.
"""

from __future__ import annotations

from typing import Any

import orjson


def without_lone_surrogates(payload: dict[str, Any]) -> dict[str, Any]:
    """Return ``payload`` with U+FFFD for each lone surrogate, in keys and values at any depth.

    A payload without any is returned itself, which costs one encoding; the caller's is untouched.
    Two halves that meet, as after gluing what was cut, become their one character.
    """
    try:
        orjson.dumps(payload)
    except TypeError:  # or what orjson does not take: a depth, a key or a type, which may stay
        return _cleaned(payload)
    return payload


def _cleaned(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a copy, walked with a list of its own: a payload may be nested deeper than Python."""
    root: list[Any] = [payload]
    waiting: list[tuple[Any, Any]] = [(root, 0)]
    while waiting:
        holder, place = waiting.pop()
        value = holder[place]
        if isinstance(value, str):
            holder[place] = sound(value)
        elif isinstance(value, dict):
            holder[place] = copy = {_key(key): inner for key, inner in value.items()}
            waiting += [(copy, key) for key in copy]
        elif isinstance(value, list | tuple):
            holder[place] = items = list(value)
            waiting += [(items, index) for index in range(len(items))]
    cleaned: dict[str, Any] = root[0]
    return cleaned


def _key(key: Any) -> Any:
    return sound(key) if isinstance(key, str) else key


def sound(text: str) -> str:
    """Return ``text`` with U+FFFD for each lone surrogate."""
    return text if text.isascii() else _paired(text)


def _paired(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
