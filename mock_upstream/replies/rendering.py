"""What both renderers share: who the reply is for, its style, its ids and its pieces.

A reply holds no clock and no chance: ids come from the request's number in its session and the
time stamp is a constant, so that two runs of the same requests give the same bytes.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Final, NamedTuple, TypeVar

import orjson

from mock_upstream.replies.asked import Asked, JsonObject, asked
from mock_upstream.replies.reply_parts import CustomCall, ToolCall
from mock_upstream.replies.reply_plan import ReplyPlan
from mock_upstream.replies.reply_quirks import Quirk, ReplyStyle
from mock_upstream.verdict import Api, Payload

CREATED: Final = 1_700_000_000
"""The `created` time of every reply, in seconds since 1970."""

PIECE: Final = 16
"""Characters in one delta of a stream, about four tokens."""

MODEL: Final = 256
"""Characters of a model's name that a reply repeats, in each chunk of a stream."""

T = TypeVar("T")


class Rendering(NamedTuple):
    """One reply about to be rendered: the plan, who asked what, in which style."""

    plan: ReplyPlan
    model: str
    number: int
    asked: Asked
    style: ReplyStyle

    def id(self, prefix: str, index: int | None = None) -> str:
        """Make an id such as `resp_mock000001` or, for one of several, `fc_mock000001_0`."""
        suffix = "" if index is None else f"_{index}"
        return f"{prefix}_mock{digits(self.number)}{suffix}"

    def calls(self) -> list[tuple[int, str, ToolCall | CustomCall]]:
        """List the tool calls with their index and id."""
        numbered = enumerate(self.plan.tool_calls)
        return [(i, call.call_id or self.id("call", i), call) for i, call in numbered]

    def has(self, quirk: Quirk) -> bool:
        """Say whether the reply has a quirk."""
        return quirk in self.style.quirks

    def optional(self, **fields: object) -> JsonObject:
        """Give fields that the types do not require: the sparse dialect leaves them out."""
        return fields if self.style.full else {}

    def absent(self, *names: str) -> JsonObject:
        """Give fields that are usually absent, as null, to the quirk that sends them so."""
        return dict.fromkeys(names) if "null-fields" in self.style.quirks else {}

    def arguments(self, text: str) -> object:
        """Give the arguments of a call as they are sent: a string, or by quirk an object."""
        if "arguments-object" not in self.style.quirks:
            return text
        try:
            value = orjson.loads(text)
            orjson.dumps(value)  # the reader goes deeper than the writer
        except (orjson.JSONDecodeError, TypeError):
            return text
        return value if isinstance(value, dict) else text


def digits(number: int) -> str:
    """Write the number of a request as ids have it."""
    return f"{number:06d}"


def rendering(
    plan: ReplyPlan, api: Api, payload: Payload, number: int, style: ReplyStyle
) -> Rendering:
    """Take from a request what its reply repeats; a model that is not a string becomes empty."""
    model = payload.get("model")
    name = model[:MODEL] if isinstance(model, str) else ""
    return Rendering(plan, name, number, asked(api, payload), style)


def pieces(text: str) -> list[str]:
    """Cut a text into the deltas of a stream; joined they are the text."""
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def in_turns(queues: Iterable[Sequence[T]]) -> list[T]:
    """Take one of each queue in turn until all are empty."""
    absent = object()
    rounds = zip_longest(*queues, fillvalue=absent)
    return [one for one in chain.from_iterable(rounds) if one is not absent]  # type: ignore[misc]  # the fill value is filtered out
