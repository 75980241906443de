"""Server-sent events, as OpenAI writes them and as quirks distort them."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import orjson

from mock_upstream.replies.reply_quirks import ReplyStyle

Event: TypeAlias = tuple[str | None, object]
"""An event's name, which Chat Completions does not give, and its data."""

DONE: Final = b"[DONE]"
"""The end mark of a Chat Completions stream."""

_COMMENT: Final = b": mock upstream"
_KEEP_ALIVE: Final = b": keep-alive"
_WRITING_QUIRKS: Final = frozenset({"crlf", "comments", "keep-alives", "malformed-json"})


def event_stream(events: Sequence[Event], style: ReplyStyle, *, done: bool) -> bytes:
    """Write a whole stream; `done` asks for the end mark, which a quirk may leave out."""
    data = [orjson.dumps(value) for _, value in events]
    names = [name for name, _ in events]
    if done and "no-done" not in style.quirks:
        data.append(DONE)
        names.append(None)
    if style.quirks.isdisjoint(_WRITING_QUIRKS):
        return b"".join(map(_block, names, data))
    return _distorted(names, data, len(events) // 2, style)


def _block(name: str | None, data: bytes) -> bytes:
    if name is None:
        return b"data: " + data + b"\n\n"
    return b"event: " + name.encode("ascii") + b"\ndata: " + data + b"\n\n"


def _distorted(
    names: Sequence[str | None], data: list[bytes], middle: int, style: ReplyStyle
) -> bytes:
    if "malformed-json" in style.quirks and data:
        data[middle] = data[middle][:-1]
    blocks = [_block(*both) for both in zip(names, data, strict=True)]
    if "comments" in style.quirks:
        blocks = [_COMMENT + b"\n" + block for block in blocks]
    between = _KEEP_ALIVE + b"\n\n" if "keep-alives" in style.quirks else b""
    stream = between.join(blocks)
    return stream.replace(b"\n", b"\r\n") if "crlf" in style.quirks else stream
