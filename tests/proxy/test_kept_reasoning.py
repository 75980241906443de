"""Sealed reasoning through a real LiteLLM proxy, there and back, as Claude Code would carry it."""

from typing import Any, Final

import orjson
import pytest

from tests.claude_code_proxy.test_kept_reasoning import (
    TOOLS,
    call,
    content_of,
    message,
    next_turn,
    reasoning,
    reply,
    sketch,
)
from tests.proxy.rig import Rig

MODEL: Final = "permissive/kept-reasoning"
HEADERS: Final = {"user-agent": "claude-cli/2.1.197 (external, cli)"}


def asked(rig: Rig, messages: list[dict[str, Any]], *, stream: bool) -> list[dict[str, Any]]:
    """Return the content of the answer on ``/v1/messages``."""
    body = {"model": MODEL, "messages": messages, "tools": TOOLS, "stream": stream}
    response = rig.post("/v1/messages", body, **HEADERS)
    assert response.status_code == 200, response.text
    if not stream:
        content: list[dict[str, Any]] = response.json()["content"]
        return content
    lines = [line for line in response.content.splitlines() if line.startswith(b"data: ")]
    return content_of([orjson.loads(line.removeprefix(b"data: ")) for line in lines])


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_reasoning_comes_back_in_its_place(rig: Rig, *, stream: bool) -> None:
    items = (reasoning(1, "First.", "Second."), call(1), reasoning(2), call(2))
    rig.permissive.reply_with(reply("streamed" if stream else "whole", *items))
    content = asked(rig, [{"role": "user", "content": "hello"}], stream=stream)
    rig.permissive.reply_with(reply("whole", message("ok")))
    asked(rig, next_turn(content), stream=False)
    back = rig.permissive.journal.entries[-1].json()["input"]
    assert sketch(back) == [
        "user",
        reasoning(1, "First.", "Second."),
        "call_1",
        reasoning(2),
        "call_2",
        "call_1",
        "call_2",
    ]
