"""A reply plan's output items, as the Responses API has them when they are done.

Shapes follow the `openai` package's `ResponseOutputItem`.
"""

from mock_upstream.replies.asked import JsonObject
from mock_upstream.replies.rendering import Rendering
from mock_upstream.replies.reply_parts import Citation, CustomCall, ToolCall, WebSearch


def output_items(reply: Rendering) -> list[JsonObject]:
    """Build the items in OpenAI's order: reasoning, search, message, calls."""
    plan = reply.plan
    items: list[JsonObject] = []
    if plan.reasoning is not None:
        items.append(_reasoning(reply))
    if plan.search is not None:
        items.append(_search(reply, plan.search))
    if plan.text is not None or plan.refusal is not None:
        items.append(_message(reply))
    items += [_call(reply, *numbered) for numbered in reply.calls()]
    if plan.cut and items and items[-1].get("status") and items[-1]["type"] != "web_search_call":
        items[-1]["status"] = "incomplete"
    return items


def text_part(reply: Rendering, text: str, annotations: list[JsonObject]) -> JsonObject:
    """Build an output text part."""
    part: JsonObject = {"type": "output_text", "text": text, "annotations": annotations}
    return part | reply.absent("logprobs") | reply.optional(logprobs=[])


def refusal_part(text: str) -> JsonObject:
    """Build a refusal part."""
    return {"type": "refusal", "refusal": text}


def summary_part(text: str) -> JsonObject:
    """Build one part of a reasoning summary."""
    return {"type": "summary_text", "text": text}


def _reasoning(reply: Rendering) -> JsonObject:
    """Build the reasoning item; its secret is a constant text, only when the request asks."""
    item = reply.absent("content", "encrypted_content", "status")
    item |= {"id": reply.id("rs"), "type": "reasoning"}
    item["summary"] = [summary_part(text) for text in reply.plan.summary]
    if reply.asked.encrypted:
        item["encrypted_content"] = reply.id("encrypted")
    return item


def _search(reply: Rendering, search: WebSearch) -> JsonObject:
    action = reply.absent("queries", "query", "sources") | {"type": "search"}
    action |= {"query": search.query} | reply.optional(queries=[search.query])
    if reply.asked.sources:
        action["sources"] = [{"type": "url", "url": url} for url in search.sources]
    return {
        "id": reply.id("ws"),
        "type": "web_search_call",
        "status": "completed",
        "action": action,
    }


def _message(reply: Rendering) -> JsonObject:
    plan = reply.plan
    content: list[JsonObject] = []
    if plan.text is not None:
        content.append(text_part(reply, plan.text, [_cited(one) for one in plan.citations]))
    if plan.refusal is not None:
        content.append(refusal_part(plan.refusal))
    return reply.absent("phase") | {
        "id": reply.id("msg"),
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": content,
    }


def _cited(citation: Citation) -> JsonObject:
    return {
        "type": "url_citation",
        "start_index": citation.start,
        "end_index": citation.end,
        "url": citation.url,
        "title": citation.title,
    }


def _call(reply: Rendering, index: int, call_id: str, call: ToolCall | CustomCall) -> JsonObject:
    if isinstance(call, CustomCall):
        item = reply.absent("id", "caller", "namespace") | reply.optional(id=reply.id("ctc", index))
        item |= {"type": "custom_tool_call", "call_id": call_id, "name": call.name}
        return item | {"input": call.input}
    item = reply.absent("id", "caller", "namespace", "status")
    item |= reply.optional(id=reply.id("fc", index), status="completed")
    item |= {"type": "function_call", "call_id": call_id, "name": call.name}
    return item | {"arguments": reply.arguments(call.arguments)}
