"""Reasoning there and back: sealed items leave as signatures and return as items."""

import asyncio
from typing import Any, Final

import litellm
import pytest

from claude_code_proxy.reasoning_items import ENCRYPTED_CONTENT
from mock_upstream import RawReply
from tests.claude_code_proxy.sse import RESPONSE, event, responses_stream
from tests.claude_code_proxy.test_replies import raw
from tests.claude_code_proxy.upstream import (
    CHAT_MODEL,
    METHODS,
    RESPONSES_MODEL,
    Upstream,
    messages_stream,
)

TOOLS: Final = [
    {"name": name, "description": "d", "input_schema": {"type": "object", "properties": {}}}
    for name in ("f", "g")
]
ENTRIES: Final = ("whole", "streamed")


def reasoning(n: int, *summary: str, **fields: Any) -> dict[str, Any]:
    parts = [{"type": "summary_text", "text": text} for text in summary]
    item = {"type": "reasoning", "id": f"rs_{n}", "summary": parts}
    return {**item, "encrypted_content": f"sealed-{n}", **fields}


def call(n: int, name: str = "f") -> dict[str, Any]:
    item = {"type": "function_call", "id": f"fc_{n}", "call_id": f"call_{n}", "name": name}
    return {**item, "arguments": f'{{"n":{n}}}', "status": "completed"}


def message(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    return {**item, "content": [part]}


def reply(entry: str, *items: dict[str, Any]) -> RawReply:
    if entry == "whole":
        return raw({"output": list(items)})
    events = [e for place, item in enumerate(items) for e in item_events(place, item)]
    return responses_stream(*events, event("response.completed", response=RESPONSE))


def item_events(place: int, item: dict[str, Any]) -> list[dict[str, Any]]:
    empty = {**item, "summary": []} if item["type"] == "reasoning" else item
    deltas = [
        event(
            "response.reasoning_summary_text.delta",
            item_id=item["id"],
            output_index=place,
            summary_index=index,
            delta=part["text"][at : at + 4],
        )
        for index, part in enumerate(item.get("summary", ()))
        for at in range(0, len(part["text"]), 4)
    ]
    return [
        event("response.output_item.added", output_index=place, item=empty),
        *deltas,
        event("response.output_item.done", output_index=place, item=item),
    ]


def ask(upstream: Upstream, entry: str, messages: list[dict[str, Any]], **more: Any) -> Any:
    """Return the content that Claude Code keeps of the answer on ``/v1/messages``."""
    arguments = upstream.arguments(**{"keep_reasoning": True, **more})
    arguments |= {"messages": messages, "tools": TOOLS}
    if entry == "streamed":
        return content_of(messages_stream(arguments))
    answer: Any = asyncio.run(litellm.anthropic_messages(**arguments, max_tokens=64))
    return answer["content"]


def content_of(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the blocks together as Anthropic's client does: a signature delta replaces."""
    blocks: list[dict[str, Any]] = []
    for e in events:
        assert e["type"] != "error", e
        if e["type"] == "content_block_start":
            blocks.append({**e["content_block"], "json": ""})
        elif e["type"] == "content_block_delta":
            delta = e["delta"]
            match delta["type"]:
                case "text_delta":
                    blocks[-1]["text"] += delta["text"]
                case "thinking_delta":
                    blocks[-1]["thinking"] += delta["thinking"]
                case "signature_delta":
                    blocks[-1]["signature"] = delta["signature"]
                case "input_json_delta":
                    blocks[-1]["json"] += delta["partial_json"]
    for block in blocks:
        given = block.pop("json")
        if block["type"] == "tool_use" and given:
            block["input"] = litellm.utils.json.loads(given)
    return blocks


def next_turn(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the conversation as Claude Code sends it after its tools have run."""
    results = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": "done"}
        for block in content
        if block["type"] == "tool_use"
    ]
    told = results or [{"type": "text", "text": "go on"}]
    return [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": content},
        {"role": "user", "content": told},
    ]


def sent_back(upstream: Upstream, content: list[dict[str, Any]], **more: Any) -> list[Any]:
    """Return the input items that Claude Code's next request becomes."""
    upstream.session.reply_with(reply("whole", message("ok")))
    ask(upstream, "whole", next_turn(content), **more)
    items: list[Any] = upstream.last.json()["input"]
    return items


def sketch(items: list[Any]) -> list[Any]:
    """Return kinds, and of reasoning the item itself without what does not travel."""
    return [
        item if item["type"] == "reasoning" else item.get("call_id") or item["role"]
        for item in items
    ]


@pytest.mark.parametrize("entry", ENTRIES)
def test_reasoning_comes_back_in_its_place(upstream: Upstream, entry: str) -> None:
    """Items between calls, with a summary in parts, before a text, and with none at all."""
    items = (reasoning(1, "First.", "Second."), message("Let me."), call(1), reasoning(2), call(2))
    upstream.session.reply_with(reply(entry, *items))
    content = ask(upstream, entry, [{"role": "user", "content": "hello"}])
    assert upstream.last.json()["include"] == [ENCRYPTED_CONTENT]
    thoughts = [block["thinking"] for block in content if block["type"] == "thinking"]
    assert thoughts == ["First.\n\nSecond.", ""]
    back = sent_back(upstream, content)
    assert sketch(back) == [
        "user",
        reasoning(1, "First.", "Second."),
        "assistant",
        "call_1",
        reasoning(2),
        "call_2",
        "call_1",
        "call_2",
    ]
    assert "thinking_blocks" not in repr(back)


@pytest.mark.parametrize("entry", ENTRIES)
def test_reasoning_items_in_a_row_all_come_back(upstream: Upstream, entry: str) -> None:
    """LiteLLM's stream runs their blocks into one, of whose signatures the last counts."""
    items = (reasoning(1, "One."), reasoning(2), reasoning(3, "Three.", "Four."), call(1))
    upstream.session.reply_with(reply(entry, *items))
    content = ask(upstream, entry, [{"role": "user", "content": "hello"}])
    assert sketch(sent_back(upstream, content))[1:5] == [*items[:3], "call_1"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_signature_is_url_safe_and_marked(upstream: Upstream, entry: str) -> None:
    upstream.session.reply_with(reply(entry, reasoning(1, "Hm."), call(1)))
    content = ask(upstream, entry, [{"role": "user", "content": "hello"}])
    signature = content[0]["signature"]
    assert signature.startswith("ccr1.")
    assert signature.replace(".", "").replace("-", "").replace("_", "").isalnum()


def altered(signature: str) -> dict[str, str]:
    mark, check, body = signature.split(".")
    return {
        "cut": signature[:-4],
        "altered": f"{mark}.{check}.{body[:-3]}AAA",
        "unmarked": f"{check}.{body}",
        "of another version": f"ccr2.{check}.{body}",
        "not ascii": f"{mark}.{check}.{body}é",
        "mark alone": "ccr1.",
        "Anthropic's": "EqQBCgIYAhIM",
        "none": "",
    }


@pytest.mark.parametrize("how", altered("ccr1.a.bcdef"))
def test_a_block_that_is_not_ours_stays_with_the_thinking_blocks(
    upstream: Upstream, how: str
) -> None:
    upstream.session.reply_with(reply("whole", reasoning(1, "Hm."), call(1)))
    thought, used = ask(upstream, "whole", [{"role": "user", "content": "hello"}])
    other = {**thought, "signature": altered(thought["signature"])[how]}
    back = sent_back(upstream, [other, thought, used])
    assert sketch(back) == ["user", reasoning(1, "Hm."), "call_1", "call_1"]
    assert back[2]["thinking_blocks"] == [
        {"type": "thinking", "thinking": "Hm.", "signature": other["signature"]}
    ]
    dropped = sent_back(upstream, [other, thought, used], drop_thinking_blocks_res_api=True)
    assert "thinking_blocks" not in repr(dropped)
    assert dropped[1] == reasoning(1, "Hm.")


def test_reasoning_from_another_upstream_stays_with_the_thinking_blocks(upstream: Upstream) -> None:
    upstream.session.reply_with(reply("whole", reasoning(1, "Hm."), call(1)))
    content = ask(upstream, "whole", [{"role": "user", "content": "hello"}])
    other = upstream.url.replace("127.0.0.1", "localhost")
    back = sent_back(upstream, content, api_base=other)
    assert sketch(back) == ["user", "call_1", "call_1"]
    assert back[1]["thinking_blocks"][0]["signature"] == content[0]["signature"]
    again = sent_back(upstream, content, api_base=f"{upstream.url}/")
    assert again[1] == reasoning(1, "Hm.")


def test_without_the_setting_nothing_is_asked_for_made_or_taken_out(upstream: Upstream) -> None:
    upstream.session.reply_with(reply("whole", reasoning(1, "Hm."), call(1)))
    kept = ask(upstream, "whole", [{"role": "user", "content": "hello"}])
    upstream.session.reply_with(reply("whole", reasoning(1, "Hm."), call(1)))
    content = ask(upstream, "whole", [{"role": "user", "content": "x"}], keep_reasoning=False)
    assert "include" not in upstream.last.json()
    assert content[0] == {"type": "thinking", "thinking": "Hm.", "signature": None}
    back = sent_back(upstream, kept, keep_reasoning=False)
    assert back[1]["thinking_blocks"][0]["signature"] == kept[0]["signature"]


def test_no_other_api_is_sent_what_only_ours_can_read(upstream: Upstream) -> None:
    """Even where a model's settings keep thinking blocks for a Chat Completions upstream."""
    upstream.session.reply_with(reply("whole", reasoning(1, "Hm."), call(1)))
    content = ask(upstream, "whole", [{"role": "user", "content": "hello"}])
    theirs = {"type": "thinking", "thinking": "Hm.", "signature": "theirs"}
    arguments = upstream.arguments(
        CHAT_MODEL, keep_reasoning=True, keep_fields=["messages[*].thinking_blocks"]
    )
    arguments |= {"messages": next_turn([*content[:1], theirs, *content[1:]]), "tools": TOOLS}
    asyncio.run(litellm.anthropic_messages(**arguments, max_tokens=64))
    assert upstream.last.json()["messages"][1]["thinking_blocks"] == [theirs]
    assert "include" not in upstream.last.json()


@pytest.mark.parametrize("entry", ENTRIES)
def test_reasoning_without_sealed_content_is_a_thinking_block_and_no_more(
    upstream: Upstream, entry: str
) -> None:
    bare = reasoning(1, "Hm.", encrypted_content=None)
    upstream.session.reply_with(reply(entry, bare, call(1)))
    thought, _ = content = ask(upstream, entry, [{"role": "user", "content": "hello"}])
    assert (thought["thinking"], thought["signature"] or "") == ("Hm.", "")
    assert sketch(sent_back(upstream, content)) == ["user", "call_1", "call_1"]


def test_a_turn_of_reasoning_alone_is_not_sent_back(upstream: Upstream) -> None:
    """OpenAI refuses a reasoning item without the item that followed it."""
    upstream.session.reply_with(reply("whole", reasoning(1, "Hm.")))
    content = ask(upstream, "whole", [{"role": "user", "content": "hello"}])
    thinking = [block for block in content if block["type"] == "thinking"]
    assert sketch(sent_back(upstream, thinking)) == ["user", "user"]


@pytest.mark.parametrize(
    ("include", "sent"),
    [
        (["message.output_text.logprobs"], ["message.output_text.logprobs", ENCRYPTED_CONTENT]),
        ([ENCRYPTED_CONTENT], [ENCRYPTED_CONTENT]),
        (None, [ENCRYPTED_CONTENT]),
        ("anything", "anything"),
    ],
)
def test_the_users_own_include_is_kept(upstream: Upstream, include: Any, sent: Any) -> None:
    body = upstream.sent(keep_reasoning=True, extra_body={"include": include})
    assert body["include"] == sent


@pytest.mark.parametrize("method", METHODS)
def test_chat_clients_get_the_signature_too(upstream: Upstream, method: str) -> None:
    entry = "streamed" if "streaming" in method else "whole"
    upstream.session.reply_with(reply(entry, reasoning(1, "Hm."), message("Yes.")))
    answer = METHODS[method](upstream.arguments(RESPONSES_MODEL, keep_reasoning=True))
    if entry == "whole":
        [block] = answer.choices[0].message.thinking_blocks
        assert block["thinking"] == answer.choices[0].message.reasoning_content == "Hm."
    else:
        deltas = [chunk.choices[0].delta for chunk in answer if chunk.choices]
        [[block]] = [b for d in deltas if (b := getattr(d, "thinking_blocks", None))]
    assert block["signature"].startswith("ccr1.")
