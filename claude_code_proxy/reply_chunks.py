"""The chunks of one streamed reply, in an order that a client with one open block can follow.

LiteLLM's ``/v1/messages`` stream appends every argument delta to the block opened last, so two tool
calls that arrive interleaved must leave one after the other (`LITELLM_FACTS`, "Streaming from a
custom handler"). Each stream has a `ReplyChunks` of its own; nothing is shared between streams.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from litellm.types.utils import (
    ChatCompletionDeltaToolCall,
    Delta,
    Function,
    ModelResponseStream,
    StreamingChoices,
)

from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from litellm.types.utils import Usage

    Chunks = Iterator[ModelResponseStream]


@dataclass(slots=True)
class _Text:
    """A run of text or of reasoning; ``pending`` waits for what stands before it."""

    kind: Literal["content", "reasoning_content"]
    pending: str = ""

    def opening(self) -> Chunks:
        """Yield nothing: text needs no opening."""
        yield from ()

    def chunk(self, text: str) -> ModelResponseStream:
        """Return the chunk that carries ``text``."""
        if self.kind == "content":
            return _chunk(Delta(content=text))
        return _chunk(Delta(reasoning_content=text))


@dataclass(slots=True)
class _Call:
    """One tool call; ``index`` is its place among the calls as the client sees them.

    ``received`` counts the characters of its arguments; ``whole`` is what its end said they are.
    """

    index: int
    id: str | None
    name: str | None
    pending: str = ""
    received: int = 0
    done: bool = False
    whole: str = ""

    def opening(self) -> Chunks:
        """Yield the chunk that opens the call."""
        yield self._delta(Function(name=self.name, arguments=""), self.id)

    def chunk(self, text: str) -> ModelResponseStream:
        """Return the chunk that carries the arguments ``text``."""
        return self._delta(Function(name=None, arguments=text), None)

    def _delta(self, function: Function, call_id: str | None) -> ModelResponseStream:
        call = ChatCompletionDeltaToolCall(
            id=call_id, function=function, type="function", index=self.index
        )
        return _chunk(Delta(tool_calls=[call]))


class ReplyChunks:
    """Takes an upstream's deltas in any order, gives chunks block by block.

    The first unfinished block is handed on as it comes; what belongs to later blocks waits for it.
    Text is finished as soon as something follows it, a call when `call_done` or `finish` says so.
    """

    def __init__(self) -> None:
        self._open: deque[_Text | _Call] = deque()
        self._calls: dict[Hashable, _Call] = {}

    @property
    def called(self) -> bool:
        """Whether any tool call has come."""
        return bool(self._calls)

    def knows(self, key: Hashable) -> bool:
        """Tell whether the call ``key`` has begun."""
        return key in self._calls

    def text(self, text: str) -> Chunks:
        """Take text of the answer."""
        return self._text("content", text)

    def reasoning(self, text: str) -> Chunks:
        """Take text of the reasoning."""
        return self._text("reasoning_content", text)

    def call(self, key: Hashable, call_id: str | None, name: str | None) -> Chunks:
        """Begin the tool call that the upstream's later deltas name by ``key``, unless it has."""
        if key in self._calls:
            return
        call = _Call(len(self._calls), call_id, name)
        self._calls[key] = call
        yield from self._append(call)

    def arguments(self, key: Hashable, text: str) -> Chunks:
        """Take a delta of the arguments of the call ``key``.

        Raises `UpstreamError` if it comes after the call's end and does not repeat what that said.
        """
        call = self._calls[key]
        if call.done:
            _refuse_news(call, text)
            return
        call.received += len(text)
        yield from self._feed(call, text)

    def call_done(self, key: Hashable, arguments: str = "") -> Chunks:
        """End the call ``key``; ``arguments`` is the whole of them, of which we send what is new.

        An upstream may send no deltas at all and only the whole.
        """
        call = self._calls[key]
        if not call.done:
            yield from self.arguments(key, arguments[call.received :])
            call.done, call.whole = True, arguments
            yield from self._advance()

    def finish(self, reason: str, usage: Usage | None) -> Chunks:
        """End the reply: what still waits, the usage, the finish reason on a chunk of its own.

        In this order, because LiteLLM stops reading a custom handler's stream at the finish reason,
        and drops the chunk that carries it.
        """
        for call in self._calls.values():
            call.done = True
        yield from self._advance()
        if usage is not None:
            yield _chunk(Delta(), usage=usage)
        yield _chunk(Delta(), finish_reason=reason)

    def _text(self, kind: Literal["content", "reasoning_content"], text: str) -> Chunks:
        last = self._open[-1] if self._open else None
        if isinstance(last, _Text) and last.kind == kind:
            yield from self._feed(last, text)
        elif text:
            block = _Text(kind)
            yield from self._append(block)
            yield from self._feed(block, text)

    def _append(self, block: _Text | _Call) -> Chunks:
        self._open.append(block)
        if block is self._open[0]:
            yield from block.opening()
        else:
            yield from self._advance()

    def _feed(self, block: _Text | _Call, text: str) -> Chunks:
        if not text:
            return
        if block is self._open[0]:
            yield block.chunk(text)
        else:
            block.pending += text

    def _advance(self) -> Chunks:
        """Close the finished blocks in front and bring forward what waited behind them."""
        while self._open and self._finished(self._open[0]):
            self._open.popleft()
            if self._open:
                head = self._open[0]
                yield from head.opening()
                if head.pending:
                    yield head.chunk(head.pending)
                    head.pending = ""

    def _finished(self, block: _Text | _Call) -> bool:
        if isinstance(block, _Call):
            return block.done
        return len(self._open) > 1


def _refuse_news(call: _Call, text: str) -> None:
    if text not in call.whole:
        raise UpstreamError(
            BAD_GATEWAY,
            f"the stream went on with the arguments of the tool call {call.id!r} after its end",
        )


def _chunk(
    delta: Delta, *, finish_reason: str | None = None, usage: Usage | None = None
) -> ModelResponseStream:
    fields: dict[str, Any] = {} if usage is None else {"usage": usage}
    choice = StreamingChoices(index=0, delta=delta, finish_reason=finish_reason)
    return ModelResponseStream(choices=[choice], **fields)
