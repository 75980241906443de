"""What the adaptations of a Chat Completions payload do; which there are stands in `adaptations`.

Each function takes a payload as the builder made it and returns a changed one. What it leaves alone
is shared, nothing is changed in place.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.content_parts import is_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Payload = dict[str, Any]
Message = dict[str, Any]

BETWEEN_TEXTS: Final = "\n\n"
"""What parts the texts that were parts of their own."""
BRIDGE: Final = "OK."
UNKNOWN_REASONING: Final = " "
"""Required, an empty text is refused, a blank is not (charmbracelet/crush#2696)."""
SKIPPED_SIGNATURE: Final = "skip_thought_signature_validator"
"""Google's own word for a call that another model made (elastic/kibana#243463 quotes its page)."""

_NINE_ALPHANUMERICS: Final = re.compile(r"[a-zA-Z0-9]{9}")
_SYSTEM_ROLES: Final = ("system", "developer")


def flatten_text(payload: Payload) -> Payload:
    """Make a content of text parts alone one string."""

    def flat(message: Message) -> Message:
        parts = message.get("content")
        if not isinstance(parts, list) or not parts or not all(map(is_text, parts)):
            return message
        return {**message, "content": BETWEEN_TEXTS.join(part["text"] for part in parts)}

    return _each_message(payload, flat)


def fill_null_content(payload: Payload) -> Payload:
    """Send an empty text where an assistant's turn of calls alone has null."""

    def filled(message: Message) -> Message:
        return {**message, "content": ""} if message.get("content", "") is None else message

    return _each_message(payload, filled)


def fill_reasoning_content(payload: Payload) -> Payload:
    """Send a blank reasoning with the assistant's turns whose own is not known or not kept."""

    def filled(message: Message) -> Message:
        if message["role"] != "assistant" or message.get("reasoning_content"):
            return message
        return {**message, "reasoning_content": UNKNOWN_REASONING}

    return _each_message(payload, filled)


def fill_thought_signature(payload: Payload) -> Payload:
    """Say of each tool call that its thought signature is not to be looked for."""

    def signed(call: Mapping[str, Any]) -> dict[str, Any]:
        return {**call, "extra_content": {"google": {"thought_signature": SKIPPED_SIGNATURE}}}

    return _each_message(payload, lambda message: _with_calls(message, signed))


def shorten_call_ids(payload: Payload) -> Payload:
    """Make every call's id nine letters and digits, the same for the same id in every request."""

    def short(message: Message) -> Message:
        changed = _with_calls(message, lambda call: {**call, "id": _nine(call["id"])})
        if message["role"] == "tool":
            changed = {**changed, "tool_call_id": _nine(message["tool_call_id"])}
        return changed

    return _each_message(payload, short)


def late_system_to_user(payload: Payload) -> Payload:
    """Let the user say what a system turn says that is not the first turn."""
    first, *rest = payload["messages"] or [None]
    if first is None:
        return payload
    later = (
        {**message, "role": "user"} if message["role"] in _SYSTEM_ROLES else message
        for message in rest
    )
    return {**payload, "messages": [first, *later]}


def bridge_tool_to_user(payload: Payload) -> Payload:
    """Put a word of the assistant's between a tool's result and a user's turn."""
    return {**payload, "messages": list(_bridged(payload["messages"]))}


def _bridged(messages: list[Message]) -> Iterator[Message]:
    previous = None
    for message in messages:
        if previous == "tool" and message["role"] == "user":
            yield {"role": "assistant", "content": BRIDGE}
        previous = message["role"]
        yield message


def _nine(call_id: str) -> str:
    if _NINE_ALPHANUMERICS.fullmatch(call_id):
        return call_id
    return hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def _with_calls(message: Message, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Message:
    if not message.get("tool_calls"):
        return message
    return {**message, "tool_calls": [change(call) for call in message["tool_calls"]]}


def _each_message(payload: Payload, change: Callable[[Message], Message]) -> Payload:
    return {**payload, "messages": [change(message) for message in payload["messages"]]}
