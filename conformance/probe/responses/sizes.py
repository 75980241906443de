"""Sizes of the Responses API that are looked for."""

from __future__ import annotations

from typing import Final

from conformance.probe.experiment import Limit
from conformance.probe.responses.shapes import TOOL, with_id


def _text_limit(name: str, ladder: tuple[int, ...]) -> Limit:
    return Limit(
        id=f"responses-limit-{name}",
        after=f"responses-{name}",
        api="responses",
        context="turn",
        edits=lambda size: (((name,), ("probe" * size)[:size]),),
        rule={"length": name},
        ladder=ladder,
        shows=f"characters of {name}",
    )


LIMITS: Final = (
    Limit(
        id="responses-limit-call_id",
        api="responses",
        context="calls",
        edits=lambda size: with_id(("probe" * size)[:size]),
        rule={"length": "input[*].call_id"},
        ladder=(64, 256),
        after="responses-call-id-toolu",
        shows="characters of a call_id",
    ),
    Limit(
        id="responses-limit-item-id",
        api="responses",
        context="history",
        edits=lambda size: ((("input", 1, "id"), "msg_" + "1" * (size - 4)),),
        rule={"length": "input[*].id"},
        ladder=(64, 128),
        after="responses-item-id-msg",
        shows="characters of an item's id",
    ),
    Limit(
        id="responses-limit-tool-name",
        api="responses",
        context="tools",
        edits=lambda size: ((("tools", 0, "name"), ("tool" * size)[:size]),),
        rule={"length": "tools[?type=function].name"},
        ladder=(64, 128),
        shows="characters of a tool's name",
    ),
    Limit(
        id="responses-limit-tools",
        api="responses",
        context="turn",
        edits=lambda size: ((("tools",), [{**TOOL, "name": f"t{at}"} for at in range(size)]),),
        rule={"items": "tools"},
        ladder=(128, 129),
        shows="tools",
    ),
    _text_limit("user", (64, 128, 1024)),
    _text_limit("user_id", (128, 1024)),
    Limit(
        id="responses-limit-user_id-least",
        api="responses",
        context="turn",
        edits=lambda size: ((("user_id",), "probe-user"[:size]),),
        rule={"length": "user_id"},
        ladder=(10, 1),
        least=True,
        after="responses-user_id",
        shows="characters of user_id at least",
    ),
    Limit(
        id="responses-limit-max_output_tokens-least",
        api="responses",
        context="turn",
        edits=lambda size: ((("max_output_tokens",), size),),
        rule={"range": "max_output_tokens"},
        ladder=(64, 1),
        least=True,
        after="responses-max_output_tokens",
        shows="max_output_tokens at least",
    ),
    Limit(
        id="responses-limit-metadata-keys",
        api="responses",
        context="turn",
        edits=lambda size: ((("metadata",), {f"k{at}": "v" for at in range(size)}),),
        rule={"properties": "metadata"},
        ladder=(16, 32),
        after="responses-metadata",
        shows="keys of metadata",
    ),
    Limit(
        id="responses-limit-metadata-value",
        api="responses",
        context="turn",
        edits=lambda size: ((("metadata",), {"k": ("probe" * size)[:size]}),),
        rule=None,
        ladder=(512, 2048),
        after="responses-metadata",
        shows="characters of a metadata value",
    ),
)
"""The sizes that are looked for."""
