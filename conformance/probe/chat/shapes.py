"""The smallest Chat Completions requests, and how an experiment on one is written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.experiment import Edit, Experiment, trying_at

if TYPE_CHECKING:
    from conformance.profile_reading import Rule

_ID: Final = "probe0001"
"""Nine letters and digits: the form of id that every upstream takes."""

TEXT: Final = "Say ok."

USER: Final = {"role": "user", "content": TEXT}

CALL: Final = {
    "id": _ID,
    "type": "function",
    "function": {"name": "Clock", "arguments": '{"zone": "UTC"}'},
}

ASKED: Final = {"role": "assistant", "content": "I look.", "tool_calls": [CALL]}

TOLD: Final = {"role": "tool", "tool_call_id": _ID, "content": "Noon"}

SECOND: Final = {**CALL, "id": "probe0002"}

TOOL: Final = {
    "type": "function",
    "function": {
        "name": "Clock",
        "description": "Tells the time.",
        "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}},
    },
}

PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4"
    "//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)

ASSISTANT_CALLS: Final = {"where": {"tool_calls": "present"}}

UNSTORED: Final = {"forbid": "metadata", "when": {"fields": {"store": {"not": True}}}}

BLOCKS: Final = [{"type": "thinking", "thinking": "I look.", "signature": "c2lnbmVk"}]

CACHED: Final = {"type": "ephemeral"}

UNKNOWN: Final = "x_probe_unknown"

PARTS: Final = [{"type": "text", "text": TEXT}]


def tool_named(name: str) -> dict[str, Any]:
    """Return a function of this name, without parameters."""
    return {
        "type": "function",
        "function": {"name": name, "parameters": {"type": "object", "properties": {}}},
    }


def with_id(call_id: str) -> tuple[Edit, ...]:
    """Return the edits that give the call and its result another id."""
    return (
        (("messages", 1, "tool_calls", 0, "id"), call_id),
        (("messages", 2, "tool_call_id"), call_id),
    )


trying = partial(trying_at, "chat")
"""Writes an experiment on this API, as `trying_at` does."""


def valued(name: str, value: str, *, context: str, after: str = "") -> Experiment:
    """Try a value of a field at the top."""
    rule = {"enum": name, "refused": [value]}
    return trying(f"{name}={value}", context, ((name,), value), rule, after=after)


def refused_role(role: str) -> Rule:
    """Return the rule by which a role is refused."""
    return {"enum": "messages[*].role", "refused": [role]}


def refused_after(role: str, after: str) -> Rule:
    """Return the rule by which a role is refused after another."""
    return {"sequence": "role_after", "role": role, "after": after}
