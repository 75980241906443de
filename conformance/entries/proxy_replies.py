"""The text of a reply in each of the proxy's three APIs, whole or streamed."""

from __future__ import annotations

import time
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import httpx
import orjson

from conformance.entries.handler_replies import NoReplyError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.matrix import Entry


_NOT_IN_FORM: Final = (orjson.JSONDecodeError, LookupError, TypeError, AttributeError)


def read_in_turns(responses: Iterable[httpx.Response], seconds: float) -> tuple[bytes, ...]:
    """Return the content of each of ``responses``, read in turns; raises `httpx.ReadTimeout`.

    One may go on for ever and never keep its reader waiting: ``seconds`` are for the whole.
    """
    end = time.monotonic() + seconds
    read = []
    for chunks in zip_longest(*(one.iter_bytes() for one in responses), fillvalue=b""):
        read.append(chunks)
        if time.monotonic() > end:
            raise httpx.ReadTimeout("the stream did not end")
    return tuple(map(b"".join, zip(*read, strict=True)))


def text_of(entry: Entry, content: bytes) -> str:
    """Return the text of a whole reply, empty where there is none; raises `NoReplyError`."""
    try:
        return _text(entry, orjson.loads(content))
    except _NOT_IN_FORM:
        raise _no_reply(entry, content) from None


def text_of_stream(entry: Entry, content: bytes) -> str:
    """Return the text that a stream's deltas add up to; raises `NoReplyError`."""
    try:
        return "".join(_delta(entry, event) for event in _events(content))
    except _NOT_IN_FORM:
        raise _no_reply(entry, content) from None


def _no_reply(entry: Entry, content: bytes) -> NoReplyError:
    return NoReplyError(f"got {shown(content)}; expected a reply of {entry}")


def _text(entry: Entry, reply: Any) -> str:
    match entry:
        case "proxy-messages":
            return "".join(part.get("text", "") for part in reply.get("content", []))
        case "proxy-chat":
            return reply["choices"][0]["message"].get("content") or ""
        case _:
            items = (item for item in reply.get("output", []) if item["type"] == "message")
            return "".join(part.get("text", "") for item in items for part in item["content"])


def _delta(entry: Entry, event: dict[str, Any]) -> str:
    match entry:
        case "proxy-messages":
            delta = event.get("delta") or {}
            return delta.get("text", "") if event.get("type") == "content_block_delta" else ""
        case "proxy-chat":
            choices = event.get("choices") or [{}]
            return (choices[0].get("delta") or {}).get("content") or ""
        case _:
            told = event.get("type") == "response.output_text.delta"
            return event.get("delta", "") if told else ""


def _events(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.splitlines():
        data = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
        if data.startswith(b"{"):
            yield orjson.loads(data)
