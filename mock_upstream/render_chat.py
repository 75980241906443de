"""A reply plan as Chat Completions: one JSON object, or a stream of chunks.

Shapes follow the `openai` package's `ChatCompletion` and `ChatCompletionChunk`. A reasoning
summary has no place there, as on OpenAI's own API; only its tokens are counted.
"""

import orjson

from mock_upstream.rendering import CREATED, Rendering, pieces
from mock_upstream.reply_plan import ToolCall, Usage
from mock_upstream.sse import DONE, data_event
from mock_upstream.verdict import Payload

JsonObject = dict[str, object]


def chat_json(reply: Rendering) -> bytes:
    """Render the whole reply as one `chat.completion`."""
    choice = {
        "index": 0,
        "message": _message(reply),
        "logprobs": None,
        "finish_reason": _finish_reason(reply),
    }
    head = _head(reply, "chat.completion")
    return orjson.dumps(head | {"choices": [choice], "usage": _usage(reply.plan.usage)})


def chat_stream(reply: Rendering, *, include_usage: bool) -> bytes:
    """Render the reply as a stream of `chat.completion.chunk` events that ends with `[DONE]`.

    With `include_usage` each chunk has `"usage": null` and one more chunk, without choices, has
    the counts.
    """
    head = _head(reply, "chat.completion.chunk")
    tail: JsonObject = {"usage": None} if include_usage else {}
    chunks = [head | {"choices": [choice]} | tail for choice in _chunk_choices(reply)]
    if include_usage:
        chunks.append(head | {"choices": [], "usage": _usage(reply.plan.usage)})
    return b"".join(map(data_event, chunks)) + DONE


def wants_usage(payload: Payload) -> bool:
    """Say whether a request asks for `stream_options.include_usage`."""
    options = payload.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def _head(reply: Rendering, kind: str) -> JsonObject:
    return {
        "id": reply.id("chatcmpl"),
        "object": kind,
        "created": CREATED,
        "model": reply.model,
        "service_tier": "default",
        "system_fingerprint": "fp_mock",
    }


def _message(reply: Rendering) -> JsonObject:
    message: JsonObject = {
        "role": "assistant",
        "content": reply.plan.text,
        "refusal": None,
        "annotations": [],
    }
    if reply.plan.tool_calls:
        message["tool_calls"] = [_tool_call(key, call) for _, key, call in reply.calls()]
    return message


def _tool_call(call_id: str, call: ToolCall) -> JsonObject:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call_id, "type": "function", "function": function}


def _finish_reason(reply: Rendering) -> str:
    return "tool_calls" if reply.plan.tool_calls else "stop"


def _chunk_choices(reply: Rendering) -> list[JsonObject]:
    opening = None if reply.plan.text is None else ""
    deltas: list[JsonObject] = [{"role": "assistant", "content": opening, "refusal": None}]
    deltas += [{"content": piece} for piece in pieces(reply.plan.text or "")]
    for index, call_id, call in reply.calls():
        deltas += _call_deltas(index, call_id, call)
    choices = [_choice(delta, None) for delta in deltas]
    return [*choices, _choice({}, _finish_reason(reply))]


def _call_deltas(index: int, call_id: str, call: ToolCall) -> list[JsonObject]:
    opening = {"index": index} | _tool_call(call_id, ToolCall(call.name, ""))
    parts = [{"index": index, "function": {"arguments": p}} for p in pieces(call.arguments)]
    return [{"tool_calls": [part]} for part in (opening, *parts)]


def _choice(delta: JsonObject, finish_reason: str | None) -> JsonObject:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _usage(usage: Usage) -> JsonObject:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
