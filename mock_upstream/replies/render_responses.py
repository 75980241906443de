"""A reply plan as the Responses API's response object.

Shapes follow the `openai` package's `Response`. The reply repeats the request's settings, but not
its tools and instructions: clients do not read them back, and on a Claude Code request they weigh
100 KB.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import orjson

from mock_upstream.replies.asked import JsonObject
from mock_upstream.replies.output_items import output_items
from mock_upstream.replies.rendering import CREATED, Rendering
from mock_upstream.replies.reply_parts import Usage

_USUALLY_ABSENT: Final = (
    "conversation",
    "moderation",
    "prompt",
    "prompt_cache_key",
    "safety_identifier",
    "top_logprobs",
)
_DEFAULTS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "background": False,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "top_p": 1.0,
        "truncation": "disabled",
        "user": None,
        "metadata": {},
    }
)
"""What the full dialect says of a request that sets nothing."""


def responses_json(reply: Rendering) -> bytes:
    """Render the whole reply as one `response`: completed, incomplete or failed."""
    return orjson.dumps(response_object(reply, output_items(reply)))


def response_object(reply: Rendering, output: list[JsonObject] | None) -> JsonObject:
    """Build the response object: ended with its output, or, without one, in progress."""
    status = "in_progress" if output is None else _final_status(reply)
    fields: JsonObject = {
        "id": reply.id("resp"),
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "model": reply.model,
        "output": output or [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    fields |= reply.absent(*_USUALLY_ABSENT)
    if reply.style.full:
        fields.update(_DEFAULTS)
        fields["completed_at"] = CREATED if status == "completed" else None
        fields.update(reply.asked.settings)
        if not reply.has("no-usage"):
            fields["usage"] = None
    if output is not None:
        fields |= _ending(reply)
    if status in ("completed", "incomplete") and not reply.has("no-usage"):
        fields["usage"] = _usage(reply.plan.usage)
    return fields


def _final_status(reply: Rendering) -> str:
    if reply.plan.failure is not None:
        return "failed"
    return "completed" if reply.plan.incomplete is None else "incomplete"


def _ending(reply: Rendering) -> JsonObject:
    """Say why an answer ended early; nothing for one that is complete."""
    failure, reason = reply.plan.failure, reply.plan.incomplete
    if failure is not None:
        return {"error": {"code": failure.code, "message": failure.message}}
    return {} if reason is None else {"incomplete_details": {"reason": reason}}


def _usage(usage: Usage) -> JsonObject:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
