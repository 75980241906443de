"""Texts that are safe to show: no key in them, and no character that a reader would obey.

What an upstream, a handler or a payload says can hold escape sequences, half characters and marks
that turn the writing round. They are written as escapes here; markup is each format's own matter.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from conformance.environment import (
    KEY_FROM_CALL,
    KEY_FROM_ENVIRONMENT,
    KEY_FROM_LITELLM_PARAMS,
    KEY_OF_THE_CLIENT,
)

KEY_NAMES: Final = {
    KEY_FROM_CALL: "<key of the call>",
    KEY_FROM_LITELLM_PARAMS: "<key of litellm_params>",
    KEY_FROM_ENVIRONMENT: "<key of the environment>",
    KEY_OF_THE_CLIENT: "<key of the client>",
}
_MARKED: Final = re.compile("|".join(map(re.escape, sorted(KEY_NAMES, key=len, reverse=True))))
_LIKE_A_KEY: Final = re.compile(r"\b(Bearer\s+|sk-)(?=[\w.~+/-]*\d)[\w.~+/-]{16,}=*")
"""What a handler of somebody else's may have had in it: only what is long and has a digit."""

_OBEYED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NO_CHARACTERS: Final = 0xFFFE
_JOINERS: Final = "\u200c\u200d"
"""Format characters that emoji and several scripts are written with."""


def without_keys(text: str) -> str:
    """Return ``text`` with every marked key told by its source, and what looks like one hidden."""
    return _LIKE_A_KEY.sub(r"\1<hidden>", _MARKED.sub(lambda key: KEY_NAMES[key[0]], text))


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return ``text`` with control and format characters as escapes; ``lines`` keeps line feeds.

    What is left can be written as UTF-8 and is allowed in XML: ``\x1b[31m``, ``\ud83d``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _is_shown(character) or (lines and character == "\n") else _escape(character)
        for character in text
    )


def visible_json(text: str) -> str:
    r"""Return the JSON ``text`` with the same characters as JSON's own escapes: ``\u202e``."""
    return "".join(c if _is_shown(c) or c == "\n" else _json_escape(c) for c in text)


def short(text: str, limit: int) -> str:
    """Return ``text`` if it is within ``limit`` characters, else its begin and how long it is."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def _is_shown(character: str) -> bool:
    if character in _JOINERS:
        return True
    kept = unicodedata.category(character) not in _OBEYED
    return kept and ord(character) & _NO_CHARACTERS != _NO_CHARACTERS


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2))


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
