"""What LiteLLM's versions hand over differently, brought into one form: that of 1.106.2.

So equal requests are equal bytes on every version that we support. What cannot be made up for is
recorded in ``docs/litellm-versions.md``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_code_proxy.handler_call import HandlerCall

Message = Mapping[str, Any]


def in_one_form(call: HandlerCall) -> HandlerCall:
    """Return ``call`` as LiteLLM 1.106.2 would have made it; nothing of the caller's is changed."""
    return dataclasses.replace(call, messages=_without_empty_cache_control(call.messages))


def _without_empty_cache_control(messages: Sequence[Message]) -> Sequence[Message]:
    """Return ``messages`` without the ``cache_control: {}`` that LiteLLM up to 1.100 puts in.

    It does so to every thinking block. No client sends one: Anthropic wants a type in it.
    """
    if not isinstance(messages, list | tuple) or not any(map(_is_touched, messages)):
        return messages
    return [_cleaned(message) if _is_touched(message) else message for message in messages]


def _is_touched(message: object) -> bool:
    blocks = message.get("thinking_blocks") if isinstance(message, Mapping) else None
    return isinstance(blocks, list) and any(map(_has_empty_cache_control, blocks))


def _cleaned(message: Message) -> Message:
    blocks = [
        {key: block[key] for key in block if key != "cache_control"}
        if _has_empty_cache_control(block)
        else block
        for block in message["thinking_blocks"]
    ]
    return {**message, "thinking_blocks": blocks}


def _has_empty_cache_control(block: object) -> bool:
    return isinstance(block, Mapping) and block.get("cache_control") == {}
