"""What both renderers share: who the reply is for, its ids and its pieces.

A reply holds no clock and no chance: ids come from the request's number in its session and the
time stamp is a constant, so that two runs of the same requests give the same bytes.
"""

from dataclasses import dataclass

from mock_upstream.reply_plan import ReplyPlan, ToolCall
from mock_upstream.verdict import Payload

CREATED = 1_700_000_000
"""The `created` time of every reply, in seconds since 1970."""

PIECE = 16
"""Characters in one delta of a stream, about four tokens."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """One reply about to be rendered: the plan, the model that was asked, the request's number."""

    plan: ReplyPlan
    model: str
    number: int

    def id(self, prefix: str, index: int | None = None) -> str:
        """Make an id such as `resp_mock000001` or, for one of several, `fc_mock000001_0`."""
        suffix = "" if index is None else f"_{index}"
        return f"{prefix}_mock{self.number:06d}{suffix}"

    def call_id(self, index: int) -> str:
        """Return the id of a tool call: its own, or one made from the request's number."""
        return self.plan.tool_calls[index].call_id or self.id("call", index)

    def calls(self) -> list[tuple[int, str, ToolCall]]:
        """List the tool calls with their index and id."""
        return [(i, self.call_id(i), call) for i, call in enumerate(self.plan.tool_calls)]


def rendering(plan: ReplyPlan, payload: Payload, number: int) -> Rendering:
    """Take from a request what its reply repeats; a model that is not a string becomes empty."""
    model = payload.get("model")
    return Rendering(plan, model if isinstance(model, str) else "", number)


def pieces(text: str) -> list[str]:
    """Cut a text into the deltas of a stream; joined they are the text."""
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
