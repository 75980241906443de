"""Reply plans: what the mock will answer, apart from the API that it is rendered in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, UnionType
from typing import Literal, TypeAlias, get_args

from mock_upstream.replies.reply_checks import (
    check_chunk,
    check_header,
    check_status,
    check_takes_body,
    require_rate,
    require_seconds,
    require_text,
)
from mock_upstream.replies.reply_parts import (
    Citation,
    CustomCall,
    Failure,
    ToolCall,
    Usage,
    WebSearch,
)

IncompleteReason: TypeAlias = Literal["max_output_tokens", "content_filter"]


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """An answer: reasoning, search, text or refusal, then calls, each left out where it is empty.

    `text=""` is a message with an empty text, `text=None` no message; `refusal` is the model's
    own, in the message. `reasoning` is the text of a reasoning summary, or of several parts; Chat
    Completions has no place for it, so only its tokens show there, nor for a search. `citations`
    belong to the text. With `interleaved` the calls stream in turns, piece by piece.

    `incomplete` says why the answer stops early, `failure` that it breaks off with an error; the
    last of its parts is then unfinished.

    `delay` holds the whole reply back, `first_token` a stream's first text, both in seconds;
    `tokens_per_second` slows what follows. Without them a reply is sent in one write.
    """

    text: str | None = None
    tool_calls: tuple[ToolCall | CustomCall, ...] = ()
    reasoning: str | tuple[str, ...] | None = None
    usage: Usage = field(default_factory=Usage)
    refusal: str | None = None
    search: WebSearch | None = None
    citations: tuple[Citation, ...] = ()
    incomplete: IncompleteReason | None = None
    failure: Failure | None = None
    interleaved: bool = False
    delay: float = 0.0
    first_token: float = 0.0
    tokens_per_second: float | None = None

    def __post_init__(self) -> None:
        if self.text is not None:
            require_text("ReplyPlan.text", self.text)
        if self.refusal is not None:
            require_text("ReplyPlan.refusal", self.refusal)
        for part in self.summary:
            require_text("ReplyPlan.reasoning", part)
        if not isinstance(self.reasoning, str | None):
            object.__setattr__(self, "reasoning", tuple(self.reasoning))
        object.__setattr__(self, "tool_calls", tuple(self.tool_calls))
        object.__setattr__(self, "citations", tuple(self.citations))
        self._check_types()
        self._check_sense()
        if self.timed:
            self._check_timing()

    @property
    def timed(self) -> bool:
        """Whether the reply takes a time of its own."""
        return bool(self.delay or self.first_token or self.tokens_per_second is not None)

    @property
    def summary(self) -> tuple[str, ...]:
        """The parts of the reasoning summary."""
        if self.reasoning is None:
            return ()
        return (self.reasoning,) if isinstance(self.reasoning, str) else tuple(self.reasoning)

    @property
    def cut(self) -> bool:
        """Whether the answer ends before it is finished."""
        return self.incomplete is not None or self.failure is not None

    def _check_types(self) -> None:
        _check_each("usage", Usage, (self.usage,))
        _check_each("search", WebSearch, (self.search,) if self.search is not None else ())
        _check_each("failure", Failure, (self.failure,) if self.failure is not None else ())
        _check_each("tool_calls", ToolCall | CustomCall, self.tool_calls)
        _check_each("citations", Citation, self.citations)

    def _check_timing(self) -> None:
        require_seconds("ReplyPlan.delay", self.delay)
        require_seconds("ReplyPlan.first_token", self.first_token)
        if self.tokens_per_second is not None:
            require_rate("ReplyPlan.tokens_per_second", self.tokens_per_second)

    def _check_sense(self) -> None:
        reasons = get_args(IncompleteReason)
        if self.incomplete is not None and self.incomplete not in reasons:
            raise ValueError(
                f"ReplyPlan.incomplete is {self.incomplete!r}; give one of {', '.join(reasons)}"
            )
        if self.incomplete is not None and self.failure is not None:
            raise ValueError("ReplyPlan has both incomplete and failure; give one of them")
        if self.citations and self.text is None:
            raise ValueError("ReplyPlan.citations belong to a text; give a text too")


def _check_each(name: str, kind: type | UnionType, values: tuple[object, ...]) -> None:
    for value in values:
        if not isinstance(value, kind):
            expected = kind.__name__ if isinstance(kind, type) else "ToolCall or CustomCall"
            raise TypeError(f"ReplyPlan.{name} holds {type(value).__name__}; give {expected}")


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
