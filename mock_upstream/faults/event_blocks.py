"""A reply's chunks as the events of its stream, so that a fault can count them.

A whole reply is one event. Pauses that stand between the chunks stay where they are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mock_upstream.wire import Step, WireReply

_ENDS = (b"\r\n\r\n", b"\n\n", b"\r\r")


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
    if not is_stream(reply):
        return _as_one(reply.chunks)
    found: list[Block | Step] = []
    waiting = b""
    for step in reply.chunks:
        if isinstance(step, bytes):
            *whole, waiting = _cut(waiting + step)
            found += [Block(one, complete=True) for one in whole]
        else:
            found += [Block(waiting, complete=False)] if waiting else []
            found.append(step)
            waiting = b""
    return found + ([Block(waiting, complete=False)] if waiting else [])


def with_blocks(reply: WireReply, parts: Iterable[Block | Step]) -> WireReply:
    """Copy a reply with other blocks; bytes side by side become one write again."""
    chunks = tuple(_joined(parts))
    return replace(reply, chunks=chunks, headers=_relengthened(reply, chunks))


def _as_one(chunks: Iterable[Step]) -> list[Block | Step]:
    """Take a whole reply as one event: only its last bytes complete it."""
    steps = list(chunks)
    last = max((at for at, one in enumerate(steps) if isinstance(one, bytes)), default=-1)
    return [
        Block(one, complete=at == last) if isinstance(one, bytes) else one
        for at, one in enumerate(steps)
    ]


def _cut(data: bytes) -> list[bytes]:
    """Cut after each blank line; the last piece is what no blank line ends, perhaps nothing."""
    pieces: list[bytes] = []
    start = 0
    while True:
        ends = [at + len(end) for end in _ENDS if (at := data.find(end, start)) >= 0]
        if not ends:
            return [*pieces, data[start:]]
        pieces.append(data[start : min(ends)])
        start = min(ends)


def _joined(parts: Iterable[Block | Step]) -> Iterator[Step]:
    waiting = b""
    for part in parts:
        data = part.data if isinstance(part, Block) else part
        if isinstance(data, bytes):
            waiting += data
            continue
        if waiting:
            yield waiting
        waiting = b""
        yield data
    if waiting:
        yield waiting


def _relengthened(reply: WireReply, chunks: Iterable[Step]) -> tuple[tuple[bytes, bytes], ...]:
    """Correct the content length, where there is one, for the bytes that are there now."""
    length = str(sum(len(one) for one in chunks if isinstance(one, bytes))).encode()
    return tuple(
        (name, length if name == b"content-length" else value) for name, value in reply.headers
    )
