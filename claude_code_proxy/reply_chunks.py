"""The chunks of one streamed reply, in an order that a client with one open block can follow.

LiteLLM's ``/v1/messages`` stream appends every argument delta to the block opened last, so two tool
calls that arrive interleaved must leave one after the other (`LITELLM_FACTS`, "Streaming from a
custom handler"). Each stream has a `ReplyChunks` of its own; nothing is shared between streams.
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from typing import TYPE_CHECKING, Any

from litellm.types.utils import Delta, ModelResponseStream, StreamingChoices

from claude_code_proxy.reasoning_items import PARAGRAPH
from claude_code_proxy.reply_blocks import Block, Call, Reasoning, Redacted, Text
from claude_code_proxy.reply_calls import own_id
from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError
from claude_code_proxy.upstream_events import parsed

if TYPE_CHECKING:
    from collections.abc import Hashable

    from litellm.types.utils import Usage

    from claude_code_proxy.reasoning_items import ReasoningItem, ReasoningSeal


class ReplyChunks:
    """Takes an upstream's deltas in any order, gives chunks block by block.

    The first unfinished block is handed on as it comes; what belongs to later blocks waits for it.
    Text is finished as soon as something follows it, a call when `call_done` or `finish` says so.
    `take` gives what is ready. What makes a call unfit to run is told at the end, after all that
    can be handed on.
    """

    def __init__(self, seal: ReasoningSeal | None = None) -> None:
        self._id = f"chatcmpl-{uuid.uuid4()}"
        self._created = int(time.time())
        self._seal = seal
        self._ready: list[ModelResponseStream] = []
        self._open: deque[Block] = deque()
        self._calls: dict[Hashable, Call] = {}
        self._fault: UpstreamError | None = None
        self.has_text = False

    @property
    def calls(self) -> int:
        """How many tool calls have come."""
        return len(self._calls)

    def take(self) -> list[ModelResponseStream]:
        """Return the chunks that are ready, once."""
        ready, self._ready = self._ready, []
        return ready

    def knows(self, key: Hashable) -> bool:
        """Tell whether the call ``key`` has begun."""
        return key in self._calls

    def is_other_call(self, key: Hashable, name: str) -> bool:
        """Tell whether a delta with a ``name`` but no id can be no part of the call ``key``."""
        call = self._calls[key]
        return bool(call.name) and (name != call.name or _json(call.received) is not None)

    def text(self, text: str) -> None:
        """Take text of the answer."""
        if text:
            self.has_text = True
            last = self._open[-1] if self._open else None
            block = last if type(last) is Text else self._append(Text())
            self._feed(block, text)

    def reasoning(self, text: str) -> None:
        """Take text of the reasoning."""
        if text:
            block = self._reasoning()
            self._feed(block, PARAGRAPH + text if block.parted else text)
            block.said, block.parted = True, False

    @property
    def is_reasoning(self) -> bool:
        """Whether what came last is text of the reasoning."""
        last = self._open[-1] if self._open else None
        return isinstance(last, Reasoning) and last.said

    def paragraph(self) -> None:
        """Set what follows of the reasoning apart from what came, if anything did."""
        last = self._open[-1] if self._open else None
        if isinstance(last, Reasoning) and last.said:
            last.parted = True

    def reasoning_item(self, item: ReasoningItem) -> None:
        """Take the end of a reasoning item that is to come back; its text came before."""
        self._reasoning().items.append(item)

    def signature(self, signature: str) -> None:
        """Take the signature of the reasoning that came, made by the upstream."""
        self._reasoning().signature += signature

    def redacted(self, data: str) -> None:
        """Take reasoning that only the upstream can read."""
        self._append(Redacted(data=data))

    def call(self, key: Hashable, call_id: str, name: str) -> None:
        """Begin the tool call that the upstream's later deltas name by ``key``, unless it has.

        A call without an id, or with that of an earlier one, is given one of its own: its result
        could not be told from another's.
        """
        call = self._calls.get(key)
        if call is None:
            call = Call(index=len(self._calls), id=self._own_id(call_id), name=name)
            self._calls[key] = call
            self._append(call)
        elif name and not call.name:
            call.name = name
            call.id = self._own_id(call_id) if call_id else call.id
            if self._open and call is self._open[0]:
                self._bring_forward(call)

    def arguments(self, key: Hashable, text: str) -> None:
        """Take a delta of the arguments of the call ``key``."""
        call = self._calls[key]
        if call.done:
            if text not in call.whole:
                self._blame(f"the stream went on with the call {call.id!r} after its end")
        elif text:
            call.received += text
            self._feed(call, text)

    def call_done(self, key: Hashable, arguments: str = "") -> None:
        """End the call ``key``; ``arguments`` is the whole of them, of which we send what is new.

        An upstream may send no deltas at all and only the whole.
        """
        call = self._calls[key]
        if call.done:
            return
        if arguments.startswith(call.received):
            self.arguments(key, arguments[len(call.received) :])
        elif arguments and not _same_json(arguments, call.received):
            self._blame(f"the arguments of the call {call.id!r} are not those that were streamed")
        call.done, call.whole = True, arguments
        self._advance()

    def flush(self) -> None:
        """Hand on what still waits: nothing more will come."""
        for call in self._calls.values():
            call.done = True
        self._advance()
        if self._open:
            self._close(self._open.popleft())

    def finish(self, reason: str, usage: Usage | None) -> None:
        """End the reply: what still waits, the usage, the finish reason on a chunk of its own.

        In this order, because LiteLLM stops reading a custom handler's stream at the finish reason,
        and drops the chunk that carries it. Raises `UpstreamError` if a call cannot be relied on.
        """
        self.flush()
        if usage is not None:
            self._put(Delta(), usage=usage)
        if self._fault is not None:
            raise self._fault
        self._put(Delta(), finish_reason=reason)

    def _own_id(self, call_id: str) -> str:
        return own_id(call_id, (call.id for call in self._calls.values()), self._id)

    def _blame(self, message: str) -> None:
        self._fault = self._fault or UpstreamError(BAD_GATEWAY, message)

    def _reasoning(self) -> Reasoning:
        last = self._open[-1] if self._open else None
        if isinstance(last, Reasoning):
            return last
        block = Reasoning(seal=self._seal)
        self._append(block)
        return block

    def _append(self, block: Block) -> Block:
        self._open.append(block)
        if block is self._open[0]:
            self._bring_forward(block)
        else:
            self._advance()
        return block

    def _feed(self, block: Block, text: str) -> None:
        if block is self._open[0] and getattr(block, "opened", True):
            self._put(block.delta(text))
        else:
            block.pending += text

    def _advance(self) -> None:
        """Close the finished blocks in front and bring forward what waited behind them."""
        while self._open and self._finished(self._open[0]):
            self._close(self._open.popleft())
            if self._open:
                self._bring_forward(self._open[0])

    def _bring_forward(self, block: Block) -> None:
        for delta in block.opening():
            self._put(delta)
        if block.pending and getattr(block, "opened", True):
            self._put(block.delta(block.pending))
            block.pending = ""

    def _close(self, block: Block) -> None:
        for delta in block.closing():
            self._put(delta)
        if not getattr(block, "opened", True):
            self._blame("a tool call of the reply has no name")

    def _finished(self, block: Block) -> bool:
        if isinstance(block, Call):
            return block.done
        return len(self._open) > 1

    def _put(
        self, delta: Delta, *, finish_reason: str | None = None, usage: Usage | None = None
    ) -> None:
        fields: dict[str, Any] = {} if usage is None else {"usage": usage}
        choice = StreamingChoices(index=0, delta=delta, finish_reason=finish_reason)
        self._ready.append(
            ModelResponseStream(choices=[choice], id=self._id, created=self._created, **fields)
        )


def _same_json(one: str, other: str) -> bool:
    value = _json(one)
    return value is not None and value == _json(other)


def _json(text: str) -> Any:
    """Return the value of ``text``; None if it is no JSON (yet)."""
    try:
        return parsed(text.encode("utf-8", "replace"))
    except ValueError:
        return None
