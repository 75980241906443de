"""Walks the strings and numbers of a body that may be JSON, and says which stand for a secret."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

from mock_upstream.journal.json_text import decoded
from mock_upstream.journal.secret_names import describes, is_secret_key

_TOKEN: Final = re.compile(
    rb'"(?P<text>[^"\\]*+(?:\\.[^"\\]*+)*+)(?:(?P<end>")(?P<key>\s*+:)?|\\?\Z)'
    rb"|(?P<mark>[{}\[\]])"
    rb"|(?P<number>-?[0-9][0-9.eE+-]*+)",
    re.DOTALL,
)
_LONGEST_NAME: Final = 512


class Standing(Enum):
    """What a string or number is in its body."""

    KEY = "key"
    VALUE = "value"
    SECRET = "secret"  # noqa: S105 -- a word, not one


class Piece(NamedTuple):  # a body has thousands: a dataclass takes four times as long to make
    """A string without its quotes, or a number: where it stands in the body, and as what."""

    start: int
    end: int
    text: bytes
    standing: Standing
    quoted: bool


class _Mode(Enum):
    """What holds for the values of an object or array."""

    PLAIN = "plain"
    SECRET = "all are secret"  # noqa: S105 -- a word, not one
    PROPERTIES = "the keys are names that a JSON Schema declares"
    SCHEMA = "a JSON Schema of a secret"


def pieces(body: bytes) -> Iterator[Piece]:
    """Yield keys, strings and secret numbers in their order. Takes any bytes."""
    outer: list[_Mode] = []
    mode, named = _Mode.PLAIN, None
    for token in _TOKEN.finditer(body):
        kind = token.lastgroup
        if kind == "key":
            yield Piece(*token.span("text"), token["text"], Standing.KEY, quoted=True)
            named = _under(mode, token["text"])
            continue
        inner = named or (mode if mode is _Mode.SECRET else _Mode.PLAIN)
        named = None
        if kind != "mark":
            piece = _scalar(token, "number" if kind == "number" else "text", inner)
            if piece.quoted or piece.standing is Standing.SECRET:
                yield piece
        elif token[0] in b"{[":
            outer.append(mode)
            mode = inner if token[0] == b"{" or inner is not _Mode.SCHEMA else _Mode.SECRET
        else:
            mode = outer.pop() if outer else _Mode.PLAIN


def _scalar(token: re.Match[bytes], group: str, mode: _Mode) -> Piece:
    secret = mode is _Mode.SECRET or mode is _Mode.SCHEMA
    standing = Standing.SECRET if secret else Standing.VALUE
    return Piece(*token.span(group), token[group], standing, quoted=group == "text")


def _under(mode: _Mode, raw: bytes) -> _Mode:
    """Say what holds for the value of a key."""
    if mode is _Mode.SECRET:
        return mode
    name = _name(raw)
    if mode is _Mode.SCHEMA and not describes(name):
        return _Mode.SECRET
    if mode is _Mode.PROPERTIES:
        return _Mode.SCHEMA if is_secret_key(name) else _Mode.PLAIN
    if name == "properties":
        return _Mode.PROPERTIES
    return _Mode.SECRET if is_secret_key(name) else _Mode.PLAIN


def _name(raw: bytes) -> str:
    return decoded(raw[:_LONGEST_NAME]).decode("utf-8", "replace")
