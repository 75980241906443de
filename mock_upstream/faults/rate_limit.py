"""A limit of requests, with the headers in which vendors tell of it.

The headers are OpenAI's (`x-ratelimit-limit-requests`, `-remaining-requests`,
`-reset-requests`), which most compatible upstreams send too; the reset is a duration such as `6s`
or `1m30s`. A window begins with its first request and ends `per` seconds later.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from threading import Lock
from typing import ClassVar, TypeAlias

from mock_upstream.faults.broken_events import require_whole
from mock_upstream.faults.fault import Fault, Stage
from mock_upstream.faults.status import Status
from mock_upstream.replies.reply_checks import require_seconds
from mock_upstream.wire import WireReply
from mock_upstream.wordings.envelope import Envelope

Clock: TypeAlias = Callable[[], float]
"""Seconds since some moment, never going back."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in each window of `per` seconds are served; the others are answered 429.

    A rule of its own: it strikes every request that matches, to tell it what is left.
    """

    name: ClassVar[str] = "rate_limit"
    stage: ClassVar[Stage] = Stage.INSTEAD

    requests: int
    per: float = 60.0

    def __post_init__(self) -> None:
        require_whole("rate_limit: requests", self.requests, 1)
        require_seconds("rate_limit: per", self.per)
        if self.per == 0:
            raise ValueError("rate_limit: received 0 as per; expected seconds above 0")

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Strike a reply without a window: as the first of its window, which passes."""
        return Told(self, self.requests - 1, self.per)(reply)


@dataclass(frozen=True, slots=True)
class Told:
    """Tells a request that passed what is left of the limit."""

    limit: RateLimit
    remaining: int
    reset: float

    name: ClassVar[str] = ""
    stage: ClassVar[Stage] = Stage.CONTENT

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Add the headers."""
        return replace(reply, headers=(*reply.headers, *self.headers))

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The vendors' headers."""
        told = (str(self.limit.requests), str(self.remaining), duration(self.reset))
        names = ("limit", "remaining", "reset")
        return tuple(
            (f"x-ratelimit-{name}-requests".encode(), value.encode())
            for name, value in zip(names, told, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Limited:
    """Answers 429 to a request over the limit."""

    told: Told
    status: Status

    name: ClassVar[str] = "rate_limit"
    stage: ClassVar[Stage] = Stage.INSTEAD

    def worded(self, shape: Envelope) -> "Limited":
        """Copy it with the body that an envelope gives it."""
        return replace(self, status=self.status.worded(shape))

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Put the refusal in the place of a reply."""
        return self.told(self.status(reply))


class Window:
    """What is left of one limit. May be used from any thread."""

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._began: float | None = None
        self._used = 0
        self._lock = Lock()

    def strike(self) -> Fault:
        """Count a request; give the fault that tells it what is left, or that refuses it."""
        with self._lock:
            now = self._clock()
            if self._began is None or now - self._began >= self._limit.per:
                self._began, self._used = now, 0
            reset = self._limit.per - (now - self._began)
            if self._used >= self._limit.requests:
                told = Told(self._limit, 0, reset)
                return Limited(told, Status(429, retry_after=ceil(reset)))
            self._used += 1
            return Told(self._limit, self._limit.requests - self._used, reset)


def duration(seconds: float) -> str:
    """Write a duration as OpenAI's headers do: `120ms`, `6s`, `8.64s`, `1m30s`, `1h0m0s`."""
    if seconds < 1:
        return f"{ceil(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds, 2), 60)
    tail = f"{rest:.2f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(int(minutes), 60)
    shown = f"{minutes}m" if minutes or hours else ""
    return (f"{hours}h" if hours else "") + shown + tail
