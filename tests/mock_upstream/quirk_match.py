"""Compares a refusal with the catalogue's: strict, but for what the source elides or was minted."""

import json
import re
from collections.abc import Iterator
from typing import Any

from mock_upstream.catalogue import Entry
from tests.mock_upstream.quirk_case import QuirkCase

_ELIDED = re.compile(r"…|, \.\.\.$")
_ANYTHING = "@@anything@@"
_MINTED = "@@minted@@"


def mismatch(case: QuirkCase, entry: Entry, status: int, received: str) -> str:
    """Say how a reply differs from what the catalogue shows; nothing if it does not."""
    if status != entry.status:
        return f"status {status}; expected {entry.status}"
    check = {"message": _message, "fragment": _words}.get(entry.scope, _body)
    if case.body is not None:
        check = _body
    elif case.message is not None:
        check = _message
    elif case.words:
        check = _words
    expected = check(case, entry, received)
    return f"received {received}; expected {expected}" if expected else ""


def _body(case: QuirkCase, entry: Entry, received: str) -> object:
    expected = case.body if case.body is not None else parsed(entry.body)
    elides = entry.scope == "body-elided"
    return None if _same(expected, parsed(received), case, elides=elides) else expected


def _message(case: QuirkCase, entry: Entry, received: str) -> object:
    expected = case.message or message_of(parsed(entry.body))
    told = list(_strings(parsed(received)))
    good = any(_same(expected, one, case, elides=True) for one in told)
    return None if good else f"the message {expected!r}"


def _words(case: QuirkCase, entry: Entry, received: str) -> object:
    expected = case.words or (message_of(parsed(entry.body)),)
    missing = [words for words in expected if words not in json.dumps(parsed(received))]
    return f"the words {missing}" if missing else None


def message_of(body: Any) -> str:
    """Find the message in a body of any vendor's shape."""
    if isinstance(body, str):
        return body
    inner = body.get("error", body)
    found = inner if isinstance(inner, str) else inner.get("message", inner.get("detail"))
    if not isinstance(found, str):
        raise TypeError(f"no message in {body}; give `message` or `body` in the case")
    return found


def parsed(text: str) -> Any:
    """Read a body: JSON, the data of the last event that holds some, or a text."""
    text = text.strip()
    data = [line[5:] for line in text.splitlines() if line.startswith("data:") and "{" in line]
    try:
        return json.loads(data[-1] if data else text)
    except json.JSONDecodeError:
        return text


def _same(expected: Any, received: Any, case: QuirkCase, *, elides: bool) -> bool:
    if type(expected) is not type(received):
        return False
    if isinstance(expected, dict):
        return expected.keys() == received.keys() and all(
            _same(value, received[key], case, elides=elides) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return len(expected) == len(received) and all(
            _same(*pair, case, elides=elides) for pair in zip(expected, received, strict=True)
        )
    if isinstance(expected, str):
        return (
            re.fullmatch(_pattern(expected, case, elides=elides), received, re.DOTALL) is not None
        )
    return bool(expected == received)


def _pattern(text: str, case: QuirkCase, *, elides: bool) -> str:
    for minted in case.minted:
        text = text.replace(minted, _MINTED)
    if elides:
        text = _ELIDED.sub(_ANYTHING, text)
    pattern = re.escape(text).replace(re.escape(_ANYTHING), ".+")
    return pattern.replace(re.escape(_MINTED), r"\S+")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
