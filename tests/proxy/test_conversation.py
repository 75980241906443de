"""Two turns with tools through a real proxy, streaming, to an upstream as strict as OpenAI."""

from typing import Any, Final

import orjson
import pytest

from mock_upstream import JournalEntry, ReplyPlan, ToolCall, Usage
from tests.proxy.claude_code_client import Turn
from tests.proxy.rig import FIXTURES, Rig

THOUGHT: Final = "Both at once: the listing and the picture."
WORDS: Final = "Let me look."
LISTING: Final = {"command": "ls -l 'a b'", "description": 'say "what" is there'}
PICTURE: Final = {"file_path": "/workspace/picture.png"}
ANSWER: Final = "One file and a red square."
FIRST_USAGE: Final = Usage(input=1200, output=90, cached=1000, reasoning=40)
LAST_USAGE: Final = Usage(input=1400, output=12)
IMAGE: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)

CALLS: Final = ReplyPlan(
    text=WORDS,
    reasoning=THOUGHT,
    tool_calls=(
        ToolCall("Bash", orjson.dumps(LISTING).decode()),
        ToolCall("Read", orjson.dumps(PICTURE).decode()),
    ),
    interleaved=True,
    usage=FIRST_USAGE,
)


def ask(rig: Rig, model: str, messages: list[dict[str, Any]]) -> Turn:
    """Send what Claude Code sends, these messages added to its own, and read the stream."""
    return Turn.read(rig.send("first-turn", model, stream=True, more=messages))


def results(turn: Turn) -> dict[str, Any]:
    """The user's turn that answers both calls, the second with an image."""
    listing, picture = (call["id"] for call in turn.calls)
    source = {"type": "base64", "media_type": "image/png", "data": IMAGE}
    return {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": listing, "content": "picture.png"},
            {
                "type": "tool_result",
                "tool_use_id": picture,
                "content": [{"type": "image", "source": source}],
            },
        ],
    }


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_two_turns_with_two_calls_and_an_image(rig: Rig, api: str) -> None:
    """The client gets each block whole and in order, the upstream each result beside its call."""
    model = f"strict/{api}"
    rig.strict.reply_with(CALLS)
    first = ask(rig, model, [])
    assert [block["type"] for block in first.content] == [
        "thinking",
        "text",
        "tool_use",
        "tool_use",
    ]
    assert (first.text("thinking"), first.text("text")) == (THOUGHT, WORDS)
    assert [(c["name"], c["input"]) for c in first.calls] == [("Bash", LISTING), ("Read", PICTURE)]
    assert len({call["id"] for call in first.calls}) == 2
    assert first.stop_reason == "tool_use"
    assert spent(first) == (1200, 90)

    rig.strict.reply_with(ReplyPlan(text=ANSWER, usage=LAST_USAGE))
    back = {"role": "assistant", "content": first.content}
    last = ask(rig, model, [back, results(first)])
    assert [block["type"] for block in last.content] == ["text"]
    assert last.text("text") == ANSWER
    assert last.stop_reason == "end_turn"
    assert spent(last) == (1400, 12)

    one, two = rig.strict.journal.entries
    assert [entry.verdict.violations for entry in (one, two)] == [(), ()]
    assert {entry.api for entry in (one, two)} == {api}
    arrived = {"responses": responses_results, "chat": chat_results}[api]
    assert arrived(two) == [
        ("call", first.calls[0]["id"], "Bash", LISTING),
        ("call", first.calls[1]["id"], "Read", PICTURE),
        ("result", first.calls[0]["id"], "picture.png"),
        ("result", first.calls[1]["id"], f"data:image/png;base64,{IMAGE}"),
    ]
    assert b"thinking_blocks" not in two.body
    assert THOUGHT.encode() not in two.body


def spent(turn: Turn) -> tuple[int, int]:
    """The tokens read, cached ones included, and written, as Anthropic counts them."""
    usage = turn.usage
    cached = usage.get("cache_read_input_tokens") or 0
    return usage["input_tokens"] + cached, usage["output_tokens"]


def responses_results(entry: JournalEntry) -> list[tuple[Any, ...]]:
    """Calls and outputs of a Responses request, in order."""
    arrived: list[tuple[Any, ...]] = []
    for item in entry.json()["input"]:
        if item["type"] == "function_call":
            call = (item["call_id"], item["name"], orjson.loads(item["arguments"]))
            arrived.append(("call", *call))
        elif item["type"] == "function_call_output":
            output = item["output"]
            shown = output if isinstance(output, str) else output[0]["image_url"]
            arrived.append(("result", item["call_id"], shown))
    return arrived


def chat_results(entry: JournalEntry) -> list[tuple[Any, ...]]:
    """Calls and results of a Chat Completions request; the image is in the user's turn after."""
    messages = entry.json()["messages"]
    arrived: list[tuple[Any, ...]] = []
    for place, message in enumerate(messages):
        for call in message.get("tool_calls", ()):
            function = call["function"]
            arguments = orjson.loads(function["arguments"])
            arrived.append(("call", call["id"], function["name"], arguments))
        if message["role"] == "tool":
            arrived.append(("result", message["tool_call_id"], message["content"]))
            after = place
    told, shown = messages[after + 1]["content"]
    kind, call_id, _ = arrived.pop()
    assert call_id in told["text"]
    return [*arrived, (kind, call_id, shown["image_url"]["url"])]


def test_the_conversation_begins_as_claude_code_does() -> None:
    """It is the recorded first turn, tools, system and all, to which the turns are added."""
    body = orjson.loads((FIXTURES / "first-turn.json").read_bytes())["body"]
    assert {tool["name"] for tool in body["tools"]} >= {"Bash", "Read"}
