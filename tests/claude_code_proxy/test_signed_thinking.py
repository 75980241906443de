"""A Claude behind LiteLLM's own Anthropic provider: what is signed or redacted passes unchanged."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.claude_code_proxy import messages_api
from tests.claude_code_proxy.test_streams import call_deltas, text
from tests.claude_code_proxy.upstream import USER, call_handler

BLOCKS: Final[tuple[tuple[dict[str, Any], tuple[dict[str, Any], ...]], ...]] = (
    (
        {"type": "thinking", "thinking": "", "signature": ""},
        (
            {"type": "thinking_delta", "thinking": "First."},
            {"type": "signature_delta", "signature": "sig-1"},
        ),
    ),
    ({"type": "redacted_thinking", "data": "secret"}, ()),
    (
        {"type": "thinking", "thinking": "", "signature": ""},
        ({"type": "signature_delta", "signature": "sig-2"},),
    ),
    ({"type": "text", "text": ""}, ({"type": "text_delta", "text": "Yes."},)),
    (
        {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}},
        (
            {"type": "input_json_delta", "partial_json": '{"a":'},
            {"type": "input_json_delta", "partial_json": "1}"},
        ),
    ),
)


def events(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "message_start", "message": messages_api._message(body)}
    for index, (block, deltas) in enumerate(BLOCKS):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stop = {"stop_reason": "tool_use", "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 5}}
    yield {"type": "message_stop"}


@pytest.mark.parametrize("method", ["streaming", "astreaming"])
def test_signatures_and_redacted_blocks_are_streamed_as_they_are(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(messages_api, "_events", events)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-from-anthropic-env")
    with messages_api.messages_api() as api:
        monkeypatch.setenv("ANTHROPIC_API_BASE", api.url)
        chunks = call_handler(
            method, model="claude-sonnet-4-5", messages=USER, optional_params={"max_tokens": 64}
        )
    deltas = [chunk.choices[0].delta for chunk in chunks]
    blocks = [block for d in deltas for block in getattr(d, "thinking_blocks", None) or ()]
    assert blocks == [
        {"type": "thinking", "thinking": "", "signature": "sig-1"},
        {"type": "redacted_thinking", "data": "secret"},
        {"type": "thinking", "thinking": "", "signature": "sig-2"},
    ]
    assert (text(chunks, "reasoning_content"), text(chunks)) == ("First.", "Yes.")
    assert "".join(d.function.arguments or "" for d in call_deltas(chunks)) == '{"a":1}'
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
