"""Claude Code's request as the handler sends it, small: all that its turns may hold, at once.

The settings act on it as the handler has them act; what the handler leaves out unless
``keep_fields`` asks for it is in it, to be taken away again.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.adaptations import adapted
from claude_code_proxy.drop_flags import without_dropped_fields
from claude_code_proxy.keep_fields import KEPT_FIELDS
from claude_code_proxy.routing import is_reasoning_family
from common.field_path import FieldPath
from conformance.probe.experiment import APPENDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.matrix import Api
    from conformance.probe.experiment import Edit, Payload

_THOUGHT: Final = [{"type": "thinking", "thinking": "I look.", "signature": "c2lnbmVk"}]
_ARGUMENTS: Final = '{"zone": "UTC"}'
_SCHEMA: Final = {
    "type": "object",
    "properties": {"zone": {"type": "string"}, "args": {"description": "Anything."}},
    "required": ["zone"],
    "additionalProperties": False,
}
_IDS: Final = ("toolu_01ProbeAAAAAAAAAAAAAAAAA", "toolu_01ProbeBBBBBBBBBBBBBBBBB")
_PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4"
    "//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)

SPOILERS: Final[Mapping[Api, tuple[Edit, ...]]] = {
    "chat": (
        (("messages", 3, "content"), [{"type": "text", "text": "Noon"}]),
        (("messages", 7, "role"), "developer"),
        (("tools", APPENDED), {"type": "web_search"}),
    ),
    "responses": (
        (("input", 9, "role"), "developer"),
        (("tools", APPENDED), {"type": "web_search_20250305", "name": "web_search"}),
    ),
}
"""What else may be refused in a whole request, beside what Claude Code sends."""


def whole_request(api: Api, model: str, size: int) -> Payload:
    """Return a turn's request, whose answer is bounded to ``size`` tokens."""
    made = _responses(model) if api == "responses" else _chat(model)
    return {**made, _cap(api, model): size}


def side_request(api: Api, model: str, size: int) -> Payload:
    """Return what Claude Code asks beside a turn: a title, without tools, with a temperature."""
    turns = "input" if api == "responses" else "messages"
    kind = {"type": "message"} if api == "responses" else {}
    said = [{**kind, "role": "user", "content": "Title this talk: the clock is late."}]
    return {"model": model, turns: said, "temperature": 1, _cap(api, model): size}


def _cap(api: Api, model: str) -> str:
    if api == "responses":
        return "max_output_tokens"
    return "max_completion_tokens" if is_reasoning_family(model) else "max_tokens"


def as_set(payload: Payload, api: Api, settings: Mapping[str, Any]) -> Payload:
    """Return ``payload`` as the handler sends it under a model's ``settings``."""
    kept = settings.get("keep_fields", ())
    left = [one.path for one in KEPT_FIELDS if str(one.path) not in kept]
    if api == "chat":
        payload = reduce(lambda sent, path: path.remove(sent), left, payload)
    payload = adapted(payload, api, [name for name in settings if settings[name] is True])
    payload = {**payload, **settings.get("extra_body", {})}
    payload = without_dropped_fields(payload, api, [name for name in settings if settings[name]])
    paths = [FieldPath.parse(path) for path in settings.get("drop_fields", ())]
    return reduce(lambda sent, path: path.remove(sent), paths, payload)


def _chat(model: str) -> Payload:
    calls = [
        {"id": one, "type": "function", "function": {"name": "Clock", "arguments": _ARGUMENTS}}
        for one in _IDS
    ]
    parts = [{"type": "text", "text": "Which time is it?"}]
    image = {"type": "image_url", "image_url": {"url": _PIXEL}}
    thought = {"thinking_blocks": _THOUGHT, "reasoning_content": "I look."}
    return {
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
            {"role": "user", "content": parts},
            {"role": "assistant", "content": "I look.", "tool_calls": calls, **thought},
            {"role": "tool", "tool_call_id": _IDS[0], "content": "Noon"},
            {"role": "tool", "tool_call_id": _IDS[1], "content": "Noon"},
            {"role": "user", "content": [*parts, image]},
            {"role": "assistant", "content": "Noon."},
            {"role": "system", "content": "Answer in one word."},
            {"role": "user", "content": parts},
            {"role": "assistant", "content": None, "tool_calls": [{**calls[0], "id": _IDS[0]}]},
            {"role": "tool", "tool_call_id": _IDS[0], "content": "Noon"},
            {"role": "user", "content": parts},
        ],
        "model": model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "prompt_cache_key": "00000000-0000-4000-8000-000000000000",
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "Clock",
                    "description": "Tells the time.",
                    "parameters": _SCHEMA,
                },
            }
        ],
    }


def _responses(model: str) -> Payload:
    calls = [
        {"type": "function_call", "call_id": one, "name": "Clock", "arguments": _ARGUMENTS}
        for one in _IDS
    ]
    parts = [{"type": "input_text", "text": "Which time is it?"}]
    image = {"type": "input_image", "image_url": _PIXEL, "detail": "auto"}
    said = [{"type": "output_text", "text": "Noon."}]
    told = {"type": "function_call_output", "output": "Noon"}
    return {
        "model": model,
        "input": [
            _message("system", [{"type": "input_text", "text": "Be brief."}]),
            _message("user", parts),
            {**_message("assistant", said), "thinking_blocks": _THOUGHT},
            *calls,
            {**told, "call_id": _IDS[0]},
            {**told, "call_id": _IDS[1], "output": [image]},
            _message("user", parts),
            _message("assistant", said),
            _message("system", [{"type": "input_text", "text": "Answer in one word."}]),
            _message("user", parts),
        ],
        "stream": True,
        "prompt_cache_key": "00000000-0000-4000-8000-000000000000",
        "tools": [
            {
                "type": "function",
                "name": "Clock",
                "description": "Tells the time.",
                "parameters": _SCHEMA,
                "strict": False,
            },
            {"type": "web_search"},
        ],
        "metadata": {"trace_name": "claude_code_proxy"},
    }


def _message(role: str, content: Any) -> Payload:
    return {"type": "message", "role": role, "content": content}
