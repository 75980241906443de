"""The smallest Responses requests, and how an experiment on one is written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.experiment import Edit, trying_at

if TYPE_CHECKING:
    from collections.abc import Mapping


_ID: Final = "probe0001"

TEXT: Final = "Say ok."

USER: Final = {"type": "message", "role": "user", "content": TEXT}

SAID: Final = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "ok"}],
}

CALL: Final = {
    "type": "function_call",
    "call_id": _ID,
    "name": "Clock",
    "arguments": '{"zone": "UTC"}',
}

TOLD: Final = {"type": "function_call_output", "call_id": _ID, "output": "Noon"}

SECOND: Final = {**CALL, "call_id": "probe0002"}

REASONED: Final[Mapping[str, Any]] = {
    "type": "reasoning",
    "id": "rs_probe1",
    "summary": [{"type": "summary_text", "text": "Ok, then."}],
}

TOOL: Final = {
    "type": "function",
    "name": "Clock",
    "description": "Tells the time.",
    "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}},
    "strict": False,
}

PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4"
    "//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)

BLOCKS: Final = [{"type": "thinking", "thinking": "Ok.", "signature": "c2lnbmVk"}]

CACHED: Final = {"type": "ephemeral"}

UNKNOWN: Final = "x_probe_unknown"

PARTS: Final = [{"type": "input_text", "text": TEXT}]


def with_id(call_id: str) -> tuple[Edit, ...]:
    """Return the edits that give the call and its result another id."""
    return ((("input", 1, "call_id"), call_id), (("input", 2, "call_id"), call_id))


trying = partial(trying_at, "responses")
"""Writes an experiment on this API, as `trying_at` does."""
