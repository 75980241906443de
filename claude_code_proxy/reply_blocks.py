"""The parts of which a streamed reply is made, each with the deltas that carry it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from litellm.types.utils import ChatCompletionDeltaToolCall, Delta, Function

if TYPE_CHECKING:
    from claude_code_proxy.reasoning_items import ReasoningItem, ReasoningSeal


@dataclass(slots=True)
class Block:
    """A part of the reply; ``pending`` waits for what stands before it."""

    pending: str = ""

    def opening(self) -> tuple[Delta, ...]:
        """Return what opens it before its first text, if anything does."""
        return ()

    def delta(self, text: str) -> Delta:
        """Return the delta that carries ``text``."""
        return Delta(content=text)

    def closing(self) -> tuple[Delta, ...]:
        """Return what closes it after its last text, if anything does."""
        return ()


class Text(Block):
    """A run of text."""

    __slots__ = ()


@dataclass(slots=True)
class Reasoning(Block):
    """A run of reasoning, closed by a signature where it has one.

    The signature goes alone, or LiteLLM's stream drops the text that stands beside it. ``items``
    are those that ``seal`` is to sign for.
    """

    seal: ReasoningSeal | None = None
    said: bool = False
    parted: bool = False
    signature: str = ""
    items: list[ReasoningItem] = field(default_factory=list)

    def delta(self, text: str) -> Delta:
        """Return the delta that carries ``text``."""
        return Delta(reasoning_content=text)

    def closing(self) -> tuple[Delta, ...]:
        """Return the signature, ours where we have items to carry."""
        signature = self.signature
        if self.items and self.seal is not None:
            signature = self.seal.signature(self.items)
        block = {"type": "thinking", "thinking": "", "signature": signature}
        return (_thinking(block),) if signature else ()


@dataclass(slots=True)
class Redacted(Block):
    """Reasoning that only its vendor can read; it comes whole, as ``data``."""

    data: str = ""

    def opening(self) -> tuple[Delta, ...]:
        """Return the block."""
        return (_thinking({"type": "redacted_thinking", "data": self.data}),)


@dataclass(slots=True)
class Call(Block):
    """One tool call; ``index`` is its place among the calls as the client sees them.

    ``received`` is what came of its arguments; ``whole`` is what its end said they are. It cannot
    be opened before its name is known.
    """

    index: int = 0
    id: str = ""
    name: str = ""
    opened: bool = False
    received: str = ""
    done: bool = False
    whole: str = ""

    def opening(self) -> tuple[Delta, ...]:
        """Return the delta that opens the call."""
        self.opened = bool(self.name)
        return (self._delta(Function(name=self.name, arguments=""), self.id),) * self.opened

    def delta(self, text: str) -> Delta:
        """Return the delta that carries the arguments ``text``."""
        return self._delta(Function(name=None, arguments=text), None)

    def _delta(self, function: Function, call_id: str | None) -> Delta:
        call = ChatCompletionDeltaToolCall(
            id=call_id, function=function, type="function", index=self.index
        )
        return Delta(tool_calls=[call])


def _thinking(block: dict[str, Any]) -> Delta:
    blocks: Any = [block]
    return Delta(thinking_blocks=blocks)
