"""The golden requests: what Claude Code sends, as files, and the way of one through LiteLLM.

Recorded ones are the conformance suite's scenarios; those in `requests/` are made by hand and hold
what no record does.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import litellm
import orjson

_TESTS: Final = Path(__file__).parents[1]
_SCENARIOS: Final = _TESTS.parent / "conformance" / "scenarios"
_FILES: Final = (
    _SCENARIOS / "plain-turn.json",
    _SCENARIOS / "first-turn.json",
    _SCENARIOS / "tool-results-with-image.json",
    _SCENARIOS / "tool-error.json",
    _SCENARIOS / "thinking-history.json",
    *sorted((Path(__file__).parent / "requests").glob("*.json")),
)


@dataclass(frozen=True, slots=True)
class GoldenRequest:
    """One request: its name, its body, and LiteLLM's function that takes such a body."""

    name: str
    body: Mapping[str, Any]
    entry: Literal["anthropic_messages", "completion"]

    async def send(self, **arguments: Any) -> None:
        """Send it as Claude Code does, streaming, and read the answer to its end."""
        arguments = {**copy.deepcopy(dict(self.body)), **copy.deepcopy(arguments), "stream": True}
        stream: Any
        if self.entry == "completion":
            usage = {"include_usage": True}
            stream = await litellm.acompletion(**arguments, stream_options=usage)
        else:
            stream = await litellm.anthropic_messages(**arguments, drop_params=True)
        async for _ in stream:
            pass


def golden_requests() -> tuple[GoldenRequest, ...]:
    """Read them all, in an order that is always the same."""
    return tuple(map(_read, _FILES))


def _read(path: Path) -> GoldenRequest:
    record = orjson.loads(path.read_bytes())
    body = {key: value for key, value in record["body"].items() if key not in ("model", "stream")}
    entry = record.get("entry", "anthropic_messages")
    return GoldenRequest(path.stem.replace("_", "-"), body, entry)
