"""What is asked of the Responses API: contexts, fields, forms, sequences and limits, as data."""

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
    from collections.abc import Iterator, Mapping

    from conformance.profile_reading import Rule

_ID: Final = "probe0001"
_TEXT: Final = "Say ok."
_USER: Final = {"type": "message", "role": "user", "content": _TEXT}
_SAID: Final = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "ok"}],
}
_CALL: Final = {
    "type": "function_call",
    "call_id": _ID,
    "name": "Clock",
    "arguments": '{"zone": "UTC"}',
}
_TOLD: Final = {"type": "function_call_output", "call_id": _ID, "output": "Noon"}
_SECOND: Final = {**_CALL, "call_id": "probe0002"}
_REASONED: Final[Mapping[str, Any]] = {
    "type": "reasoning",
    "id": "rs_probe1",
    "summary": [{"type": "summary_text", "text": "Ok, then."}],
}
_TOOL: Final = {
    "type": "function",
    "name": "Clock",
    "description": "Tells the time.",
    "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}},
    "strict": False,
}
_PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4"
    "//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)

MINIMAL: Final[Mapping[str, Any]] = {"input": [_USER]}

CONTEXTS: Final = (
    Context(
        name="history",
        api="responses",
        over="turn",
        edits=((("input",), [_USER, _SAID, _USER]),),
        rules=({"enum": "input[*].role", "refused": ["assistant"]},),
        shows="an earlier turn of the assistant's",
    ),
    Context(
        name="tools",
        api="responses",
        over="turn",
        edits=((("tools",), [_TOOL]),),
        rules=({"forbid": "tools"},),
        shows="a function as a tool",
    ),
    Context(
        name="calls",
        api="responses",
        over="tools",
        edits=((("input",), [_USER, _CALL, _TOLD]),),
        rules=({"enum": "input[*].type", "refused": ["function_call"]},),
        shows="a function call and its output",
    ),
    Context(
        name="reasoning",
        api="responses",
        over="history",
        edits=((("input",), [_USER, _REASONED, _SAID, _USER]),),
        rules=({"enum": "input[*].type", "refused": ["reasoning"]},),
        shows="a reasoning item",
    ),
)


def _identified(payload: Payload) -> Payload:
    if not isinstance(payload.get("input"), list):
        return payload
    items = [
        {"id": f"msg_{place}", "status": "completed", **item}
        if item.get("role") == "assistant"
        else item
        for place, item in enumerate(payload["input"])
    ]
    return {**payload, "input": items}


_OF_THE_MODEL: Final = {"content[*].type": {"one_of": ["output_text", "refusal"]}}
REPAIRS: Final = (
    Repair(
        id="responses-needs-instructions",
        api="responses",
        apply=lambda sent: {"instructions": "You answer.", **sent},
        rules=({"require": "instructions", "nonempty": True}, {"require": "instructions"}),
        words=("instructions",),
        shows="instructions",
    ),
    Repair(
        id="responses-needs-store",
        api="responses",
        apply=lambda sent: {"store": False, **sent},
        rules=({"require": "store"},),
        words=("store",),
        shows="store: false",
    ),
    Repair(
        id="responses-needs-message-id",
        api="responses",
        apply=_identified,
        rules=(
            {"require": "input[?type=message].id", "where": _OF_THE_MODEL},
            {"require": "input[?role=assistant].id"},
        ),
        words=("id",),
        shows="an id on a message of the model's",
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
    "instructions": "You answer.",
    "include": [],
    "text": {"format": {"type": "text"}},
    "truncation": "disabled",
    "background": False,
    "max_tool_calls": 1,
    "tool_choice": "auto",
}
_UNDECLARED: Final[Mapping[str, Any]] = {
    "top_k": 1,
    "stop": ["###"],
    "system": "Be brief.",
    "thinking": {"type": "disabled"},
    "stop_sequences": ["###"],
    "output_config": {"effort": "low"},
    "anthropic_beta": ["probe-2025-01-01"],
    "betas": ["probe-2025-01-01"],
    "enable_thinking": False,
    "chat_template_kwargs": {},
    "user_id": "probe-user",
    "litellm_metadata": {"a": "b"},
    "max_tokens": 64,
    "max_completion_tokens": 64,
    "reasoning_effort": "low",
    "caching": {"type": "disabled"},
}
_ALONE: Final[Mapping[str, Any]] = {
    "max_output_tokens": 64,
    "temperature": 1,
    "context_management": [],
}
_BLOCKS: Final = [{"type": "thinking", "thinking": "Ok.", "signature": "c2lnbmVk"}]
_CACHED: Final = {"type": "ephemeral"}
_NESTED: Final[tuple[tuple[str, tuple[str | int, ...], Any, str], ...]] = (
    ("history", ("input", 1, "thinking_blocks"), _BLOCKS, "input[*].thinking_blocks"),
    ("history", ("input", 1, "reasoning_content"), "Ok.", "input[*].reasoning_content"),
    ("history", ("input", 1, "cache_control"), _CACHED, "input[?role=assistant].cache_control"),
    ("history", ("input", 0, "cache_control"), _CACHED, "input[*].cache_control"),
    ("history", ("input", 1, "phase"), "commentary", "input[*].phase"),
    ("calls", ("input", 1, "status"), "completed", "input[?type=function_call].status"),
    ("calls", ("input", 1, "cache_control"), _CACHED, "input[?type=function_call].cache_control"),
    ("calls", ("tools", 0, "cache_control"), _CACHED, "tools[*].cache_control"),
    ("calls", ("tools", 0, "defer_loading"), False, "tools[*].defer_loading"),
)

UNKNOWN: Final = "x_probe_unknown"


def experiments() -> Iterator[Experiment]:
    """Yield them all; those that others wait for come first."""
    places: Mapping[str, tuple[str | int, ...]] = {
        "top": (),
        "message": ("input", 0),
        "call": ("input", 1),
        "tool": ("tools", 0),
    }
    for name, place in places.items():
        yield _one(f"unknown-{name}", "calls", ((*place, UNKNOWN), "probe"))
    for name, value in (*_TOP.items(), *_UNDECLARED.items()):
        group = "top" if name in _TOP else UNDECLARED
        yield _one(name, "tools", ((name,), value), {"forbid": name}, group=group)
    for name, value in _ALONE.items():
        yield _one(name, "turn", ((name,), value), {"forbid": name})
    for context, place, value, path in _NESTED:
        yield _one(path, context, (place, value), {"forbid": path}, group=f"nested in {context}")
    for some in (_values, _choices, _streams, _tools, _call_ids, _roles, _some_parts, _items):
        yield from some()
    for some in (_reasoning, _sequences, _together, _wrong):
        yield from some()
    for name, schema in SCHEMAS.items():
        edit = (("tools", APPENDED), {**_TOOL, "name": f"schema-{name}", "parameters": schema})
        yield _one(f"schema-{name}", "tools", edit, *schema_rule(name), group="schemas")


def _values() -> Iterator[Experiment]:
    yield _one(
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
        yield _one(f"reasoning.effort={effort}", "turn", edit, rule, after=after)
    yield _one(
        "reasoning.summary",
        "turn",
        (("reasoning",), {"summary": "auto"}),
        {"forbid": "reasoning.summary"},
    )


def _choices() -> Iterator[Experiment]:
    """Yield values of temperature and tool_choice."""
    for value in (0.5, 0):
        yield _one(
            f"temperature={value}",
            "turn",
            (("temperature",), value),
            {"enum": "temperature", "allowed": [1, None]},
            {"enum": "temperature", "refused": [value]},
            after="responses-temperature",
        )
    for choice in ("none", "required"):
        rule = {"enum": "tool_choice", "refused": [choice]}
        yield _one(
            f"tool_choice={choice}",
            "tools",
            (("tool_choice",), choice),
            rule,
            after="responses-tool_choice",
        )
    named = {"type": "function", "name": "Clock"}
    yield _one(
        "tool_choice-named",
        "tools",
        (("tool_choice",), named),
        {"type": "tool_choice", "allowed": ["string", "null"]},
        after="responses-tool_choice",
    )


def _streams() -> Iterator[Experiment]:
    """Yield what is asked of storing, streams, includes and the form of the text."""
    for value in (False, True):
        allowed = {"enum": "store", "allowed": [not value, None]}
        yield _one(f"store={str(value).lower()}", "turn", (("store",), value), allowed)
    yield _one("stream", "turn", (("stream",), True), {"enum": "stream", "refused": [True]})
    encrypted = "reasoning.encrypted_content"
    yield _one(
        f"include-{encrypted}",
        "turn",
        (("include",), [encrypted]),
        {"enum": "include[*]", "refused": [encrypted]},
        after="responses-include",
    )
    form = {"type": "json_schema", "name": "title", "schema": SCHEMAS["closed"], "strict": True}
    yield _one(
        "text-json_schema",
        "turn",
        (("text",), {"format": form}),
        {"enum": "text.format.type", "refused": ["json_schema"]},
        after="responses-text",
    )


def _tools() -> Iterator[Experiment]:
    searches = {"type": "web_search_20250305", "name": "web_search"}
    tools = ({"type": "web_search"}, {"type": "web_search_preview"}, searches,
        {"type": "custom", "name": "Edit"})  # fmt: skip
    for tool in tools:
        yield _one(
            f"tool-{tool['type']}",
            "tools",
            (("tools", APPENDED), tool),
            {"enum": "tools[*].type", "allowed": ["function"]},
            {"enum": "tools[*].type", "allowed": ["function", "custom"]},
            {"enum": "tools[*].type", "refused": [tool["type"]]},
            group="tool types",
        )
    for name in ("mcp__a-b__c", "a.b", "1st", "zwölf"):
        yield _one(
            f"tool-name-{name}",
            "tools",
            (("tools", APPENDED), {**_TOOL, "name": name}),
            {"pattern": "tools[?type=function].name", "regex": "^[a-zA-Z0-9_-]+$"},
            {"pattern": "tools[?type=function].name", "regex": "^[a-zA-Z_][a-zA-Z0-9_-]*$"},
            group="tool names",
        )


def _call_ids() -> Iterator[Experiment]:
    """Yield ids of calls."""
    for call_id in ("toolu_01ABCDEFGHJKLMNPQRSTUVWX", "call_1"):
        yield Experiment(
            id=f"responses-call-id-{call_id[:5]}",
            api="responses",
            context="calls",
            edits=_with_id(call_id),
            rules=(
                {"pattern": "input[*].call_id", "regex": "^[a-zA-Z0-9]+$"},
                {"pattern": "input[*].call_id", "regex": "^call_"},
            ),
            shows=f"a call_id such as {call_id}",
        )


_PARTS: Final = [{"type": "input_text", "text": _TEXT}]


def _roles() -> Iterator[Experiment]:
    """Yield roles, and contents that are lists of parts."""
    late = {"type": "message", "role": "system", "content": "Be brief."}
    for role in ("system", "developer"):
        message = {**late, "role": role}
        rule = {"enum": "input[*].role", "refused": [role]}
        yield _one(f"role-{role}", "turn", (("input",), [message, _USER]), rule)
        yield _one(
            f"parts-{role}",
            "turn",
            (("input",), [{**message, "content": _PARTS}, _USER]),
            {"type": f"input[?role={role}].content", "allowed": ["string", "null"]},
            after=f"responses-role-{role}",
        )
    yield _one(
        "parts-user",
        "turn",
        (("input", 0, "content"), _PARTS),
        {"type": "input[?role=user].content", "allowed": ["string", "null"]},
    )


def _some_parts() -> Iterator[Experiment]:
    """Yield what may stand on a part, and kinds of parts."""
    yield _one(
        "unknown-part-user",
        "turn",
        (("input", 0, "content"), [{**_PARTS[0], UNKNOWN: "probe"}]),
        after="responses-parts-user",
    )
    yield _one(
        "part-cache_control",
        "turn",
        (("input", 0, "content"), [{**_PARTS[0], "cache_control": _CACHED}]),
        {"forbid": "input[*].content[*].cache_control"},
        after="responses-parts-user",
    )
    yield _one(
        "text-assistant",
        "history",
        (("input", 1, "content"), "ok"),
        {"type": "input[?role=assistant].content", "allowed": ["array"]},
    )
    image = {"type": "input_image", "image_url": _PIXEL, "detail": "auto"}
    yield _one(
        "part-image",
        "turn",
        (("input", 0, "content"), [*_PARTS, image]),
        {"enum": "input[?role=user].content[*].type", "refused": ["input_image"]},
        after="responses-parts-user",
    )
    yield _one(
        "output-parts",
        "calls",
        (("input", 2, "output"), _PARTS),
        {"type": "input[?type=function_call_output].output", "allowed": ["string"]},
    )
    yield _one(
        "output-image",
        "calls",
        (("input", 2, "output"), [image]),
        {"enum": "input[*].output[*].type", "refused": ["input_image"]},
        after="responses-output-parts",
    )
    yield _one(
        "input-text",
        "turn",
        (("input",), _TEXT),
        {"type": "input", "allowed": ["array"]},
    )


def _items() -> Iterator[Experiment]:
    """Yield what stands on items: ids of every form, reasoning with and without."""
    for name, value, rules in (
        ("fc", "fc_probe1", ({"forbid": "input[?type=function_call].id"},)),
        ("foreign", "probe1", ({"pattern": "input[?type=function_call].id", "regex": "^fc"},)),
    ):
        after = "" if name == "fc" else "responses-item-id-fc"
        edit = (("input", 1, "id"), value)
        yield _one(f"item-id-{name}", "calls", edit, *rules, after=after)
    yield _one(
        "item-id-empty",
        "history",
        (("input", 1, "id"), ""),
        {"pattern": "input[*].id", "refused_regex": "^$"},
        {"pattern": "input[?role=assistant].id", "regex": "^msg"},
    )
    yield _one("item-id-msg", "history", (("input", 1, "id"), "msg_1"), {"forbid": "input[*].id"})


def _reasoning() -> Iterator[Experiment]:
    """Yield reasoning items, with and without what belongs to them."""
    yield _one(
        "reasoning-id-foreign",
        "reasoning",
        (("input", 1, "id"), "probe1"),
        {"pattern": "input[?type=reasoning].id", "regex": "^rs"},
    )
    yield _one(
        "reasoning-without-id",
        "reasoning",
        (("input", 1, "id"), CUT),
        {"require": "input[?type=reasoning].id"},
    )
    yield _one(
        "reasoning-encrypted",
        "reasoning",
        (("input", 1, "encrypted_content"), "gAAAprobe"),
        {"type": "input[?type=reasoning].encrypted_content", "allowed": ["null"]},
        {"forbid": "input[?type=reasoning].encrypted_content"},
    )
    yield _one(
        "reasoning-not-stored",
        "reasoning",
        (("store",), False),
        {
            "forbid": "input[?type=reasoning].id",
            "where": {"encrypted_content": "absent"},
            "when": {"fields": {"store": {"equals": False}}},
        },
    )


def _sequences() -> Iterator[Experiment]:
    late = {"type": "message", "role": "system", "content": "Be brief."}
    other = {**_TOLD, "call_id": "probe0002"}
    alone: tuple[Rule, ...] = ({"sequence": "outputs_orphaned"},)
    rows: tuple[tuple[str, str, list[Any], tuple[Rule, ...]], ...] = (
        ("late-system", "turn", [_USER, _SAID, late, _USER], ({"sequence": "system_first"},)),
        ("parallel-calls", "calls", [_USER, _CALL, _SECOND, _TOLD, other], ()),
        ("unanswered", "calls", [_USER, _CALL, _USER], ({"sequence": "calls_unanswered"},)),
        ("half-answered", "calls", [_USER, _CALL, _SECOND, _TOLD],
            ({"sequence": "calls_unanswered"},)),
        ("orphaned-output", "calls", [_USER, _SAID, _TOLD], alone),
        ("output-first", "calls", [_USER, _TOLD, _CALL], (*alone,
            {"sequence": "calls_unanswered"}, {"sequence": "calls_not_adjacent"})),
        ("split-call", "calls", [_USER, _CALL, _USER, _TOLD],
            ({"sequence": "calls_not_adjacent"},)),
        ("interleaved-calls", "calls", [_USER, _CALL, _TOLD, _SECOND, other],
            ({"sequence": "calls_not_adjacent"},)),
        ("reasoning-last", "reasoning", [_USER, _REASONED],
            ({"sequence": "reasoning_not_followed"},)),
        ("reasoning-then-user", "reasoning", [_USER, _REASONED, _USER],
            ({"sequence": "reasoning_not_followed"},)),
        ("call-without-reasoning", "calls", [_USER, {**_CALL, "id": "fc_probe1"}, _TOLD],
            ({"sequence": "call_without_reasoning"},)),
        ("user-after-user", "turn", [_USER, _USER], ()),
        ("user-after-output", "calls", [_USER, _CALL, _TOLD, _USER], ()),
    )  # fmt: skip
    for name, context, items, rules in rows:
        yield _one(name, context, (("input",), items), *rules)


def _together() -> Iterator[Experiment]:
    yield _one(
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
    yield _one(
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


def _wrong() -> Iterator[Experiment]:
    """Yield requests with a value that no declared type has."""
    yield _one(
        "wrong-input", "turn", (("input",), {"a": "b"}), {"type": "input",
            "allowed": ["string", "array"]}
    )  # fmt: skip
    types: tuple[tuple[str, Any, list[str]], ...] = (
        ("max_output_tokens", "many", ["integer", "null"]),
        ("tools", {}, ["array", "null"]),
        ("temperature", "warm", ["number", "null"]),
        ("stream", "yes", ["boolean", "null"]),
    )
    for name, value, allowed in types:
        rule = {"type": name, "allowed": allowed}
        yield _one(f"wrong-{name}", "turn", ((name,), value), rule, group="wrong")
    narrator = {"enum": "input[*].role", "refused": ["narrator"]}
    yield _one("wrong-role", "turn", (("input", 0, "role"), "narrator"), narrator)
    yield _one(
        "wrong-tool-name", "tools", (("tools", 0, "name"), CUT), {
            "require": "tools[?type=function].name"}
    )  # fmt: skip
    yield _one(
        "wrong-part",
        "turn",
        (("input", 0, "content"), [{"type": "text", "text": _TEXT}]),
        {"enum": "input[*].content[*].type", "refused": ["text"]},
    )
    yield _one(
        "wrong-choice",
        "tools",
        (("tool_choice",), {"type": "auto"}),
        {"enum": "tool_choice.type", "refused": ["auto"]},
    )


def _text_limit(name: str, ladder: tuple[int, ...]) -> Limit:
    return Limit(
        id=f"responses-limit-{name}",
        after=f"responses-{name}",
        api="responses",
        context="turn",
        edits=lambda size: (((name,), ("probe" * size)[:size]),),
        rule={"length": name},
        ladder=ladder,
        shows=f"characters of {name}",
    )


def _with_id(call_id: str) -> tuple[Edit, ...]:
    return ((("input", 1, "call_id"), call_id), (("input", 2, "call_id"), call_id))


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
        id=f"responses-{name}",
        api="responses",
        context=context,
        edits=(edit, *edits),
        rules=rules,
        shows=name,
        group=group,
        after=after,
    )


LIMITS: Final = (
    Limit(
        id="responses-limit-call_id",
        api="responses",
        context="calls",
        edits=lambda size: _with_id(("probe" * size)[:size]),
        rule={"length": "input[*].call_id"},
        ladder=(64, 256),
        after="responses-call-id-toolu",
        shows="characters of a call_id",
    ),
    Limit(
        id="responses-limit-item-id",
        api="responses",
        context="history",
        edits=lambda size: ((("input", 1, "id"), "msg_" + "1" * (size - 4)),),
        rule={"length": "input[*].id"},
        ladder=(64, 128),
        after="responses-item-id-msg",
        shows="characters of an item's id",
    ),
    Limit(
        id="responses-limit-tool-name",
        api="responses",
        context="tools",
        edits=lambda size: ((("tools", 0, "name"), ("tool" * size)[:size]),),
        rule={"length": "tools[?type=function].name"},
        ladder=(64, 128),
        shows="characters of a tool's name",
    ),
    Limit(
        id="responses-limit-tools",
        api="responses",
        context="turn",
        edits=lambda size: ((("tools",), [{**_TOOL, "name": f"t{at}"} for at in range(size)]),),
        rule={"items": "tools"},
        ladder=(128, 129),
        shows="tools",
    ),
    _text_limit("user", (64, 128, 1024)),
    _text_limit("user_id", (128, 1024)),
    Limit(
        id="responses-limit-user_id-least",
        api="responses",
        context="turn",
        edits=lambda size: ((("user_id",), "probe-user"[:size]),),
        rule={"length": "user_id"},
        ladder=(10, 1),
        least=True,
        after="responses-user_id",
        shows="characters of user_id at least",
    ),
    Limit(
        id="responses-limit-max_output_tokens-least",
        api="responses",
        context="turn",
        edits=lambda size: ((("max_output_tokens",), size),),
        rule={"range": "max_output_tokens"},
        ladder=(64, 1),
        least=True,
        after="responses-max_output_tokens",
        shows="max_output_tokens at least",
    ),
    Limit(
        id="responses-limit-metadata-keys",
        api="responses",
        context="turn",
        edits=lambda size: ((("metadata",), {f"k{at}": "v" for at in range(size)}),),
        rule={"properties": "metadata"},
        ladder=(16, 32),
        after="responses-metadata",
        shows="keys of metadata",
    ),
    Limit(
        id="responses-limit-metadata-value",
        api="responses",
        context="turn",
        edits=lambda size: ((("metadata",), {"k": ("probe" * size)[:size]}),),
        rule=None,
        ladder=(512, 2048),
        after="responses-metadata",
        shows="characters of a metadata value",
    ),
)
"""The sizes that are looked for."""
