"""What a payload of either API says, in one form: who spoke, what was called, what came of it."""

from collections.abc import Iterator
from typing import Any

Line = tuple[str, ...]


def transcript(sent: dict[str, Any]) -> list[Line]:
    """Return a line for each text turn, call and result of a payload, in order."""
    if "input" in sent:
        return [_item(item) for item in sent["input"]]
    return [line for message in sent["messages"] for line in _message(message)]


def text(content: Any) -> str:
    """Return the text of a content, its other parts as their types in angle brackets."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part.get("text", f"<{part['type']}>") for part in content)


def _item(item: dict[str, Any]) -> Line:
    if item["type"] == "function_call":
        return ("call", item["call_id"], item["name"])
    if item["type"] == "function_call_output":
        return ("result", item["call_id"], text(item["output"]))
    return (item["role"], text(item["content"]))


def _message(message: dict[str, Any]) -> Iterator[Line]:
    if message["role"] == "tool":
        yield ("result", message["tool_call_id"], text(message["content"]))
        return
    calls = message.get("tool_calls", [])
    if message["content"] is not None or not calls:
        yield (message["role"], text(message["content"]))
    for call in calls:
        yield ("call", call["id"], call["function"]["name"])
