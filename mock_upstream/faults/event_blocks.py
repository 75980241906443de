"""A reply's chunks as the events of its stream, so that a fault can count them.

A whole reply is one event. Pauses that stand between the chunks stay where they are.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from mock_upstream.wire import Step, WireReply

_BLANK = re.compile(rb"\r\n\r\n|\n\n|\r\r")


@dataclass(frozen=True, slots=True)
class Block:
    """One event with the blank line behind it, or a part of one where a pause divides it."""

    data: bytes
    complete: bool


def is_stream(reply: WireReply) -> bool:
    """Say whether a reply is a stream of events, by its content type."""
    return any(
        name == b"content-type" and value.lower().startswith(b"text/event-stream")
        for name, value in reply.headers
    )


def blocks(reply: WireReply) -> list[Block | Step]:
    """Divide a reply into events; what is not bytes stays as it is."""
    body = b"".join(step for step in reply.chunks if isinstance(step, bytes))
    ends = _ends(body) if is_stream(reply) else [len(body)]
    found: list[Block | Step] = []
    start = 0
    for step in reply.chunks:
        if not isinstance(step, bytes):
            found.append(step)
            continue
        stop = start + len(step)
        inner = ends[bisect_right(ends, start) : bisect_left(ends, stop)]
        last = bisect_left(ends, stop)
        whole = last < len(ends) and ends[last] == stop
        cuts = list(pairwise([start, *inner, stop]))
        found += [Block(body[a:b], whole or b != stop) for a, b in cuts if a < b]
        start = stop
    return found


def with_blocks(reply: WireReply, parts: Iterable[Block | Step]) -> WireReply:
    """Copy a reply with other blocks; bytes side by side become one write again."""
    chunks = tuple(_joined(parts))
    return replace(reply, chunks=chunks, headers=_relengthened(reply, chunks))


def _ends(body: bytes) -> list[int]:
    """Find where the events of a stream end: behind each blank line."""
    return [met.end() for met in _BLANK.finditer(body)]


def _joined(parts: Iterable[Block | Step]) -> Iterator[Step]:
    waiting: list[bytes] = []
    for part in parts:
        data = part.data if isinstance(part, Block) else part
        if isinstance(data, bytes):
            waiting.append(data)
            continue
        if waiting:
            yield b"".join(waiting)
        waiting.clear()
        yield data
    if waiting:
        yield b"".join(waiting)


def _relengthened(reply: WireReply, chunks: Iterable[Step]) -> tuple[tuple[bytes, bytes], ...]:
    """Correct the content length, where there is one, for the bytes that are there now."""
    length = str(sum(len(one) for one in chunks if isinstance(one, bytes))).encode()
    return tuple(
        (name, length if name == b"content-length" else value) for name, value in reply.headers
    )
