"""What the body of a refusal says, in any of the vendors' envelopes.

OpenAI's ``{"error": {…}}``; the same without the outer object (vLLM); ``{"error": "words"}``, with
more under ``message``; FastAPI's ``{"detail": […]}``, which Mistral puts under ``message``; a list
around it (Google); the provider's own body under ``metadata`` (OpenRouter); or no JSON at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from claude_code_proxy.surrogates import without_lone_surrogates
from claude_code_proxy.upstream_object import read, rows

_NO_MESSAGE: Final = "no message"
_WORDS_OF_AN_ERROR: Final = ("error", "message", "detail")
_LONGEST_WORD: Final = 200


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The message of a refusal, and what it says beside it where it does."""

    message: str
    param: str | None = None
    code: str | None = None
    type: str | None = None

    @classmethod
    def read(cls, text: str) -> ErrorBody:
        """Read a body; one that is no error's object is its own message."""
        body = _object(text)
        if body is None or not any(body.get(word) for word in _WORDS_OF_AN_ERROR):
            return cls(text.strip() or _NO_MESSAGE)
        error = body["error"] if isinstance(body.get("error"), Mapping) else body
        told = _details(error) or cls(_message(error))
        words = (word(error, name) or getattr(told, name) for name in ("param", "code", "type"))
        return cls(told.message, *words)


def word(error: object, name: str) -> str | None:
    """Return what ``error`` has under ``name`` as a text, None for nothing."""
    value = read(error, name)
    return str(value)[:_LONGEST_WORD] if value else None


def _object(text: str) -> dict[str, Any] | None:
    """Return the first object in ``text``, lone surrogates replaced; None if there is none."""
    start = text.find("{")
    try:
        value, _ = json.JSONDecoder().raw_decode(text[start:]) if start >= 0 else (None, 0)
        return without_lone_surrogates(value) if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        return None


def _message(error: Mapping[str, Any]) -> str:
    """Return all that is said: a string, or whatever it is as JSON."""
    said = [error[name] for name in _WORDS_OF_AN_ERROR if error.get(name) not in (None, "", True)]
    provider = read(error.get("metadata"), "raw")
    said = [*(said or [error]), *([provider] if isinstance(provider, str) else [])]
    return ": ".join(one if isinstance(one, str) else _json(one) for one in said)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _details(error: Mapping[str, Any]) -> ErrorBody | None:
    """Return FastAPI's list of details as a message; param and code are the first one's."""
    nested = error.get("message")
    holder = nested if isinstance(nested, Mapping) else error
    details = [one for one in rows(holder.get("detail")) if isinstance(read(one, "msg"), str)]
    if not details:
        return None
    places = [_place(rows(read(one, "loc"))) for one in details]
    lines = (f"{place}: {one['msg']}" for place, one in zip(places, details, strict=True))
    return ErrorBody("; ".join(lines), places[0] or None, word(details[0], "type"))


def _place(steps: Sequence[object]) -> str:
    """Return a place such as ``["body", "messages", 0, "name"]`` as a field path."""
    inside = steps[1:] if steps[:1] == ["body"] else steps
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in inside)
    return path.removeprefix(".")
