"""The text of a reply in each of the proxy's three APIs, whole or streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.matrix import Entry


def text_of(entry: Entry, content: bytes) -> str:
    """Return the text of a whole reply; empty where there is none."""
    reply = orjson.loads(content)
    match entry:
        case "proxy-messages":
            return "".join(part.get("text", "") for part in reply.get("content", []))
        case "proxy-chat":
            return reply["choices"][0]["message"].get("content") or ""
        case _:
            items = (item for item in reply.get("output", []) if item["type"] == "message")
            return "".join(part.get("text", "") for item in items for part in item["content"])


def text_of_stream(entry: Entry, content: bytes) -> str:
    """Return the text that a stream's deltas add up to."""
    return "".join(_delta(entry, event) for event in _events(content))


def _delta(entry: Entry, event: dict[str, Any]) -> str:
    match entry:
        case "proxy-messages":
            delta = event.get("delta") or {}
            return delta.get("text", "") if event.get("type") == "content_block_delta" else ""
        case "proxy-chat":
            choices = event.get("choices") or [{}]
            return (choices[0].get("delta") or {}).get("content") or ""
        case _:
            told = event.get("type") == "response.output_text.delta"
            return event.get("delta", "") if told else ""


def _events(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.splitlines():
        data = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
        if data.startswith(b"{"):
            yield orjson.loads(data)
