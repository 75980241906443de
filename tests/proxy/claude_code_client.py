"""A client of Anthropic's Messages API that reads a stream as Claude Code does: block by block."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import orjson

_GROWS: Final = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "signature"),
    "input_json_delta": ("partial_json", "input"),
}
"""By kind of delta: its own key, and the key of the block that it makes longer."""


@dataclass(slots=True)
class Turn:
    """One answer, put together from its events.

    ``content`` is what goes back as the assistant's turn; ``usage`` what the events said, the later
    over the earlier.
    """

    kinds: list[str] = field(default_factory=list)
    content: list[dict[str, Any]] = field(default_factory=list)
    stop_reason: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    _open: int | None = None

    @classmethod
    def read(cls, response: httpx.Response) -> "Turn":
        """Read the whole stream; what Claude Code could not make sense of fails here."""
        assert response.status_code == 200, response.text
        turn = cls()
        for event in _events(response.text):
            turn.take(event)
        assert turn.kinds[0] == "message_start"
        assert turn.kinds[-1] == "message_stop"
        assert turn._open is None
        return turn

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The tool calls, in their order."""
        return [block for block in self.content if block["type"] == "tool_use"]

    def text(self, kind: str) -> str:
        """All that the blocks of one kind say."""
        return "".join(block[kind] for block in self.content if block["type"] == kind)

    def take(self, event: dict[str, Any]) -> None:
        """Take one event; one block is open at a time, and its index is its place."""
        self.kinds.append(event["type"])
        match event["type"]:
            case "message_start":
                self.usage.update(event["message"]["usage"])
            case "content_block_start":
                assert self._open is None
                assert event["index"] == len(self.content)
                self._open = event["index"]
                self.content.append(_begun(event["content_block"]))
            case "content_block_delta":
                assert event["index"] == self._open
                delta, block = event["delta"], self.content[-1]
                key, grows = _GROWS[delta["type"]]
                block[grows] = block.get(grows, "") + delta[key]
            case "content_block_stop":
                assert event["index"] == self._open
                self._open = None
                _end(self.content[-1])
            case "message_delta":
                self.stop_reason = event["delta"]["stop_reason"]
                self.usage.update(event["usage"])
            case "message_stop" | "ping":
                pass
            case unknown:
                raise AssertionError(f"an event of the kind {unknown!r}: {event}")


def _begun(block: dict[str, Any]) -> dict[str, Any]:
    """A block as it begins: a call's input comes in pieces of JSON."""
    return {**block, "input": ""} if block["type"] == "tool_use" else dict(block)


def _end(block: dict[str, Any]) -> None:
    if block["type"] == "tool_use":
        block["input"] = orjson.loads(block["input"] or "{}")


def _events(stream: str) -> Iterator[dict[str, Any]]:
    for frame in stream.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line)
        if "data" in fields:
            event = orjson.loads(fields["data"])
            assert fields["event"] == event["type"]
            yield event
