"""Where experiments on the Responses API start from, and what an upstream may want besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.probe.experiment import Context, Payload, Repair
from conformance.probe.responses.shapes import CALL, REASONED, SAID, TOLD, TOOL, USER

if TYPE_CHECKING:
    from collections.abc import Mapping

MINIMAL: Final[Mapping[str, Any]] = {"input": [USER]}

CONTEXTS: Final = (
    Context(
        name="history",
        api="responses",
        over="turn",
        edits=((("input",), [USER, SAID, USER]),),
        rules=({"enum": "input[*].role", "refused": ["assistant"]},),
        shows="an earlier turn of the assistant's",
    ),
    Context(
        name="tools",
        api="responses",
        over="turn",
        edits=((("tools",), [TOOL]),),
        rules=({"forbid": "tools"},),
        shows="a function as a tool",
    ),
    Context(
        name="calls",
        api="responses",
        over="tools",
        edits=((("input",), [USER, CALL, TOLD]),),
        rules=({"enum": "input[*].type", "refused": ["function_call"]},),
        shows="a function call and its output",
    ),
    Context(
        name="reasoning",
        api="responses",
        over="history",
        edits=((("input",), [USER, REASONED, SAID, USER]),),
        rules=({"enum": "input[*].type", "refused": ["reasoning"]},),
        shows="a reasoning item",
    ),
)


def _identified(payload: Payload) -> Payload:
    if not isinstance(payload.get("input"), list):
        return payload
    items = [
        {"id": f"msg_{place}", "status": "completed", **item}
        if item.get("role") == "assistant"
        else item
        for place, item in enumerate(payload["input"])
    ]
    return {**payload, "input": items}


_OF_THE_MODEL: Final = {"content[*].type": {"one_of": ["output_text", "refusal"]}}

REPAIRS: Final = (
    Repair(
        id="responses-needs-instructions",
        api="responses",
        apply=lambda sent: {"instructions": "You answer.", **sent},
        rules=({"require": "instructions", "nonempty": True}, {"require": "instructions"}),
        words=("instructions",),
        shows="instructions",
    ),
    Repair(
        id="responses-needs-store",
        api="responses",
        apply=lambda sent: {"store": False, **sent},
        rules=({"require": "store"},),
        words=("store",),
        shows="store: false",
    ),
    Repair(
        id="responses-needs-message-id",
        api="responses",
        apply=_identified,
        rules=(
            {"require": "input[?type=message].id", "where": _OF_THE_MODEL},
            {"require": "input[?role=assistant].id"},
        ),
        words=("id",),
        shows="an id on a message of the model's",
    ),
)
