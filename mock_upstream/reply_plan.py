"""Reply plans: what the mock will answer, apart from the API that it is rendered in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from mock_upstream.reply_checks import (
    check_chunk,
    check_header,
    check_status,
    check_takes_body,
    require_text,
)


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of a reply. `cached` is part of `input`, `reasoning` is part of `output`."""

    input: int = 12
    output: int = 8
    cached: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        """Input and output together."""
        return self.input + self.output


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call: `arguments` is JSON text, sent as it is (malformed, if a test wants that).

    Without `call_id` the mock makes one from the request's number.
    """

    name: str
    arguments: str = "{}"
    call_id: str | None = None

    def __post_init__(self) -> None:
        require_text("ToolCall.name", self.name)
        require_text("ToolCall.arguments", self.arguments)
        if self.call_id is not None:
            require_text("ToolCall.call_id", self.call_id)


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """A successful answer: reasoning, then text, then tool calls, each left out where it is empty.

    `text=""` is a message with an empty text, `text=None` no message. `reasoning` is the text of a
    reasoning summary; Chat Completions has no place for it, so only its tokens show there.
    """

    text: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str | None = None
    usage: Usage = field(default_factory=Usage)

    def __post_init__(self) -> None:
        if self.text is not None:
            require_text("ReplyPlan.text", self.text)
        if self.reasoning is not None:
            require_text("ReplyPlan.reasoning", self.reasoning)
        object.__setattr__(self, "tool_calls", tuple(self.tool_calls))


@dataclass(frozen=True, slots=True)
class RawReply:
    """An answer byte for byte: status, headers, and chunks sent as they stand.

    A float among the chunks is a pause in seconds. Headers are sent as given; without a
    `content-length` the body goes out in HTTP chunks.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: tuple[bytes | float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", MappingProxyType(dict(self.headers)))
        object.__setattr__(self, "chunks", tuple(self.chunks))
        check_status(self.status)
        for name, value in self.headers.items():
            check_header(name, value)
        for chunk in self.chunks:
            check_chunk(chunk)
        if any(isinstance(chunk, bytes) for chunk in self.chunks):
            check_takes_body(self.status)


Reply: TypeAlias = ReplyPlan | RawReply

DEFAULT_PLAN = ReplyPlan(text="Hello from the mock upstream.")
"""What is answered when no reply is queued."""
