"""Finds JSON objects and lists in a text, also as Python writes them or as a string escapes them.

The work is bounded: hostile text of any kind costs seconds at most.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_OPENING: Final = re.compile(r"""(?:\[\s{0,50})?\{\s{0,50}(?=["'\\}])|\[(?=['"])""")
_FIRST_SIGN: Final = re.compile(r"[^\[{\s]")
_MOST_TRIES: Final = 20_000
_MOST_SIGNS: Final = 4_000_000
"""Characters that are looked at one by one, over all tries."""
_LONGEST_REPR: Final = 200_000
_DECODER: Final = json.JSONDecoder(strict=False)
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}


@dataclass(frozen=True, slots=True)
class Span:
    """A value that was found, and where in the text."""

    start: int
    end: int
    value: Any


def spans(text: str) -> Iterator[Span]:
    """Yield what stands in the text, outermost, in its order."""
    at = looked = 0
    for _ in range(_MOST_TRIES):
        opening = _OPENING.search(text, at)
        if opening is None or looked > _MOST_SIGNS:
            return
        start = opening.start()
        try:
            found = _json(text, start)
        except RecursionError:  # nested deeper than any error's body
            looked += _LONGEST_REPR // 10
            at = start + 1
            continue
        if found is None:
            first = _FIRST_SIGN.search(text, start)
            read = {"'": _python, "\\": _escaped}.get(first[0] if first else "")
            found = read(text, start) if read else None
            looked += min(len(text) - start, _LONGEST_REPR) if read else 0
        if found is not None:
            yield found
        at = found.end if found else start + 1


def _json(text: str, start: int) -> Span | None:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except ValueError:
        return None
    return Span(start, end, value)


def _python(text: str, start: int) -> Span | None:
    """Read what Python printed: `{'error': {'message': …, 'param': None}}`."""
    end = closing(text, start)
    if end is None:
        return None
    try:
        value = ast.literal_eval(text[start:end])
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None
    return Span(start, end, value) if isinstance(value, dict | list) else None


def closing(text: str, start: int) -> int | None:
    """Find where the bracket at `start` is closed, strings skipped; None if it is not."""
    waiting: list[str] = []
    quote = ""
    at = start
    last = min(len(text), start + _LONGEST_REPR)
    while at < last:
        sign = text[at]
        if quote:
            if sign == "\\":
                at += 1
            elif sign == quote:
                quote = ""
        elif sign in "\"'":
            quote = sign
        elif sign in _CLOSING:
            waiting.append(_CLOSING[sign])
        elif waiting and sign == waiting[-1]:
            waiting.pop()
            if not waiting:
                return at + 1
        at += 1
    return None


def _escaped(text: str, start: int) -> Span | None:
    r"""Read JSON whose quotes are escaped, as in a log's string: `{\"error\": …}`."""
    piece = text[start : start + _LONGEST_REPR]
    plain = piece.replace("\\\\", "\x00").replace('\\"', '"').replace("\\n", "\n")
    try:
        value, end = _DECODER.raw_decode(plain.replace("\x00", "\\"))
    except (ValueError, RecursionError):
        return None
    quotes = json.dumps(value).count('"')
    return Span(start, min(len(text), start + end + quotes), value)


def mended(text: str) -> Any:
    """Read JSON whose end is missing, as far as it goes; None where nothing can be read."""
    opening = _OPENING.search(text)
    if opening is None:
        return None
    piece = text[opening.start() : opening.start() + _LONGEST_REPR].rstrip()
    stack, quoted = _left_open(piece)
    for cut in (piece, piece.rstrip(","), re.sub(r',?\s*"[^"]*"?\s*:?\s*$', "", piece)):
        for end in ('"' if quoted else "", ""):
            try:
                return json.loads(cut.rstrip("\\") + end + "".join(reversed(stack)), strict=False)
            except (ValueError, RecursionError):
                continue
    return None


def _left_open(text: str) -> tuple[list[str], bool]:
    waiting: list[str] = []
    quoted = escaped = False
    for sign in text:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif not quoted and sign in _CLOSING:
            waiting.append(_CLOSING[sign])
        elif not quoted and waiting and sign == waiting[-1]:
            waiting.pop()
    return waiting, quoted
