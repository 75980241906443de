"""Where experiments on Chat Completions start from, and what an upstream may want besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.probe.chat.shapes import ASKED, ASSISTANT_CALLS, TOLD, TOOL, USER
from conformance.probe.experiment import Context, Payload, Repair

if TYPE_CHECKING:
    from collections.abc import Mapping

MINIMAL: Final[Mapping[str, Any]] = {"messages": [USER]}

CONTEXTS: Final = (
    Context(
        name="history",
        api="chat",
        over="turn",
        edits=((("messages",), [USER, {"role": "assistant", "content": "ok"}, USER]),),
        rules=({"enum": "messages[*].role", "refused": ["assistant"]},),
        shows="an earlier turn of the assistant's",
    ),
    Context(
        name="tools",
        api="chat",
        over="turn",
        edits=((("tools",), [TOOL]),),
        rules=({"forbid": "tools"},),
        shows="a function as a tool",
    ),
    Context(
        name="calls",
        api="chat",
        over="tools",
        edits=((("messages",), [USER, ASKED, TOLD]),),
        rules=({"enum": "messages[*].role", "refused": ["tool"]},),
        shows="a tool call and its result",
    ),
)


def _each_call(payload: Payload, change: Mapping[str, Any], *, on_call: bool) -> Payload:
    if not isinstance(payload.get("messages"), list):
        return payload
    messages = []
    for message in payload["messages"]:
        calls = message.get("tool_calls") if isinstance(message, dict) else None
        if calls and on_call:
            message = {**message, "tool_calls": [{**call, **change} for call in calls]}  # noqa: PLW2901 -- the changed one
        elif calls:
            message = {**change, **message}  # noqa: PLW2901 -- the changed one
        messages.append(message)
    return {**payload, "messages": messages}


REPAIRS: Final = (
    Repair(
        id="chat-needs-reasoning-content",
        api="chat",
        apply=lambda sent: _each_call(sent, {"reasoning_content": "I look."}, on_call=False),
        rules=({"require": "messages[?role=assistant].reasoning_content", **ASSISTANT_CALLS},),
        words=("reasoning",),
        shows="reasoning_content beside tool calls",
    ),
    Repair(
        id="chat-needs-thought-signature",
        api="chat",
        apply=lambda sent: _each_call(
            sent,
            {
                "extra_content": {
                    "google": {"thought_signature": "skip_thought_signature_validator"}
                }
            },
            on_call=True,
        ),
        rules=(
            {
                "type": "messages[?role=assistant].tool_calls[*].function",
                "allowed": ["null"],
                "where": {"extra_content.google.thought_signature": "absent"},
            },
        ),
        words=("thought_signature", "signature"),
        shows="a thought signature on a tool call",
    ),
)
