"""A reply plan as a stream of Chat Completions chunks.

Shapes follow the `openai` package's `ChatCompletionChunk`. Citations have no place there. Nor have
calls of custom tools: they go out as openai/openai-openapi#576 shows them, but without the `type`
that the package does not know and that its stream helper stumbles over.
"""

from mock_upstream.replies.asked import JsonObject
from mock_upstream.replies.render_chat import (
    failure_body,
    finish_reason,
    head,
    reasoning_text,
    tool_call,
    usage_counts,
)
from mock_upstream.replies.rendering import Rendering, in_turns, pieces
from mock_upstream.replies.reply_parts import CustomCall, ToolCall
from mock_upstream.replies.sse import Event, event_stream


def chat_stream(reply: Rendering) -> bytes:
    """Render the reply as a stream of `chat.completion.chunk` events that ends with `[DONE]`.

    With `include_usage` each chunk has `"usage": null` and one more chunk, without choices, has
    the counts. A failed reply ends with an error object instead, and no end mark.
    """
    counted = reply.asked.include_usage and not reply.has("no-usage")
    start = head(reply, "chat.completion.chunk")
    tail = reply.absent("usage") | (reply.optional(usage=None) if counted else {})
    bodies: list[JsonObject] = [start | {"choices": [choice]} | tail for choice in _choices(reply)]
    failure = reply.plan.failure
    if failure is not None:
        if not reply.has("no-terminal-event"):
            bodies.append(failure_body(failure))
    elif counted:
        bodies.append(start | {"choices": [], "usage": usage_counts(reply)})
    events: list[Event] = [(None, body) for body in bodies]
    return event_stream(events, reply.style, done=failure is None)


def _choices(reply: Rendering) -> list[JsonObject]:
    choices = [_choice(reply, delta) for delta in _deltas(reply)]
    if reply.plan.failure is None and not reply.has("no-terminal-event"):
        choices.append(_choice(reply, {}) | {"finish_reason": finish_reason(reply)})
    return choices


def _choice(reply: Rendering, delta: JsonObject) -> JsonObject:
    delta = reply.absent("content", "function_call", "refusal", "role", "tool_calls") | delta
    choice: JsonObject = {"index": 0, "delta": delta}
    choice |= reply.absent("logprobs", "finish_reason")
    return choice | reply.optional(logprobs=None, finish_reason=None)


def _deltas(reply: Rendering) -> list[JsonObject]:
    plan = reply.plan
    opening: JsonObject = {"role": "assistant", "content": None if plan.text is None else ""}
    deltas = [opening | reply.optional(refusal=None)]
    if reply.has("reasoning-content"):
        deltas += [{"reasoning_content": piece} for piece in pieces(reasoning_text(reply))]
    deltas += [{"content": piece} for piece in pieces(plan.text or "")]
    deltas += [{"refusal": piece} for piece in pieces(plan.refusal or "")]
    queues = [_call_deltas(reply, *numbered) for numbered in reply.calls()]
    parts = in_turns(queues) if plan.interleaved else [part for one in queues for part in one]
    return deltas + [{"tool_calls": [part]} for part in parts]


def _call_deltas(
    reply: Rendering, index: int, call_id: str, call: ToolCall | CustomCall
) -> list[JsonObject]:
    if isinstance(call, CustomCall):
        opened = {"index": index, "id": call_id, "custom": {"name": call.name, "input": ""}}
        parts = [{"index": index, "custom": {"input": piece}} for piece in pieces(call.input)]
        return [opened, *parts]
    arguments = reply.arguments(call.arguments)
    if not isinstance(arguments, str):
        return [{"index": index} | tool_call(reply, call_id, call)]
    first = {"index": index} | tool_call(reply, call_id, ToolCall(call.name, ""))
    rest = [{"index": index, "function": {"arguments": piece}} for piece in pieces(arguments)]
    return [first, *rest]
