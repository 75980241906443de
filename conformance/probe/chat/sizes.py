"""Sizes of Chat Completions that are looked for."""

from __future__ import annotations

from typing import Final

from conformance.probe.chat.shapes import tool_named, with_id
from conformance.probe.experiment import Limit


def _text_limit(name: str, most: int) -> Limit:
    return Limit(
        id=f"chat-limit-{name}",
        after=f"chat-{name}",
        api="chat",
        context="turn",
        edits=lambda size: (((name,), ("probe" * size)[:size]),),
        rule={"length": name},
        ladder=(64, 128, most),
        shows=f"characters of {name}",
    )


LIMITS: Final = (
    Limit(
        id="chat-limit-call-id",
        api="chat",
        context="calls",
        edits=lambda size: with_id(("probe" * size)[:size]),
        rule={"length": "messages[*].tool_calls[*].id"},
        ladder=(40, 64, 256),
        after="chat-call-id-toolu",
        shows="characters of a call's id",
    ),
    Limit(
        id="chat-limit-tool-name",
        api="chat",
        context="tools",
        edits=lambda size: ((("tools", 0, "function", "name"), ("tool" * size)[:size]),),
        rule={"length": "tools[*].function.name"},
        ladder=(64, 128),
        shows="characters of a tool's name",
    ),
    Limit(
        id="chat-limit-tools",
        api="chat",
        context="turn",
        edits=lambda size: ((("tools",), [tool_named(f"t{number}") for number in range(size)]),),
        rule={"items": "tools"},
        ladder=(128, 129),
        shows="tools",
    ),
    _text_limit("user", 1024),
    _text_limit("user_id", 1024),
    Limit(
        id="chat-limit-user_id-least",
        api="chat",
        context="turn",
        edits=lambda size: ((("user_id",), "probe-user"[:size]),),
        rule={"length": "user_id"},
        ladder=(10, 1),
        least=True,
        after="chat-user_id",
        shows="characters of user_id at least",
    ),
    Limit(
        id="chat-limit-max_tokens-least",
        api="chat",
        context="turn",
        edits=lambda size: ((("max_tokens",), size),),
        rule={"range": "max_tokens"},
        ladder=(64, 1),
        least=True,
        after="chat-max_tokens",
        shows="max_tokens at least",
    ),
    Limit(
        id="chat-limit-metadata-keys",
        api="chat",
        context="turn",
        edits=lambda size: ((("metadata",), {f"k{at}": "v" for at in range(size)}),),
        rule={"properties": "metadata"},
        ladder=(16, 32),
        after="chat-metadata",
        shows="keys of metadata",
    ),
)
"""The sizes that are looked for."""
