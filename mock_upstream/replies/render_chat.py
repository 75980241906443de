"""A reply plan as one Chat Completions object.

Shapes follow the `openai` package's `ChatCompletion`. A reasoning summary and a hosted search have
no place there, as on OpenAI's own API; a failed reply is an HTTP error.
"""

from http import HTTPStatus
from typing import Final

import orjson

from mock_upstream.replies.asked import JsonObject
from mock_upstream.replies.rendering import CREATED, Rendering
from mock_upstream.replies.reply_parts import Citation, CustomCall, Failure, ToolCall, Usage

_STATUSES: Final = {
    "server_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "vector_store_timeout": HTTPStatus.INTERNAL_SERVER_ERROR,
    "rate_limit_exceeded": HTTPStatus.TOO_MANY_REQUESTS,
}
_TYPES: Final = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "server_error",
    HTTPStatus.TOO_MANY_REQUESTS: "requests",
}


def chat_json(reply: Rendering) -> bytes:
    """Render the whole reply as one `chat.completion`."""
    choice: JsonObject = {"index": 0, "message": _message(reply)}
    choice |= reply.absent("logprobs") | reply.optional(logprobs=None)
    choice["finish_reason"] = finish_reason(reply)
    body = head(reply, "chat.completion") | {"choices": [choice]}
    if not reply.has("no-usage"):
        body["usage"] = usage_counts(reply)
    return orjson.dumps(body)


def failure_status(failure: Failure) -> HTTPStatus:
    """Choose the HTTP status of a failed reply: what is not the server's fault is the request's."""
    return _STATUSES.get(failure.code, HTTPStatus.BAD_REQUEST)


def failure_body(failure: Failure) -> JsonObject:
    """Build the error object of a failed reply, whole or in a stream."""
    kind = _TYPES.get(failure_status(failure), "invalid_request_error")
    return {
        "error": {
            "message": failure.message,
            "type": kind,
            "param": None,
            "code": failure.code,
        }
    }


def head(reply: Rendering, kind: str) -> JsonObject:
    """Build the fields that an object and each chunk begin with."""
    fields: JsonObject = {
        "id": reply.id("chatcmpl"),
        "object": kind,
        "created": CREATED,
        "model": reply.model,
    }
    fields |= reply.absent("moderation", "service_tier", "system_fingerprint")
    if reply.style.full:
        fields["service_tier"] = "default"
        fields["system_fingerprint"] = "fp_mock"
    return fields


def finish_reason(reply: Rendering) -> str:
    """Say why the answer ended.

    A call of the tool that `tool_choice` names ends with `stop`, as measured on OpenAI's API in
    vllm-project/vllm#25054; any other call ends with `tool_calls`.
    """
    if reply.plan.incomplete is not None:
        return "length" if reply.plan.incomplete == "max_output_tokens" else "content_filter"
    return "tool_calls" if reply.plan.tool_calls and not reply.asked.named else "stop"


def tool_call(reply: Rendering, call_id: str, call: ToolCall | CustomCall) -> JsonObject:
    """Build one entry of `tool_calls`."""
    if isinstance(call, CustomCall):
        custom = {"name": call.name, "input": call.input}
        return {"id": call_id, "type": "custom", "custom": custom}
    function = {"name": call.name, "arguments": reply.arguments(call.arguments)}
    return {"id": call_id, "type": "function", "function": function}


def reasoning_text(reply: Rendering) -> str:
    """Join the reasoning for servers that send it as one text."""
    return "\n\n".join(reply.plan.summary)


def usage_counts(reply: Rendering) -> JsonObject:
    """Build the token counts."""
    usage: Usage = reply.plan.usage
    counts: JsonObject = {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
    }
    return counts | reply.optional(
        prompt_tokens_details={"cached_tokens": usage.cached, "audio_tokens": 0},
        completion_tokens_details={
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    )


def _message(reply: Rendering) -> JsonObject:
    plan = reply.plan
    message = reply.absent("refusal", "annotations", "audio", "function_call", "tool_calls")
    message |= {"role": "assistant", "content": plan.text}
    message |= reply.optional(refusal=None, annotations=[])
    if plan.refusal is not None:
        message["refusal"] = plan.refusal
    if plan.citations:
        message["annotations"] = [_cited(citation) for citation in plan.citations]
    if plan.reasoning is not None and reply.has("reasoning-content"):
        message["reasoning_content"] = reasoning_text(reply)
    if plan.tool_calls:
        message["tool_calls"] = [tool_call(reply, key, call) for _, key, call in reply.calls()]
    return message


def _cited(citation: Citation) -> JsonObject:
    place = {"start_index": citation.start, "end_index": citation.end}
    page = {"url": citation.url, "title": citation.title}
    return {"type": "url_citation", "url_citation": place | page}
