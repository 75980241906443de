"""Values of the Responses API: efforts, choices, streams, tools and ids; and fields together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.probe.experiment import APPENDED, Experiment
from conformance.probe.responses.shapes import TOOL, trying, with_id
from conformance.probe.tool_schemas import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator


def values() -> Iterator[Experiment]:
    """Yield efforts and summaries of reasoning."""
    yield trying(
        "reasoning.effort",
        "turn",
        (("reasoning",), {"effort": "low"}),
        {"forbid": "reasoning.effort"},
        {"forbid": "reasoning"},
    )
    for effort in ("none", "minimal", "medium", "high", "xhigh", "max"):
        rule = {"enum": "reasoning.effort", "refused": [effort]}
        edit = (("reasoning",), {"effort": effort})
        after = "responses-reasoning.effort"
        yield trying(f"reasoning.effort={effort}", "turn", edit, rule, after=after)
    yield trying(
        "reasoning.summary",
        "turn",
        (("reasoning",), {"summary": "auto"}),
        {"forbid": "reasoning.summary"},
    )


def choices() -> Iterator[Experiment]:
    """Yield values of temperature and tool_choice."""
    for value in (0.5, 0):
        yield trying(
            f"temperature={value}",
            "turn",
            (("temperature",), value),
            {"enum": "temperature", "allowed": [1, None]},
            {"enum": "temperature", "refused": [value]},
            after="responses-temperature",
        )
    for choice in ("none", "required"):
        rule = {"enum": "tool_choice", "refused": [choice]}
        yield trying(
            f"tool_choice={choice}",
            "tools",
            (("tool_choice",), choice),
            rule,
            after="responses-tool_choice",
        )
    named = {"type": "function", "name": "Clock"}
    yield trying(
        "tool_choice-named",
        "tools",
        (("tool_choice",), named),
        {"type": "tool_choice", "allowed": ["string", "null"]},
        after="responses-tool_choice",
    )


def streams() -> Iterator[Experiment]:
    """Yield what is asked of storing, streams, includes and the form of the text."""
    for value in (False, True):
        allowed = {"enum": "store", "allowed": [not value, None]}
        yield trying(f"store={str(value).lower()}", "turn", (("store",), value), allowed)
    yield trying("stream", "turn", (("stream",), True), {"enum": "stream", "refused": [True]})
    encrypted = "reasoning.encrypted_content"
    yield trying(
        f"include-{encrypted}",
        "turn",
        (("include",), [encrypted]),
        {"enum": "include[*]", "refused": [encrypted]},
        after="responses-include",
    )
    form = {"type": "json_schema", "name": "title", "schema": SCHEMAS["closed"], "strict": True}
    yield trying(
        "text-json_schema",
        "turn",
        (("text",), {"format": form}),
        {"enum": "text.format.type", "refused": ["json_schema"]},
        after="responses-text",
    )


def tools() -> Iterator[Experiment]:
    """Yield types and names of tools."""
    searches = {"type": "web_search_20250305", "name": "web_search"}
    tools = ({"type": "web_search"}, {"type": "web_search_preview"}, searches,
        {"type": "custom", "name": "Edit"})  # fmt: skip
    for tool in tools:
        yield trying(
            f"tool-{tool['type']}",
            "tools",
            (("tools", APPENDED), tool),
            {"enum": "tools[*].type", "allowed": ["function"]},
            {"enum": "tools[*].type", "allowed": ["function", "custom"]},
            {"enum": "tools[*].type", "refused": [tool["type"]]},
            group="tool types",
        )
    for name in ("mcp__a-b__c", "a.b", "1st", "zwölf"):
        yield trying(
            f"tool-name-{name}",
            "tools",
            (("tools", APPENDED), {**TOOL, "name": name}),
            {"pattern": "tools[?type=function].name", "regex": "^[a-zA-Z0-9_-]+$"},
            {"pattern": "tools[?type=function].name", "regex": "^[a-zA-Z_][a-zA-Z0-9_-]*$"},
            group="tool names",
        )


def call_ids() -> Iterator[Experiment]:
    """Yield ids of calls."""
    for call_id in ("toolu_01ABCDEFGHJKLMNPQRSTUVWX", "call_1"):
        yield Experiment(
            id=f"responses-call-id-{call_id[:5]}",
            api="responses",
            context="calls",
            edits=with_id(call_id),
            rules=(
                {"pattern": "input[*].call_id", "regex": "^[a-zA-Z0-9]+$"},
                {"pattern": "input[*].call_id", "regex": "^call_"},
            ),
            shows=f"a call_id such as {call_id}",
        )


def together() -> Iterator[Experiment]:
    """Yield fields that are refused beside another."""
    yield trying(
        "temperature-with-effort",
        "turn",
        (("temperature",), 1),
        {
            "forbid": "temperature",
            "when": {
                "fields": {"reasoning.effort": {"one_of": ["minimal", "low", "medium", "high",
                    "xhigh"]}}
            },
        },
        edits=((("reasoning",), {"effort": "low"}),),
        after="responses-temperature",
    )  # fmt: skip
    yield trying(
        "search-with-minimal",
        "tools",
        (("tools", APPENDED), {"type": "web_search"}),
        {
            "enum": "tools[*].type",
            "refused": ["web_search"],
            "when": {"fields": {"reasoning.effort": {"equals": "minimal"}}},
        },
        edits=((("reasoning",), {"effort": "minimal"}),),
        after="responses-tool-web_search",
    )
