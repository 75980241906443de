"""What stands between the quotes of a JSON string: its escapes undone, and written again."""

import json
from collections.abc import Callable
from typing import Final

import orjson


def decoded(raw: bytes) -> bytes:
    """Undo the escapes, as UTF-8; what is no JSON string stays as it is."""
    if b"\\" not in raw:
        return raw
    quoted = b'"' + raw + b'"'
    for read in _READERS:
        try:
            return str(read(quoted)).encode("utf-8", "surrogatepass")
        except ValueError:
            continue
    return raw


def encoded(text: bytes) -> bytes:
    """Escape a text, halves of surrogate pairs too; bytes that are no UTF-8 stay as they are."""
    try:
        return orjson.dumps(text.decode("utf-8"))[1:-1]
    except UnicodeDecodeError:
        pass
    try:
        return json.dumps(text.decode("utf-8", "surrogatepass")).encode("ascii")[1:-1]
    except UnicodeDecodeError:
        return text


def is_json(body: bytes) -> bool:
    """Say whether a body is JSON, of halves of surrogate pairs too."""
    for read in _READERS:
        try:
            read(body)
        except (ValueError, RecursionError):
            continue
        return True
    return False


def _lenient(text: bytes) -> object:
    return json.loads(text.decode("utf-8", "surrogatepass"), strict=False)


_READERS: Final[tuple[Callable[[bytes], object], ...]] = (orjson.loads, _lenient)
