"""Phrases: what OpenAI's errors call a JSON type, a received value and a list of values.

The patterns are those of openai-chat-invalid-type and openai-resp-content-part-type, and of the
direct observations of the API that two projects keep as tests (their paths in `SOURCES`).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

SOURCES: Final = (
    "openai-chat-invalid-type",
    "openai-resp-content-part-type",
    "kangminlee-maker/local-OAuth-CLI-API-adapter test/openai-responses-validation-parity.test.mjs",
    "kangminlee-maker/local-OAuth-CLI-API-adapter test/openai-chat-validation-parity.test.mjs",
)

_LONGEST_ECHO = 1000
_WHOLE_NAME = 10
"""Characters of a name that a type error still shows whole: it shows 'in_memory', and abbreviates
'allowed_tools' to 'all...ols'."""
_SAFE_BITS = 64
_TYPES: Final = {
    "string": ("a", "string"),
    "integer": ("an", "integer"),
    "number": ("a", "decimal"),
    "boolean": ("a", "boolean"),
    "null": ("", "null"),
}


def received(value: object) -> str:
    """Name a received value's JSON type, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a decimal number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


def echo(value: object) -> str:
    """Write a scalar as an error message repeats it; bounded, as it came from a request."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_ECHO else f"{value[:_LONGEST_ECHO]}…"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _SAFE_BITS else "a very large integer"
    return repr(value) if isinstance(value, float) else received(value)


def abbreviated(name: str) -> str:
    """Shorten a name as OpenAI's errors do: 'allowed_tools' to 'all...ols'."""
    return name if len(name) <= _WHOLE_NAME else f"{name[:3]}...{name[-3:]}"


def listed(values: Sequence[object]) -> str:
    """List the supported values: "'a'", "'a' and 'b'", "'a', 'b', and 'c'"."""
    return _joined([f"'{_plain(value)}'" for value in values], "and")


def expected(members: Iterable[Any]) -> str:
    """Say what would do at a place: "a string", "one of a string or array of objects"."""
    kinds = _kinds(members)
    if len(kinds) > 1:
        kinds.pop(("", "null"), None)
    phrases = list(kinds)
    if len(phrases) == 1:
        return " ".join(filter(None, phrases[0]))
    article, noun = phrases[0]
    nouns = [" ".join(filter(None, (article, noun))), *(noun for _, noun in phrases[1:])]
    return f"one of {_joined(nouns, 'or')}"


def _kinds(members: Iterable[Any]) -> dict[tuple[str, str], None]:
    """Name each kind of a union once, in order, as article and noun."""
    members = list(members)
    kinds: dict[tuple[str, str], None] = {}
    values = [value for m in members if isinstance(m, dict) for value in m.get("enum", ())]
    items = [m["items"] for m in members if isinstance(m, dict) and "items" in m]
    for member in members:
        if isinstance(member, str):
            kinds[_TYPES[member]] = None
        elif "of" in member:
            kinds[_TYPES[member["of"]]] = None
        elif "enum" in member:
            kinds[_choice(values)] = None
        elif "items" in member:
            kinds[("an", f"array of {_plural(items)}")] = None
        else:
            noun = member.get("noun", "object")
            kinds[("an" if noun[0] in "aeiou" else "a", noun)] = None
    return kinds


def _choice(values: Sequence[object]) -> tuple[str, str]:
    names = [f"'{abbreviated(_plain(value))}'" for value in dict.fromkeys(values)]
    return ("one of" if len(names) > 1 else "", _joined(names, "or"))


def _plural(items: Sequence[Any]) -> str:
    flat = _flat(items)
    if "any" in flat:
        return "values"
    nouns = [
        " ".join(filter(None, (article, noun))) if article in ("one of", "") else f"{noun}s"
        for article, noun in _kinds(flat)
    ]
    return _joined(nouns, "or")


def _flat(shapes: Iterable[Any]) -> list[Any]:
    members: list[Any] = []
    waiting = list(shapes)
    while waiting:
        shape = waiting.pop(0)
        if isinstance(shape, dict) and "any_of" in shape:
            waiting[:0] = shape["any_of"]
        else:
            members.append(shape)
    return members


def _plain(value: object) -> str:
    return value if isinstance(value, str) else echo(value)


def _joined(words: Sequence[str], conjunction: str) -> str:
    if len(words) > 2:  # noqa: PLR2004 - from three on, commas
        return f"{', '.join(words[:-1])}, {conjunction} {words[-1]}"
    return f" {conjunction} ".join(words)
