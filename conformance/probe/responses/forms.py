"""Forms and orders of items, and values that no declared type has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.probe.experiment import CUT, Experiment
from conformance.probe.responses.shapes import (
    CACHED,
    CALL,
    PARTS,
    PIXEL,
    REASONED,
    SAID,
    SECOND,
    TEXT,
    TOLD,
    UNKNOWN,
    USER,
    trying,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.profile_reading import Rule


def roles() -> Iterator[Experiment]:
    """Yield roles, and contents that are lists of parts."""
    late = {"type": "message", "role": "system", "content": "Be brief."}
    for role in ("system", "developer"):
        message = {**late, "role": role}
        rule = {"enum": "input[*].role", "refused": [role]}
        yield trying(f"role-{role}", "turn", (("input",), [message, USER]), rule)
        yield trying(
            f"parts-{role}",
            "turn",
            (("input",), [{**message, "content": PARTS}, USER]),
            {"type": f"input[?role={role}].content", "allowed": ["string", "null"]},
            after=f"responses-role-{role}",
        )
    yield trying(
        "parts-user",
        "turn",
        (("input", 0, "content"), PARTS),
        {"type": "input[?role=user].content", "allowed": ["string", "null"]},
    )


def some_parts() -> Iterator[Experiment]:
    """Yield what may stand on a part, and kinds of parts."""
    yield trying(
        "unknown-part-user",
        "turn",
        (("input", 0, "content"), [{**PARTS[0], UNKNOWN: "probe"}]),
        after="responses-parts-user",
    )
    yield trying(
        "part-cache_control",
        "turn",
        (("input", 0, "content"), [{**PARTS[0], "cache_control": CACHED}]),
        {"forbid": "input[*].content[*].cache_control"},
        after="responses-parts-user",
    )
    yield trying(
        "text-assistant",
        "history",
        (("input", 1, "content"), "ok"),
        {"type": "input[?role=assistant].content", "allowed": ["array"]},
    )
    yield trying("input-text", "turn", (("input",), TEXT), {"type": "input", "allowed": ["array"]})


def images() -> Iterator[Experiment]:
    """Yield images, and outputs that are lists of parts."""
    image = {"type": "input_image", "image_url": PIXEL, "detail": "auto"}
    yield trying(
        "part-image",
        "turn",
        (("input", 0, "content"), [*PARTS, image]),
        {"enum": "input[?role=user].content[*].type", "refused": ["input_image"]},
        after="responses-parts-user",
    )
    yield trying(
        "output-parts",
        "calls",
        (("input", 2, "output"), PARTS),
        {"type": "input[?type=function_call_output].output", "allowed": ["string"]},
    )
    yield trying(
        "output-image",
        "calls",
        (("input", 2, "output"), [image]),
        {"enum": "input[*].output[*].type", "refused": ["input_image"]},
        after="responses-output-parts",
    )


def items() -> Iterator[Experiment]:
    """Yield what stands on items: ids of every form, reasoning with and without."""
    for name, value, rules in (
        ("fc", "fc_probe1", ({"forbid": "input[?type=function_call].id"},)),
        ("foreign", "probe1", ({"pattern": "input[?type=function_call].id", "regex": "^fc"},)),
    ):
        after = "" if name == "fc" else "responses-item-id-fc"
        edit = (("input", 1, "id"), value)
        yield trying(f"item-id-{name}", "calls", edit, *rules, after=after)
    yield trying(
        "item-id-empty",
        "history",
        (("input", 1, "id"), ""),
        {"pattern": "input[*].id", "refused_regex": "^$"},
        {"pattern": "input[?role=assistant].id", "regex": "^msg"},
    )
    yield trying("item-id-msg", "history", (("input", 1, "id"), "msg_1"), {"forbid": "input[*].id"})


def reasoning() -> Iterator[Experiment]:
    """Yield reasoning items, with and without what belongs to them."""
    yield trying(
        "reasoning-id-foreign",
        "reasoning",
        (("input", 1, "id"), "probe1"),
        {"pattern": "input[?type=reasoning].id", "regex": "^rs"},
    )
    yield trying(
        "reasoning-without-id",
        "reasoning",
        (("input", 1, "id"), CUT),
        {"require": "input[?type=reasoning].id"},
    )
    yield trying(
        "reasoning-encrypted",
        "reasoning",
        (("input", 1, "encrypted_content"), "gAAAprobe"),
        {"type": "input[?type=reasoning].encrypted_content", "allowed": ["null"]},
        {"forbid": "input[?type=reasoning].encrypted_content"},
    )
    yield trying(
        "reasoning-not-stored",
        "reasoning",
        (("store",), False),
        {
            "forbid": "input[?type=reasoning].id",
            "where": {"encrypted_content": "absent"},
            "when": {"fields": {"store": {"equals": False}}},
        },
    )


def sequences() -> Iterator[Experiment]:
    """Yield turns in orders that some upstream refuses."""
    late = {"type": "message", "role": "system", "content": "Be brief."}
    other = {**TOLD, "call_id": "probe0002"}
    alone: tuple[Rule, ...] = ({"sequence": "outputs_orphaned"},)
    rows: tuple[tuple[str, str, list[Any], tuple[Rule, ...]], ...] = (
        ("late-system", "turn", [USER, SAID, late, USER], ({"sequence": "system_first"},)),
        ("parallel-calls", "calls", [USER, CALL, SECOND, TOLD, other], ()),
        ("unanswered", "calls", [USER, CALL, USER], ({"sequence": "calls_unanswered"},)),
        ("half-answered", "calls", [USER, CALL, SECOND, TOLD],
            ({"sequence": "calls_unanswered"},)),
        ("orphaned-output", "calls", [USER, SAID, TOLD], alone),
        ("output-first", "calls", [USER, TOLD, CALL], (*alone,
            {"sequence": "calls_unanswered"}, {"sequence": "calls_not_adjacent"})),
        ("split-call", "calls", [USER, CALL, USER, TOLD],
            ({"sequence": "calls_not_adjacent"},)),
        ("interleaved-calls", "calls", [USER, CALL, TOLD, SECOND, other],
            ({"sequence": "calls_not_adjacent"},)),
        ("reasoning-last", "reasoning", [USER, REASONED],
            ({"sequence": "reasoning_not_followed"},)),
        ("reasoning-then-user", "reasoning", [USER, REASONED, USER],
            ({"sequence": "reasoning_not_followed"},)),
        ("call-without-reasoning", "calls", [USER, {**CALL, "id": "fc_probe1"}, TOLD],
            ({"sequence": "call_without_reasoning"},)),
        ("user-after-user", "turn", [USER, USER], ()),
        ("user-after-output", "calls", [USER, CALL, TOLD, USER], ()),
    )  # fmt: skip
    for name, context, items, rules in rows:
        yield trying(name, context, (("input",), items), *rules)


def wrong() -> Iterator[Experiment]:
    """Yield requests with a value that no declared type has."""
    yield trying(
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
        yield trying(f"wrong-{name}", "turn", ((name,), value), rule, group="wrong")
    narrator = {"enum": "input[*].role", "refused": ["narrator"]}
    yield trying("wrong-role", "turn", (("input", 0, "role"), "narrator"), narrator)
    yield trying(
        "wrong-tool-name", "tools", (("tools", 0, "name"), CUT), {
            "require": "tools[?type=function].name"}
    )  # fmt: skip
    yield trying(
        "wrong-part",
        "turn",
        (("input", 0, "content"), [{"type": "text", "text": TEXT}]),
        {"enum": "input[*].content[*].type", "refused": ["text"]},
    )
    yield trying(
        "wrong-choice",
        "tools",
        (("tool_choice",), {"type": "auto"}),
        {"enum": "tool_choice.type", "refused": ["auto"]},
    )
