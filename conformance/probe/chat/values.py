"""Values of Chat Completions: efforts, choices, streams, tools and ids; and fields together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.probe.chat.fields import TOP
from conformance.probe.chat.shapes import ASSISTANT_CALLS, tool_named, trying, valued, with_id
from conformance.probe.experiment import APPENDED, Experiment
from conformance.probe.tool_schemas import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator


def values() -> Iterator[Experiment]:
    """Yield values of fields that the handler or Claude Code may send."""
    for effort in ("none", "minimal", "medium", "high", "xhigh", "max"):
        yield valued("reasoning_effort", effort, context="turn", after="chat-reasoning_effort")
    for value in (0.5, 0):
        yield trying(
            f"temperature={value}",
            "turn",
            (("temperature",), value),
            {"enum": "temperature", "allowed": [1, None]},
            {"enum": "temperature", "refused": [value]},
            after="chat-temperature",
        )
    for choice in ("none", "required"):
        yield valued("tool_choice", choice, context="tools", after="chat-tool_choice")
    chosen = {"type": "function", "function": {"name": "Clock"}}
    yield trying(
        "tool_choice-named",
        "tools",
        (("tool_choice",), chosen),
        {"type": "tool_choice", "allowed": ["string", "null"]},
        after="chat-tool_choice",
    )
    for tier in ("default", "flex"):
        yield valued("service_tier", tier, context="turn", after="chat-service_tier")


def streams() -> Iterator[Experiment]:
    """Yield what is asked of streams and of the form of the text."""
    yield trying(
        "stream",
        "turn",
        (("stream",), True),
        {"enum": "stream", "refused": [True]},
    )
    yield trying(
        "stream_options",
        "turn",
        (("stream",), True),
        {"forbid": "stream_options"},
        {"forbid": "stream_options.include_usage"},
        edits=((("stream_options",), {"include_usage": True}),),
        after="chat-stream",
    )
    form = {"name": "title", "schema": {**SCHEMAS["closed"]}, "strict": True}
    for kind, more in (("json_object", {}), ("json_schema", {"json_schema": form})):
        yield trying(
            f"response_format-{kind}",
            "turn",
            (("response_format",), {"type": kind, **more}),
            {"enum": "response_format.type", "refused": [kind]},
            after="chat-response_format",
        )


def tools() -> Iterator[Experiment]:
    """Yield types and names of tools, and ids of calls."""
    searches = {"type": "web_search_20250305", "name": "web_search"}
    for tool in ({"type": "web_search"}, searches, {"type": "custom", "custom": {"name": "Edit"}}):
        yield trying(
            f"tool-{tool['type']}",
            "tools",
            (("tools", APPENDED), tool),
            {"enum": "tools[*].type", "allowed": ["function"]},
            {"enum": "tools[*].type", "refused": [tool["type"]]},
            group="tool types",
        )
    for name in ("mcp__a-b__c", "a.b", "1st", "zwölf"):
        yield trying(
            f"tool-name-{name}",
            "tools",
            (("tools", APPENDED), tool_named(name)),
            {"pattern": "tools[*].function.name", "regex": "^[a-zA-Z0-9_-]+$"},
            {"pattern": "tools[*].function.name", "regex": "^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$"},
            {"pattern": "tools[*].function.name", "regex": "^[a-zA-Z_][a-zA-Z0-9_-]*$"},
            group="tool names",
        )
    for call_id in ("toolu_01ABCDEFGHJKLMNPQRSTUVWX", "call_1"):
        yield Experiment(
            id=f"chat-call-id-{call_id[:5]}",
            api="chat",
            context="calls",
            edits=with_id(call_id),
            rules=(
                {"pattern": "messages[*].tool_calls[*].id", "regex": "^[a-zA-Z0-9]{9}$"},
                {"pattern": "messages[*].tool_calls[*].id", "regex": "^[a-zA-Z0-9]+$"},
                {"pattern": "messages[*].tool_calls[*].id", "regex": "^call_"},
            ),
            shows=f"a call's id such as {call_id}",
        )


def together() -> Iterator[Experiment]:
    """Yield fields that are refused beside, or without, another."""
    yield trying(
        "stream_options-unstreamed",
        "turn",
        (("stream_options",), {"include_usage": True}),
        {"forbid": "stream_options", "when": {"stream": False}},
        after="chat-stream_options",
    )
    for name in ("parallel_tool_calls", "tool_choice"):
        yield trying(
            f"{name}-without-tools",
            "turn",
            ((name,), TOP[name]),
            {"forbid": name, "when": {"fields": {"tools[*]": "absent"}}},
            after=f"chat-{name}",
        )
    yield trying(
        "metadata-stored",
        "turn",
        (("metadata",), {"user_id": "probe"}),
        edits=((("store",), True),),
    )


def with_thinking() -> Iterator[Experiment]:
    """Yield what is refused beside thinking."""
    on = {"type": "enabled"}
    thinking = {"when": {"fields": {"thinking.type": {"equals": "enabled"}}}}
    yield trying(
        "thinking-reasoning_content",
        "calls",
        (("thinking",), on),
        {
            "require": "messages[?role=assistant].reasoning_content",
            **thinking,
            **ASSISTANT_CALLS,
        },
        after="chat-thinking",
    )
    yield trying(
        "thinking-tool_choice",
        "tools",
        (("tool_choice",), "required"),
        {"enum": "tool_choice", "refused": ["required"], **thinking},
        edits=((("thinking",), on),),
        after="chat-thinking",
    )


def with_enable_thinking() -> Iterator[Experiment]:
    """Yield what is refused beside `enable_thinking`, and efforts beside others."""
    on = {"type": "enabled"}
    thinks = {"fields": {"enable_thinking": {"equals": True}}}
    yield trying(
        "enable_thinking=true",
        "turn",
        (("enable_thinking",), True),
        {"enum": "enable_thinking", "refused": [True], "when": {"stream": False}},
        {"enum": "enable_thinking", "refused": [True]},
        after="chat-enable_thinking",
    )
    yield trying(
        "enable_thinking-tool_choice",
        "tools",
        (("tool_choice",), "required"),
        {"enum": "tool_choice", "refused": ["required"], "when": thinks},
        edits=((("enable_thinking",), True), (("stream",), True)),
        after="chat-enable_thinking",
    )
    yield trying(
        "thinking-reasoning_effort",
        "turn",
        (("reasoning_effort",), "low"),
        {"forbid": "reasoning_effort", "when": {"fields": {"thinking": "present"}}},
        edits=((("thinking",), on),),
        after="chat-thinking",
    )
    yield trying(
        "effort-with-tools",
        "tools",
        (("reasoning_effort",), "low"),
        {"forbid": "reasoning_effort", "when": {"fields": {"tools[*]": "present"}}},
        after="chat-reasoning_effort",
    )
