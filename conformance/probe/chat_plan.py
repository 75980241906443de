"""What is asked of Chat Completions: contexts, fields, forms, sequences and limits, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.probe.experiment import (
    APPENDED,
    CUT,
    UNDECLARED,
    Context,
    Edit,
    Experiment,
    Limit,
    Payload,
    Repair,
)
from conformance.probe.tool_schemas import SCHEMAS, schema_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.profile_reading import Rule

_ID: Final = "probe0001"
"""Nine letters and digits: the form of id that every upstream takes."""

_TEXT: Final = "Say ok."
_USER: Final = {"role": "user", "content": _TEXT}
_CALL: Final = {
    "id": _ID,
    "type": "function",
    "function": {"name": "Clock", "arguments": '{"zone": "UTC"}'},
}
_ASKED: Final = {"role": "assistant", "content": "I look.", "tool_calls": [_CALL]}
_TOLD: Final = {"role": "tool", "tool_call_id": _ID, "content": "Noon"}
_SECOND: Final = {**_CALL, "id": "probe0002"}
_TOOL: Final = {
    "type": "function",
    "function": {
        "name": "Clock",
        "description": "Tells the time.",
        "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}},
    },
}
_PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4"
    "//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)

MINIMAL: Final[Mapping[str, Any]] = {"messages": [_USER]}

CONTEXTS: Final = (
    Context(
        name="history",
        api="chat",
        over="turn",
        edits=((("messages",), [_USER, {"role": "assistant", "content": "ok"}, _USER]),),
        rules=({"enum": "messages[*].role", "refused": ["assistant"]},),
        shows="an earlier turn of the assistant's",
    ),
    Context(
        name="tools",
        api="chat",
        over="turn",
        edits=((("tools",), [_TOOL]),),
        rules=({"forbid": "tools"},),
        shows="a function as a tool",
    ),
    Context(
        name="calls",
        api="chat",
        over="tools",
        edits=((("messages",), [_USER, _ASKED, _TOLD]),),
        rules=({"enum": "messages[*].role", "refused": ["tool"]},),
        shows="a tool call and its result",
    ),
)


def _each_call(payload: Payload, change: Mapping[str, Any], *, on_call: bool) -> Payload:
    if not isinstance(payload.get("messages"), list):
        return payload
    messages = []
    for message in payload["messages"]:
        calls = message.get("tool_calls") if isinstance(message, dict) else None
        if calls and on_call:
            message = {**message, "tool_calls": [{**call, **change} for call in calls]}  # noqa: PLW2901 -- the changed one
        elif calls:
            message = {**change, **message}  # noqa: PLW2901 -- the changed one
        messages.append(message)
    return {**payload, "messages": messages}


_ASSISTANT_CALLS: Final = {"where": {"tool_calls": "present"}}
REPAIRS: Final = (
    Repair(
        id="chat-needs-reasoning-content",
        api="chat",
        apply=lambda sent: _each_call(sent, {"reasoning_content": "I look."}, on_call=False),
        rules=({"require": "messages[?role=assistant].reasoning_content", **_ASSISTANT_CALLS},),
        words=("reasoning",),
        shows="reasoning_content beside tool calls",
    ),
    Repair(
        id="chat-needs-thought-signature",
        api="chat",
        apply=lambda sent: _each_call(
            sent,
            {
                "extra_content": {
                    "google": {"thought_signature": "skip_thought_signature_validator"}
                }
            },
            on_call=True,
        ),
        rules=(
            {
                "type": "messages[?role=assistant].tool_calls[*].function",
                "allowed": ["null"],
                "where": {"extra_content.google.thought_signature": "absent"},
            },
        ),
        words=("thought_signature", "signature"),
        shows="a thought signature on a tool call",
    ),
)

_TOP: Final[Mapping[str, Any]] = {
    "metadata": {"user_id": "probe"},
    "user": "probe-user",
    "store": False,
    "parallel_tool_calls": True,
    "prompt_cache_key": "probe",
    "prompt_cache_retention": "in_memory",
    "safety_identifier": "probe",
    "service_tier": "auto",
    "top_p": 1,
    "stop": ["###"],
    "n": 1,
    "seed": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logit_bias": {},
    "logprobs": False,
    "modalities": ["text"],
    "verbosity": "medium",
    "response_format": {"type": "text"},
    "tool_choice": "auto",
}
"""Declared fields that go together, each with a value that asks for nothing unusual."""

_UNSTORED: Final = {"forbid": "metadata", "when": {"fields": {"store": {"not": True}}}}

_UNDECLARED: Final[Mapping[str, Any]] = {
    "top_k": 1,
    "system": "Be brief.",
    "stop_sequences": ["###"],
    "context_management": {"edits": []},
    "output_config": {"effort": "low"},
    "anthropic_beta": ["probe-2025-01-01"],
    "betas": ["probe-2025-01-01"],
    "reasoning": {"effort": "low"},
    "enable_thinking": False,
    "chat_template_kwargs": {},
    "user_id": "probe-user",
    "litellm_metadata": {"a": "b"},
    "max_output_tokens": 64,
    "instructions": "Be brief.",
    "cache_control": {"type": "ephemeral"},
}
"""What Claude Code or LiteLLM may let through, and vendors' own names."""

_ALONE: Final[Mapping[str, Any]] = {
    "max_tokens": 64,
    "max_completion_tokens": 64,
    "temperature": 1,
    "reasoning_effort": "low",
    "web_search_options": {},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
}
"""Fields that may not go with others: each by itself."""

_BLOCKS: Final = [{"type": "thinking", "thinking": "I look.", "signature": "c2lnbmVk"}]
_CACHED: Final = {"type": "ephemeral"}
_NESTED: Final[tuple[tuple[tuple[str | int, ...], Any, str], ...]] = (
    (("messages", 1, "thinking_blocks"), _BLOCKS, "messages[*].thinking_blocks"),
    (("messages", 1, "reasoning_content"), "I look.", "messages[*].reasoning_content"),
    (("messages", 1, "reasoning"), "I look.", "messages[*].reasoning"),
    (("messages", 1, "refusal"), None, "messages[*].refusal"),
    (("messages", 1, "name"), "probe", "messages[?role=assistant].name"),
    (("messages", 1, "annotations"), [], "messages[*].annotations"),
    (("messages", 1, "provider_specific_fields"), {}, "messages[*].provider_specific_fields"),
    (("messages", 0, "cache_control"), _CACHED, "messages[*].cache_control"),
    (("messages", 2, "cache_control"), _CACHED, "messages[?role=tool].cache_control"),
    (("messages", 0, "name"), "probe", "messages[?role=user].name"),
    (("messages", 2, "name"), "Clock", "messages[?role=tool].name"),
    (("messages", 2, "is_error"), False, "messages[*].is_error"),
    (("messages", 1, "tool_calls", 0, "index"), 0, "messages[*].tool_calls[*].index"),
    (
        ("messages", 1, "tool_calls", 0, "cache_control"),
        _CACHED,
        "messages[*].tool_calls[*].cache_control",
    ),
    (
        ("messages", 1, "tool_calls", 0, "extra_content"),
        {"google": {"thought_signature": "skip_thought_signature_validator"}},
        "messages[*].tool_calls[*].extra_content",
    ),
    (("tools", 0, "cache_control"), _CACHED, "tools[*].cache_control"),
    (("tools", 0, "defer_loading"), False, "tools[*].defer_loading"),
    (("tools", 0, "function", "strict"), False, "tools[*].function.strict"),
    (("tools", 0, "function", "cache_control"), _CACHED, "tools[*].function.cache_control"),
    (("tools", 0, "function", "defer_loading"), False, "tools[*].function.defer_loading"),
)


def experiments() -> Iterator[Experiment]:
    """Yield them all; those that others wait for come first."""
    yield from _unknown()
    for name, value in _TOP.items():
        unless: Iterable[Rule] = (_UNSTORED,) if name == "metadata" else ()
        yield _one(name, "tools", ((name,), value), {"forbid": name}, *unless, group="top")
    for name, value in _UNDECLARED.items():
        yield _one(name, "tools", ((name,), value), {"forbid": name}, group=UNDECLARED)
    for name, value in _ALONE.items():
        yield _one(name, "turn", ((name,), value), {"forbid": name})
    for place, value, path in _NESTED:
        yield _one(path, "calls", (place, value), {"forbid": path}, group="nested")
    for some in (_values, _streams, _tools, _roles, _some_parts, _contents, _templates):
        yield from some()
    for some in (_sequences, _together, _with_thinking, _with_enable_thinking, _wrong):
        yield from some()
    for name, schema in SCHEMAS.items():
        function = {"name": f"schema-{name}", "parameters": schema}
        edit = (("tools", APPENDED), {"type": "function", "function": function})
        yield _one(f"schema-{name}", "tools", edit, *schema_rule(name), group="schemas")


UNKNOWN: Final = "x_probe_unknown"


def _unknown() -> Iterator[Experiment]:
    places: Mapping[str, tuple[str | int, ...]] = {
        "top": (),
        "message": ("messages", 0),
        "call": ("messages", 1, "tool_calls", 0),
        "tool": ("tools", 0),
    }
    for name, place in places.items():
        yield _one(f"unknown-{name}", "calls", ((*place, UNKNOWN), "probe"))


def _values() -> Iterator[Experiment]:
    """Yield values of fields that the handler or Claude Code may send."""
    for effort in ("none", "minimal", "medium", "high", "xhigh", "max"):
        yield _value("reasoning_effort", effort, context="turn", after="chat-reasoning_effort")
    for value in (0.5, 0):
        yield _one(
            f"temperature={value}",
            "turn",
            (("temperature",), value),
            {"enum": "temperature", "allowed": [1, None]},
            {"enum": "temperature", "refused": [value]},
            after="chat-temperature",
        )
    for choice in ("none", "required"):
        yield _value("tool_choice", choice, context="tools", after="chat-tool_choice")
    chosen = {"type": "function", "function": {"name": "Clock"}}
    yield _one(
        "tool_choice-named",
        "tools",
        (("tool_choice",), chosen),
        {"type": "tool_choice", "allowed": ["string", "null"]},
        after="chat-tool_choice",
    )
    for tier in ("default", "flex"):
        yield _value("service_tier", tier, context="turn", after="chat-service_tier")


def _streams() -> Iterator[Experiment]:
    """Yield what is asked of streams and of the form of the text."""
    yield _one(
        "stream",
        "turn",
        (("stream",), True),
        {"enum": "stream", "refused": [True]},
    )
    yield _one(
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
        yield _one(
            f"response_format-{kind}",
            "turn",
            (("response_format",), {"type": kind, **more}),
            {"enum": "response_format.type", "refused": [kind]},
            after="chat-response_format",
        )


def _tools() -> Iterator[Experiment]:
    """Yield types and names of tools, and ids of calls."""
    searches = {"type": "web_search_20250305", "name": "web_search"}
    for tool in ({"type": "web_search"}, searches, {"type": "custom", "custom": {"name": "Edit"}}):
        yield _one(
            f"tool-{tool['type']}",
            "tools",
            (("tools", APPENDED), tool),
            {"enum": "tools[*].type", "allowed": ["function"]},
            {"enum": "tools[*].type", "refused": [tool["type"]]},
            group="tool types",
        )
    for name in ("mcp__a-b__c", "a.b", "1st", "zwölf"):
        yield _one(
            f"tool-name-{name}",
            "tools",
            (("tools", APPENDED), _named(name)),
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
            edits=_with_id(call_id),
            rules=(
                {"pattern": "messages[*].tool_calls[*].id", "regex": "^[a-zA-Z0-9]{9}$"},
                {"pattern": "messages[*].tool_calls[*].id", "regex": "^[a-zA-Z0-9]+$"},
                {"pattern": "messages[*].tool_calls[*].id", "regex": "^call_"},
            ),
            shows=f"a call's id such as {call_id}",
        )


_PARTS: Final = [{"type": "text", "text": _TEXT}]


def _roles() -> Iterator[Experiment]:
    """Yield roles, and contents that are lists of parts."""
    late = {"role": "system", "content": "Be brief."}
    yield _one("role-system", "turn", (("messages",), [late, _USER]), _role("system"))
    developer = {"role": "developer", "content": "Be brief."}
    known = ["system", "user", "assistant", "tool", "latest_reminder"]
    yield _one(
        "role-developer",
        "turn",
        (("messages",), [developer, _USER]),
        {"enum": "messages[*].role", "allowed": known},
        _role("developer"),
    )
    for at, role in enumerate(("user", "assistant", "tool")):
        yield _parts(role, at, _PARTS)
    yield _one(
        "parts-system",
        "turn",
        (("messages",), [{"role": "system", "content": _PARTS}, _USER]),
        {"type": "messages[?role=system].content", "allowed": ["string", "null"]},
        after="chat-role-system",
    )


def _some_parts() -> Iterator[Experiment]:
    """Yield kinds of parts, and what may stand on one."""
    yield _part("image", "turn", 0, {"type": "image_url", "image_url": {"url": _PIXEL}})
    yield _part("thinking", "history", 1, {**_BLOCKS[0]})
    yield _part("image-of-tool", "calls", 2, {"type": "image_url", "image_url": {"url": _PIXEL}})
    cached = [{"type": "text", "text": _TEXT, "cache_control": _CACHED}]
    yield _one(
        "part-cache_control",
        "turn",
        (("messages", 0, "content"), cached),
        {"forbid": "messages[*].content[*].cache_control"},
        {
            "type": "messages[*].content",
            "allowed": ["string"],
            "where": {"content[*].cache_control": "present"},
        },
        after="chat-parts-user",
    )
    for name, place in (("user", 0), ("assistant", 1)):
        yield _one(
            f"unknown-part-{name}",
            "calls",
            (("messages", place, "content"), [{**_PARTS[0], UNKNOWN: "probe"}]),
            after=f"chat-parts-{name}",
        )


def _contents() -> Iterator[Experiment]:
    """Yield contents that are null, absent or empty."""
    yield _null("null-with-calls", None)
    yield _null("absent-with-calls", CUT)
    yield _null("empty-with-calls", "")
    yield _one(
        "null-alone",
        "history",
        (("messages", 1, "content"), None),
        {"type": "messages[?role=assistant].content", "allowed": ["string", "array"]},
        {
            "type": "messages[?role=assistant].content",
            "allowed": ["string", "array", "object", "number", "boolean"],
            "where": {
                "tool_calls[*]": "absent",
                "function_call": "absent",
                "refusal": "absent",
                "audio": "absent",
            },
        },
    )
    yield _one(
        "absent-alone",
        "history",
        (("messages", 1, "content"), CUT),
        {"require": "messages[?role=assistant].content", "where": {"content": "absent"}},
        {"require": "messages[*].content", "where": {"content": "absent"}},
    )


def _templates() -> Iterator[Experiment]:
    """Yield texts that an upstream may take for a template."""
    yield _one(
        "template",
        "turn",
        (("messages", 0, "content"), "Say {{?ok}}."),
        {"pattern": "messages[*].content", "refused_regex": r"\{\{\?([a-zA-Z0-9_]{1,100})\}\}"},
    )
    yield _one(
        "template-in-part",
        "turn",
        (("messages", 0, "content"), [{"type": "text", "text": "Say {{?ok}}."}]),
        {
            "pattern": "messages[*].content[*].text",
            "refused_regex": r"\{\{\?([a-zA-Z0-9_]{1,100})\}\}",
        },
        after="chat-parts-user",
    )


def _sequences() -> Iterator[Experiment]:
    system = {"role": "system", "content": "Be brief."}
    said = {"role": "assistant", "content": "ok"}
    both = {**_ASKED, "tool_calls": [_CALL, _SECOND]}
    told = {**_TOLD, "tool_call_id": "probe0002"}
    after_tool = {"sequence": "role_after", "role": "user", "after": "tool"}
    unanswered: tuple[Rule, ...] = ({"sequence": "calls_unanswered"}, {"sequence": "call_count"})
    split: tuple[Rule, ...] = (
        {"sequence": "role_after", "role": "tool", "after": "user"},
        {"sequence": "calls_not_adjacent"},
    )
    rows: tuple[tuple[str, list[Any], tuple[Rule, ...]], ...] = (
        ("late-system", [_USER, said, system, _USER], ({"sequence": "system_first"},)),
        ("user-after-user", [_USER, _USER], (_after("user", "user"),)),
        (
            "assistant-after-assistant",
            [_USER, said, said, _USER],
            (_after("assistant", "assistant"),),
        ),
        ("last-assistant", [_USER, said], ({"sequence": "last_role", "roles": ["user", "tool"]},)),
        (
            "last-system",
            [_USER, system],
            ({"sequence": "system_first"}, {"sequence": "last_role", "roles": ["user", "tool"]}),
        ),
        (
            "parallel-calls",
            [_USER, both, _TOLD, told],
            ({"items": "messages[*].tool_calls", "max": 1},),
        ),
        ("user-after-tool", [_USER, _ASKED, _TOLD, _USER], (after_tool,)),
        (
            "orphaned-result",
            [_USER, said, _TOLD],
            (
                {"sequence": "outputs_orphaned"},
                {"sequence": "call_count"},
                {"sequence": "role_after", "role": "tool", "after": "assistant"},
            ),
        ),
        (
            "two-results",
            [_USER, _ASKED, _TOLD, told],
            ({"sequence": "outputs_orphaned"}, {"sequence": "call_count"}),
        ),
        ("unanswered", [_USER, _ASKED, _USER], unanswered),
        ("half-answered", [_USER, both, _TOLD], unanswered),
        ("tool-after-user", [_USER, _ASKED, _USER, _TOLD], (*split, *unanswered)),
        ("orphan-between", [_USER, _TOLD, _USER], (*split, {"sequence": "outputs_orphaned"})),
    )
    for name, messages, rules in rows:
        with_tools = any("tool_calls" in one or one["role"] == "tool" for one in messages)
        context = "calls" if with_tools else "turn"
        yield _one(name, context, (("messages",), messages), *rules)


def _together() -> Iterator[Experiment]:
    """Yield fields that are refused beside, or without, another."""
    yield _one(
        "stream_options-unstreamed",
        "turn",
        (("stream_options",), {"include_usage": True}),
        {"forbid": "stream_options", "when": {"stream": False}},
        after="chat-stream_options",
    )
    for name in ("parallel_tool_calls", "tool_choice"):
        yield _one(
            f"{name}-without-tools",
            "turn",
            ((name,), _TOP[name]),
            {"forbid": name, "when": {"fields": {"tools[*]": "absent"}}},
            after=f"chat-{name}",
        )
    yield _one(
        "metadata-stored",
        "turn",
        (("metadata",), {"user_id": "probe"}),
        edits=((("store",), True),),
    )


def _with_thinking() -> Iterator[Experiment]:
    """Yield what is refused beside thinking."""
    on = {"type": "enabled"}
    thinking = {"when": {"fields": {"thinking.type": {"equals": "enabled"}}}}
    yield _one(
        "thinking-reasoning_content",
        "calls",
        (("thinking",), on),
        {
            "require": "messages[?role=assistant].reasoning_content",
            **thinking,
            **_ASSISTANT_CALLS,
        },
        after="chat-thinking",
    )
    yield _one(
        "thinking-tool_choice",
        "tools",
        (("tool_choice",), "required"),
        {"enum": "tool_choice", "refused": ["required"], **thinking},
        edits=((("thinking",), on),),
        after="chat-thinking",
    )


def _with_enable_thinking() -> Iterator[Experiment]:
    """Yield what is refused beside `enable_thinking`, and efforts beside others."""
    on = {"type": "enabled"}
    thinks = {"fields": {"enable_thinking": {"equals": True}}}
    yield _one(
        "enable_thinking=true",
        "turn",
        (("enable_thinking",), True),
        {"enum": "enable_thinking", "refused": [True], "when": {"stream": False}},
        {"enum": "enable_thinking", "refused": [True]},
        after="chat-enable_thinking",
    )
    yield _one(
        "enable_thinking-tool_choice",
        "tools",
        (("tool_choice",), "required"),
        {"enum": "tool_choice", "refused": ["required"], "when": thinks},
        edits=((("enable_thinking",), True), (("stream",), True)),
        after="chat-enable_thinking",
    )
    yield _one(
        "thinking-reasoning_effort",
        "turn",
        (("reasoning_effort",), "low"),
        {"forbid": "reasoning_effort", "when": {"fields": {"thinking": "present"}}},
        edits=((("thinking",), on),),
        after="chat-thinking",
    )
    yield _one(
        "effort-with-tools",
        "tools",
        (("reasoning_effort",), "low"),
        {"forbid": "reasoning_effort", "when": {"fields": {"tools[*]": "present"}}},
        after="chat-reasoning_effort",
    )


def _wrong() -> Iterator[Experiment]:
    """Yield requests with a value that no declared type has."""
    yield _one("wrong-model", "turn", (("model",), CUT), {"require": "model"})
    yield _one("wrong-no-messages", "turn", (("messages",), CUT), {"require": "messages"})
    yield _one(
        "wrong-messages", "turn", (("messages",), _TEXT), {"type": "messages", "allowed": ["array"]}
    )
    types: tuple[tuple[str, Any, list[str]], ...] = (
        ("max_tokens", "many", ["integer", "null"]),
        ("tools", {}, ["array", "null"]),
        ("temperature", "warm", ["number", "null"]),
        ("stream", "yes", ["boolean", "null"]),
    )
    for name, value, allowed in types:
        rule = {"type": name, "allowed": allowed}
        yield _one(f"wrong-{name}", "turn", ((name,), value), rule, group="wrong")
    content = {"type": "messages[*].content", "allowed": ["string", "array", "null"]}
    yield _one("wrong-content", "turn", (("messages", 0, "content"), {"a": "b"}), content)
    yield _one("wrong-role", "turn", (("messages", 0, "role"), "narrator"), _role("narrator"))
    yield _one(
        "wrong-tool", "tools", (("tools", 0, "function"), CUT), {"require": "tools[*].function"}
    )


def _named(name: str) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {"name": name, "parameters": {"type": "object", "properties": {}}},
    }


def _text_limit(name: str, most: int) -> Limit:
    return Limit(
        id=f"chat-limit-{name}",
        after=f"chat-{name}",
        api="chat",
        context="turn",
        edits=lambda size: (((name,), ("probe" * size)[:size]),),
        rule={"length": name},
        ladder=(64, 128, most),
        shows=f"characters of {name}",
    )


def _with_id(call_id: str) -> tuple[Edit, ...]:
    return (
        (("messages", 1, "tool_calls", 0, "id"), call_id),
        (("messages", 2, "tool_call_id"), call_id),
    )


def _one(
    name: str,
    context: str,
    edit: Edit,
    *rules: Rule,
    edits: tuple[Edit, ...] = (),
    group: str = "",
    after: str = "",
) -> Experiment:
    return Experiment(
        id=f"chat-{name}",
        api="chat",
        context=context,
        edits=(edit, *edits),
        rules=rules,
        shows=name,
        group=group,
        after=after,
    )


def _value(name: str, value: str, *, context: str, after: str = "") -> Experiment:
    rule = {"enum": name, "refused": [value]}
    return _one(f"{name}={value}", context, ((name,), value), rule, after=after)


def _parts(role: str, at: int, parts: list[Any]) -> Experiment:
    rule = {"type": f"messages[?role={role}].content", "allowed": ["string", "null"]}
    return _one(f"parts-{role}", "calls", (("messages", at, "content"), parts), rule, group="parts")


def _part(name: str, context: str, at: int, part: dict[str, Any]) -> Experiment:
    role = ("user", "assistant", "tool")[at]
    kind = part["type"]
    path = f"messages[?role={role}].content"
    return _one(
        f"part-{name}",
        context,
        (("messages", at, "content"), [{"type": "text", "text": _TEXT}, part]),
        {"enum": f"{path}[*].type", "refused": [kind]},
        {"forbid": f"{path}[?type={kind}]"},
        after=f"chat-parts-{role}",
    )


def _null(name: str, value: Any) -> Experiment:
    rules: tuple[Rule, ...] = (
        {"type": "messages[?role=assistant].content", "allowed": ["string", "array"]},
    )
    if value is CUT:
        path = "messages[?role=assistant].content"
        rules = (
            {"require": path, "where": {"content": "absent"}},
            {"require": "messages[*].content", "where": {"content": "absent"}},
        )
    if value == "":
        rules = ({"length": "messages[?role=assistant].content", "min": 1},)
    return _one(name, "calls", (("messages", 1, "content"), value), *rules)


def _role(role: str) -> Rule:
    return {"enum": "messages[*].role", "refused": [role]}


def _after(role: str, after: str) -> Rule:
    return {"sequence": "role_after", "role": role, "after": after}


LIMITS: Final = (
    Limit(
        id="chat-limit-call-id",
        api="chat",
        context="calls",
        edits=lambda size: _with_id(("probe" * size)[:size]),
        rule={"length": "messages[*].tool_calls[*].id"},
        ladder=(40, 64, 256),
        after="chat-call-id-toolu",
        shows="characters of a call's id",
    ),
    Limit(
        id="chat-limit-tool-name",
        api="chat",
        context="tools",
        edits=lambda size: ((("tools", 0, "function", "name"), ("tool" * size)[:size]),),
        rule={"length": "tools[*].function.name"},
        ladder=(64, 128),
        shows="characters of a tool's name",
    ),
    Limit(
        id="chat-limit-tools",
        api="chat",
        context="turn",
        edits=lambda size: ((("tools",), [_named(f"t{number}") for number in range(size)]),),
        rule={"items": "tools"},
        ladder=(128, 129),
        shows="tools",
    ),
    _text_limit("user", 1024),
    _text_limit("user_id", 1024),
    Limit(
        id="chat-limit-user_id-least",
        api="chat",
        context="turn",
        edits=lambda size: ((("user_id",), "probe-user"[:size]),),
        rule={"length": "user_id"},
        ladder=(10, 1),
        least=True,
        after="chat-user_id",
        shows="characters of user_id at least",
    ),
    Limit(
        id="chat-limit-max_tokens-least",
        api="chat",
        context="turn",
        edits=lambda size: ((("max_tokens",), size),),
        rule={"range": "max_tokens"},
        ladder=(64, 1),
        least=True,
        after="chat-max_tokens",
        shows="max_tokens at least",
    ),
    Limit(
        id="chat-limit-metadata-keys",
        api="chat",
        context="turn",
        edits=lambda size: ((("metadata",), {f"k{at}": "v" for at in range(size)}),),
        rule={"properties": "metadata"},
        ladder=(16, 32),
        after="chat-metadata",
        shows="keys of metadata",
    ),
)
"""The sizes that are looked for."""
