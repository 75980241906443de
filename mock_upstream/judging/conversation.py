"""A conversation as sequence rules see it: its turns, with role, type and ids as plain strings."""

from dataclasses import dataclass
from typing import Any

from mock_upstream.judging.finding import Finding
from mock_upstream.schema.fault import Fault
from mock_upstream.verdict import Payload


@dataclass(frozen=True, slots=True)
class Turn:
    """One message or item. What is missing or no string is empty."""

    key: str
    index: int
    value: dict[str, Any]

    @property
    def role(self) -> str:
        """Its role; for an item without one, its type."""
        return self.text("role") or self.type

    @property
    def type(self) -> str:
        """Its type; an item with a role and no type is a message."""
        return self.text("type") or ("message" if "role" in self.value else "")

    def text(self, name: str) -> str:
        """Give a field that is a string."""
        value = self.value.get(name)
        return value if isinstance(value, str) else ""

    def calls(self) -> list[str]:
        """List the ids of a chat message's tool calls."""
        calls = self.value.get("tool_calls")
        if not isinstance(calls, list):
            return []
        ids = [call.get("id") for call in calls if isinstance(call, dict)]
        return [call_id for call_id in ids if isinstance(call_id, str)]

    def finding(self, *below: str | int, **extra: str) -> Finding:
        """Find the turn, or a place below it, at fault."""
        value: object = self.value
        for step in below:
            value = value.get(step) if isinstance(value, dict) else None
        named = {"role": self.role, "item_type": self.type, "id": self.text("id")}
        return Finding(Fault("value", (self.key, self.index, *below), value), {**named, **extra})


def turns(payload: Payload, key: str) -> list[Turn]:
    """List the objects of the conversation under a key; a text is no conversation."""
    found = payload.get(key)
    if not isinstance(found, list):
        return []
    return [Turn(key, at, turn) for at, turn in enumerate(found) if isinstance(turn, dict)]


def whole(key: str, payload: Payload, **extra: str) -> Finding:
    """Find the conversation as a whole at fault."""
    return Finding(Fault("value", (key,), payload.get(key)), extra)
