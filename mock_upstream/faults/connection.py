"""Faults of the connection: it ends early, announces a wrong length, or carries no HTTP."""

import hashlib
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import ClassVar, Final

from mock_upstream.faults.broken_events import check_place, cut, require_whole
from mock_upstream.faults.event_blocks import with_blocks
from mock_upstream.faults.fault import Stage
from mock_upstream.wire import Cut, WireReply

_LONGEST_GARBAGE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Ends the connection in mid-reply: after so many events, or bytes of the body.

    `after_bytes=0` ends it behind the headers. With `reset` the client gets a reset instead of an
    orderly end.
    """

    name: ClassVar[str] = "disconnect"
    stage: ClassVar[Stage] = Stage.CONNECTION

    after_events: int | None = None
    after_bytes: int | None = None
    reset: bool = False

    def __post_init__(self) -> None:
        check_place(self.name, self.after_events, self.after_bytes)

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Cut the connection in mid-reply; the length that was announced stays."""
        kept = cut(reply, self.after_events, self.after_bytes)
        return replace(with_blocks(reply, [*kept, Cut(self.reset)]), headers=reply.headers)


@dataclass(frozen=True, slots=True)
class Hangup:
    """Ends the connection before a single byte of the reply. In scripts: `disconnect` without more.

    With `reset` the client gets a reset instead of an orderly end.
    """

    name: ClassVar[str] = "disconnect"
    stage: ClassVar[Stage] = Stage.INSTEAD

    reset: bool = False

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Cut the connection."""
        return replace(reply, chunks=(), before=(*reply.before, Cut(self.reset)))


@dataclass(frozen=True, slots=True)
class ContentLength:
    """Announces a body so many bytes longer than it is, or with a negative number shorter.

    The connection is closed behind the body.
    """

    name: ClassVar[str] = "content_length"
    stage: ClassVar[Stage] = Stage.CONNECTION

    off_by: int

    def __post_init__(self) -> None:
        if isinstance(self.off_by, bool) or not isinstance(self.off_by, int) or self.off_by == 0:
            raise ValueError(
                f"content_length: received {self.off_by!r} as off_by; expected a whole number of "
                "bytes that is not 0"
            )

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Write a head with the wrong length; garbage has no head."""
        if reply.head is not None:
            return reply
        size = sum(len(step) for step in reply.chunks if isinstance(step, bytes))
        wrong = max(0, size + self.off_by)
        kept = [pair for pair in reply.headers if pair[0] != b"content-length"]
        headers = (*kept, (b"content-length", str(wrong).encode()), (b"connection", b"close"))
        return replace(reply, headers=headers, head=_head(reply.status, headers))


@dataclass(frozen=True, slots=True)
class Garbage:
    """Sends bytes that are no HTTP instead of a reply, and closes the connection.

    Without `data` they are `length` bytes that look random and are always the same.
    """

    name: ClassVar[str] = "garbage"
    stage: ClassVar[Stage] = Stage.INSTEAD

    length: int = 64
    data: bytes | None = None

    def __post_init__(self) -> None:
        require_whole("garbage: length", self.length, 1)
        if self.length > _LONGEST_GARBAGE:
            raise ValueError(f"garbage: received {self.length} as length; expected up to 2**20")

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Put garbage in the place of a reply."""
        data = _garbage(self.length) if self.data is None else self.data
        return replace(reply, headers=(), chunks=(data,), head=b"")


def _head(status: int, headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    phrase = next((one.phrase for one in HTTPStatus if one == status), "")
    lines = [f"HTTP/1.1 {status} {phrase}".encode(), *(b": ".join(pair) for pair in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _garbage(length: int) -> bytes:
    """Make bytes that no HTTP reply begins with."""
    digests = (hashlib.sha256(str(at).encode()).digest() for at in range(length // 32 + 1))
    return (b"\x00" + b"".join(digests))[:length]
