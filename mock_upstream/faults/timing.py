"""Faults of time: latency, a slow first token, tokens per second, a stall.

A token is four characters of what a stream's deltas say. A whole reply has no deltas: it comes
when the last token of its `usage` would have come.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil
from typing import ClassVar, Final

import orjson

from mock_upstream.faults.broken_events import cut, require_whole
from mock_upstream.faults.event_blocks import Block, blocks, is_stream, with_blocks
from mock_upstream.faults.fault import Stage
from mock_upstream.replies.reply_checks import LONGEST_PAUSE, require_rate, require_seconds
from mock_upstream.wire import Stall as Standstill
from mock_upstream.wire import Step, WireReply

TOKEN: Final = 4
"""Characters of a token."""

_DATA: Final = re.compile(rb"^data: ?(.*)$", re.MULTILINE)
_USAGE: Final = ("output_tokens", "completion_tokens")


@dataclass(frozen=True, slots=True)
class Latency:
    """Holds the whole reply back, its head too."""

    name: ClassVar[str] = "latency"
    stage: ClassVar[Stage] = Stage.TIMING

    seconds: float

    def __post_init__(self) -> None:
        require_seconds(self.name, self.seconds)

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Put a pause before the head."""
        return replace(reply, before=(float(self.seconds), *reply.before))


@dataclass(frozen=True, slots=True)
class FirstToken:
    """Holds a stream back before the first event that says something; a whole reply altogether."""

    name: ClassVar[str] = "first_token"
    stage: ClassVar[Stage] = Stage.TIMING

    seconds: float

    def __post_init__(self) -> None:
        require_seconds(self.name, self.seconds)

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Put a pause before the first token."""
        if not is_stream(reply):
            return Latency(self.seconds)(reply)
        return with_blocks(reply, self._held(blocks(reply)))

    def _held(self, parts: list[Block | Step]) -> Iterator[Block | Step]:
        waiting = True
        for part in parts:
            if waiting and isinstance(part, Block) and tokens(part.data):
                waiting = False
                yield float(self.seconds)
            yield part


@dataclass(frozen=True, slots=True)
class TokensPerSecond:
    """Lets a stream say so many tokens a second; a whole reply comes after them all."""

    name: ClassVar[str] = "tokens_per_second"
    stage: ClassVar[Stage] = Stage.TIMING

    rate: float

    def __post_init__(self) -> None:
        require_rate(self.name, self.rate)

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Put a pause behind each event that says something, as long as its tokens take."""
        if not is_stream(reply):
            return Latency(min(_counted(reply) / self.rate, LONGEST_PAUSE))(reply)
        return with_blocks(reply, self._slowed(blocks(reply)))

    def _slowed(self, parts: list[Block | Step]) -> Iterator[Block | Step]:
        for part in parts:
            yield part
            said = tokens(part.data) if isinstance(part, Block) else 0
            if said:
                yield min(said / self.rate, LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Stall:
    """Sends so many events, then nothing more for some `seconds`, or until the client leaves."""

    name: ClassVar[str] = "stall"
    stage: ClassVar[Stage] = Stage.TIMING

    after_events: int = 0
    seconds: float | None = None

    def __post_init__(self) -> None:
        require_whole("stall: after_events", self.after_events, 0)
        if self.seconds is not None:
            require_seconds("stall: seconds", self.seconds)

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Stop the stream."""
        head = cut(reply, self.after_events, None)
        if self.seconds is None:
            return replace(with_blocks(reply, [*head, Standstill()]), headers=reply.headers)
        rest = blocks(reply)[len(head) :]
        return with_blocks(reply, [*head, float(self.seconds), *rest])


def tokens(event: bytes) -> int:
    """Count the tokens that one event of either API says."""
    said = sum(map(len, map(_said, _DATA.findall(event))))
    return ceil(said / TOKEN)


def _said(data: bytes) -> str:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(body, dict):
        return ""
    delta = body.get("delta")
    if isinstance(delta, str):
        return delta
    choices = body.get("choices")
    listed = choices if isinstance(choices, list) else ()
    return "".join(_texts(one.get("delta")) for one in listed if isinstance(one, dict))


_SPOKEN: Final = ("content", "refusal", "reasoning_content", "arguments", "input")


def _texts(value: object) -> str:
    """Join the texts of a chat delta: what is said, and the arguments of calls."""
    if isinstance(value, list):
        return "".join(map(_texts, value))
    if not isinstance(value, dict):
        return ""
    own = "".join(value[key] for key in _SPOKEN if isinstance(value.get(key), str))
    deeper = ("tool_calls", "function", "custom")
    return own + "".join(_texts(value[key]) for key in deeper if key in value)


def _counted(reply: WireReply) -> int:
    """Read the output tokens from a whole reply's usage."""
    body = b"".join(step for step in reply.chunks if isinstance(step, bytes))
    try:
        usage = orjson.loads(body)["usage"]
        return int(next(usage[key] for key in _USAGE if key in usage))
    except (orjson.JSONDecodeError, LookupError, TypeError, ValueError, StopIteration):
        return 0


def timed(
    reply: WireReply, delay: float, first_token: float, tokens_per_second: float | None
) -> WireReply:
    """Give a reply the timing of its plan."""
    if first_token:
        reply = FirstToken(first_token)(reply)
    if tokens_per_second is not None:
        reply = TokensPerSecond(tokens_per_second)(reply)
    return Latency(delay)(reply) if delay else reply
