"""A reply plan as the Responses API's objects: the response and its output items.

Shapes follow the `openai` package's `Response`. The reply does not repeat the request's tools and
instructions: clients do not read them back, and on a Claude Code request they weigh 100 KB.
"""

import orjson

from mock_upstream.rendering import CREATED, Rendering
from mock_upstream.reply_plan import ToolCall, Usage

JsonObject = dict[str, object]


def responses_json(reply: Rendering) -> bytes:
    """Render the whole reply as one completed `response`."""
    return orjson.dumps(response_object(reply, output_items(reply)))


def response_object(reply: Rendering, output: list[JsonObject] | None) -> JsonObject:
    """Build the response object: completed with its output, or, without one, in progress."""
    done = output is not None
    return {
        "id": reply.id("resp"),
        "object": "response",
        "created_at": CREATED,
        "status": "completed" if done else "in_progress",
        "background": False,
        "completed_at": CREATED if done else None,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": reply.model,
        "output": output or [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _usage(reply.plan.usage) if done else None,
        "user": None,
        "metadata": {},
    }


def output_items(reply: Rendering) -> list[JsonObject]:
    """Build the output items in OpenAI's order: reasoning, message, function calls."""
    plan = reply.plan
    items: list[JsonObject] = []
    if plan.reasoning is not None:
        items.append(reasoning_item(reply, [summary_part(plan.reasoning)]))
    if plan.text is not None:
        items.append(message_item(reply, [text_part(plan.text)]))
    for index, call_id, call in reply.calls():
        items.append(call_item(reply.id("fc", index), call_id, call))
    return items


def reasoning_item(reply: Rendering, summary: list[JsonObject]) -> JsonObject:
    """Build a reasoning item with these summary parts."""
    return {"id": reply.id("rs"), "type": "reasoning", "summary": summary}


def message_item(
    reply: Rendering, content: list[JsonObject], status: str = "completed"
) -> JsonObject:
    """Build the assistant's message with these content parts."""
    return {
        "id": reply.id("msg"),
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def call_item(item_id: str, call_id: str, call: ToolCall, status: str = "completed") -> JsonObject:
    """Build a function call item."""
    return {
        "id": item_id,
        "type": "function_call",
        "status": status,
        "call_id": call_id,
        "name": call.name,
        "arguments": call.arguments,
    }


def text_part(text: str) -> JsonObject:
    """Build an output text part."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def summary_part(text: str) -> JsonObject:
    """Build one part of a reasoning summary."""
    return {"type": "summary_text", "text": text}


def _usage(usage: Usage) -> JsonObject:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
