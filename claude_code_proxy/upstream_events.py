"""The events of a streamed reply, cut from the bytes as they come.

LiteLLM's own iterators pass over an event that is not JSON, make up a finish that never came, and
stop at the first odd value (docs/litellm-facts.md, "What LiteLLM hides from a handler"); so the
bytes under them are read here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

Event = dict[str, Any]

_END: Final = b"[DONE]"
_HEARTBEATS: Final = (b"ping", b"keepalive", b"keep-alive", b"heartbeat")
_NOT_AN_EVENT_STREAM: Final = (b"{", b"[", b"<")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class UpstreamEvents:
    """Takes a body piece by piece, gives its events.

    ``broken`` counts the events that are not JSON objects, ``done`` tells that ``[DONE]`` has come.
    A body that is no stream of events is kept whole in ``body``, of which ``end`` gives nothing.
    """

    def __init__(self) -> None:
        self.broken = 0
        self.done = False
        self.body: bytes | None = None
        self._begun = False
        self._rest = b""
        self._data: list[bytes] = []
        self._name = b""

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that ``piece`` completes."""
        if self.body is not None:
            self.body += piece
            return
        text = self._rest + piece
        if not self._begun:
            text = text.removeprefix(_BYTE_ORDER_MARK).lstrip()
            if text.startswith(_NOT_AN_EVENT_STREAM):
                self.body = text
                return
            self._begun = len(text) >= len(_BYTE_ORDER_MARK)
        *lines, self._rest = _lines(text)
        yield from self._read(lines)

    def end(self) -> Iterator[Event]:
        """Yield the events left at the end of the body, whose last line may lack its end."""
        if self.body is None:
            yield from self._read([self._rest, b""])
            self._rest = b""

    def _read(self, lines: list[bytes]) -> Iterator[Event]:
        for line in lines:
            if self.done:
                return
            if line.startswith(b"data:"):
                yield from self._run_together()
                self._data.append(line[5:].removeprefix(b" "))
            elif not line:
                yield from self._dispatch()
            elif line.startswith(b"event:"):
                yield from self._run_together()
                self._name = line[6:].strip()

    def _run_together(self) -> Iterator[Event]:
        """Yield the event that stands complete before this line, where no blank line parts them."""
        if self._data and (self._data == [_END] or _object(b"\n".join(self._data)) is not None):
            yield from self._dispatch()

    def _dispatch(self) -> Iterator[Event]:
        data, name = b"\n".join(self._data).strip(), self._name
        self._data, self._name = [], b""
        if not data:
            return
        if data == _END:
            self.done = True
            return
        event = _object(data)
        if event is not None:
            if name and "type" not in event:
                event["type"] = name.decode("utf-8", "replace")
            yield event
        elif name.lower() not in _HEARTBEATS and data.lower() not in _HEARTBEATS:
            self.broken += 1


def parsed(text: bytes) -> Any:
    """Return the JSON value of ``text``; raise ValueError if it is none.

    Halves of a surrogate pair, which a stream may cut in two, become U+FFFD where they stand alone.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        value = json.loads(text)
        pairs = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
        return json.loads(pairs.decode("utf-16", "replace"))
    except RecursionError:
        raise ValueError("nested too deep") from None


def _object(data: bytes) -> Event | None:
    try:
        value = parsed(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _lines(text: bytes) -> list[bytes]:
    """Return the lines of ``text``, ended by LF, CRLF or CR; the last is not yet ended."""
    if b"\r" in text:
        kept = b"\r" if text.endswith(b"\r") else b""  # it may be half of a CRLF
        body = text[:-1] if kept else text
        lines = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        lines[-1] += kept
        return lines
    return text.split(b"\n")
