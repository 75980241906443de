"""Faults in the bytes of a stream: cut off early, or an event that cannot be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias, get_args

from mock_upstream.faults.event_blocks import Block, blocks, with_blocks
from mock_upstream.faults.fault import Stage
from mock_upstream.nearest import nearest
from mock_upstream.wire import Step, WireReply

How: TypeAlias = Literal["json", "field", "utf-8", "unseparated"]
HOWS: Final[tuple[How, ...]] = get_args(How)


@dataclass(frozen=True, slots=True)
class Truncate:
    """Ends a reply early, though HTTP says that it is whole.

    After so many events, or with `within_event` in the middle of the next one; or after so many
    bytes. A whole reply is one event. Raises `ValueError` unless exactly one of the two is given.
    """

    name: ClassVar[str] = "truncate"
    stage: ClassVar[Stage] = Stage.CONTENT

    after_events: int | None = None
    after_bytes: int | None = None
    within_event: bool = False

    def __post_init__(self) -> None:
        check_place(self.name, self.after_events, self.after_bytes)
        if self.within_event and self.after_events is None:
            raise ValueError("truncate: within_event goes with after_events")

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Cut the end off a reply."""
        kept = cut(reply, self.after_events, self.after_bytes, within=self.within_event)
        return with_blocks(reply, kept)


@dataclass(frozen=True, slots=True)
class Malformed:
    """Makes one event of a stream, counted from 1, unreadable.

    `json`: its data lacks the last character. `field`: its lines have no colon. `utf-8`: a byte
    that no text has stands in it. `unseparated`: the blank line behind it is missing, so that two
    events become one. A stream with fewer events has its last one broken; a whole reply is one.
    """

    name: ClassVar[str] = "malformed"
    stage: ClassVar[Stage] = Stage.CONTENT

    event: int = 1
    how: How = "json"

    def __post_init__(self) -> None:
        require_whole("malformed: event", self.event, 1)
        if self.how not in HOWS:
            raise ValueError(
                f"malformed: received {self.how!r} as how; expected one of {', '.join(HOWS)}"
                f"{nearest(str(self.how), HOWS)}"
            )

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Break the event."""
        parts = blocks(reply)
        at = self._chosen(parts)
        if at is not None:
            block = parts[at]
            data = block.data if isinstance(block, Block) else b""
            parts[at] = Block(_BREAKS[self.how](data), complete=True)
        return with_blocks(reply, parts)

    def _chosen(self, parts: list[Block | Step]) -> int | None:
        """Find the event, or of one that pauses divide the last piece; else the last there is."""
        found, events = None, 0
        for at, part in enumerate(parts):
            if isinstance(part, Block):
                found = at
                events += part.complete
                if events == self.event:
                    break
        return found


def cut(
    reply: WireReply, after_events: int | None, after_bytes: int | None, *, within: bool = False
) -> list[Block | Step]:
    """Keep what stands before a place in a reply: so many events, or so many bytes."""
    kept: list[Block | Step] = []
    events, size = 0, 0
    for part in blocks(reply):
        if not isinstance(part, Block):
            kept.append(part)
            continue
        if after_events is not None and events >= after_events:
            half = part.data[: max(1, len(part.data) // 2)] if within else b""
            return [*kept, Block(half, complete=False)] if half else kept
        if after_bytes is not None and size + len(part.data) >= after_bytes:
            return [*kept, Block(part.data[: after_bytes - size], complete=False)]
        kept.append(part)
        events += part.complete
        size += len(part.data)
    return kept


def check_place(name: str, after_events: int | None, after_bytes: int | None) -> None:
    """Accept exactly one of the two ways to say where. Raises `ValueError`."""
    if (after_events is None) == (after_bytes is None):
        raise ValueError(f"{name}: expected either after_events or after_bytes")
    require_whole(f"{name}: after_events", after_events or 0, 0)
    require_whole(f"{name}: after_bytes", after_bytes or 0, 0)


def require_whole(name: str, value: object, least: int) -> None:
    """Accept a whole number that is large enough. Raises `ValueError`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name}: received {value!r}; expected a whole number from {least}")


def _without_last(data: bytes) -> bytes:
    """Take the last character of the data, before the line ends behind it."""
    bare = data.rstrip(b"\r\n")
    return bare[:-1] + data[len(bare) :]


def _without_colons(data: bytes) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join(line.replace(b": ", b" ", 1) for line in lines)


def _with_bad_byte(data: bytes) -> bytes:
    middle = len(data.rstrip(b"\r\n")) // 2
    return data[:middle] + b"\xff" + data[middle:]


def _unseparated(data: bytes) -> bytes:
    bare = data.rstrip(b"\r\n")
    return bare + (b"\r\n" if data.endswith(b"\r\n\r\n") else b"\n" if bare != data else b"")


_BREAKS: Final[Mapping[How, Callable[[bytes], bytes]]] = {
    "json": _without_last,
    "field": _without_colons,
    "utf-8": _with_bad_byte,
    "unseparated": _unseparated,
}
