"""Forms and orders of messages, and values that no declared type has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.probe.chat.shapes import (
    ASKED,
    BLOCKS,
    CACHED,
    CALL,
    PARTS,
    PIXEL,
    SECOND,
    TEXT,
    TOLD,
    UNKNOWN,
    USER,
    refused_after,
    refused_role,
    trying,
)
from conformance.probe.experiment import CUT, Experiment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.profile_reading import Rule


def roles() -> Iterator[Experiment]:
    """Yield roles, and contents that are lists of parts."""
    late = {"role": "system", "content": "Be brief."}
    yield trying("role-system", "turn", (("messages",), [late, USER]), refused_role("system"))
    developer = {"role": "developer", "content": "Be brief."}
    known = ["system", "user", "assistant", "tool", "latest_reminder"]
    yield trying(
        "role-developer",
        "turn",
        (("messages",), [developer, USER]),
        {"enum": "messages[*].role", "allowed": known},
        refused_role("developer"),
    )
    for at, role in enumerate(("user", "assistant", "tool")):
        yield _parts(role, at, PARTS)
    yield trying(
        "parts-system",
        "turn",
        (("messages",), [{"role": "system", "content": PARTS}, USER]),
        {"type": "messages[?role=system].content", "allowed": ["string", "null"]},
        after="chat-role-system",
    )


def some_parts() -> Iterator[Experiment]:
    """Yield kinds of parts, and what may stand on one."""
    yield _part("image", "turn", 0, {"type": "image_url", "image_url": {"url": PIXEL}})
    yield _part("thinking", "history", 1, {**BLOCKS[0]})
    yield _part("image-of-tool", "calls", 2, {"type": "image_url", "image_url": {"url": PIXEL}})
    cached = [{"type": "text", "text": TEXT, "cache_control": CACHED}]
    yield trying(
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
        yield trying(
            f"unknown-part-{name}",
            "calls",
            (("messages", place, "content"), [{**PARTS[0], UNKNOWN: "probe"}]),
            after=f"chat-parts-{name}",
        )


def contents() -> Iterator[Experiment]:
    """Yield contents that are null, absent or empty."""
    yield _null("null-with-calls", None)
    yield _null("absent-with-calls", CUT)
    yield _null("empty-with-calls", "")
    yield trying(
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
    yield trying(
        "absent-alone",
        "history",
        (("messages", 1, "content"), CUT),
        {"require": "messages[?role=assistant].content", "where": {"content": "absent"}},
        {"require": "messages[*].content", "where": {"content": "absent"}},
    )


def templates() -> Iterator[Experiment]:
    """Yield texts that an upstream may take for a template."""
    yield trying(
        "template",
        "turn",
        (("messages", 0, "content"), "Say {{?ok}}."),
        {"pattern": "messages[*].content", "refused_regex": r"\{\{\?([a-zA-Z0-9_]{1,100})\}\}"},
    )
    yield trying(
        "template-in-part",
        "turn",
        (("messages", 0, "content"), [{"type": "text", "text": "Say {{?ok}}."}]),
        {
            "pattern": "messages[*].content[*].text",
            "refused_regex": r"\{\{\?([a-zA-Z0-9_]{1,100})\}\}",
        },
        after="chat-parts-user",
    )


_LATE: Final = {"role": "system", "content": "Be brief."}
_SAID: Final = {"role": "assistant", "content": "ok"}
_BOTH: Final = {**ASKED, "tool_calls": [CALL, SECOND]}
_TOLD_TOO: Final = {**TOLD, "tool_call_id": "probe0002"}
_FIRST: Final = {"sequence": "system_first"}
_LAST: Final = {"sequence": "last_role", "roles": ["user", "tool"]}
_COUNTED: Final = {"sequence": "call_count"}
_ORPHANED: Final = {"sequence": "outputs_orphaned"}
_UNANSWERED: Final = ({"sequence": "calls_unanswered"}, _COUNTED)
_APART: Final = (refused_after("tool", "user"), {"sequence": "calls_not_adjacent"})
_ORDERS: Final[tuple[tuple[str, list[Any], tuple[Rule, ...]], ...]] = (
    ("late-system", [USER, _SAID, _LATE, USER], (_FIRST,)),
    ("user-after-user", [USER, USER], (refused_after("user", "user"),)),
    (
        "assistant-after-assistant",
        [USER, _SAID, _SAID, USER],
        (refused_after("assistant", "assistant"),),
    ),
    ("last-assistant", [USER, _SAID], (_LAST,)),
    ("last-system", [USER, _LATE], (_FIRST, _LAST)),
    (
        "parallel-calls",
        [USER, _BOTH, TOLD, _TOLD_TOO],
        ({"items": "messages[*].tool_calls", "max": 1},),
    ),
    ("user-after-tool", [USER, ASKED, TOLD, USER], (refused_after("user", "tool"),)),
    (
        "orphaned-result",
        [USER, _SAID, TOLD],
        (_ORPHANED, _COUNTED, refused_after("tool", "assistant")),
    ),
    ("two-results", [USER, ASKED, TOLD, _TOLD_TOO], (_ORPHANED, _COUNTED)),
    ("unanswered", [USER, ASKED, USER], _UNANSWERED),
    ("half-answered", [USER, _BOTH, TOLD], _UNANSWERED),
    ("tool-after-user", [USER, ASKED, USER, TOLD], (*_APART, *_UNANSWERED)),
    ("orphan-between", [USER, TOLD, USER], (*_APART, _ORPHANED)),
)
"""Messages in orders that some upstream refuses, and what would say so, the likeliest first."""


def sequences() -> Iterator[Experiment]:
    """Yield the orders."""
    for name, messages, rules in _ORDERS:
        with_tools = any("tool_calls" in one or one["role"] == "tool" for one in messages)
        context = "calls" if with_tools else "turn"
        yield trying(name, context, (("messages",), messages), *rules)


def wrong() -> Iterator[Experiment]:
    """Yield requests with a value that no declared type has."""
    yield trying("wrong-model", "turn", (("model",), CUT), {"require": "model"})
    yield trying("wrong-no-messages", "turn", (("messages",), CUT), {"require": "messages"})
    yield trying(
        "wrong-messages", "turn", (("messages",), TEXT), {"type": "messages", "allowed": ["array"]}
    )
    types: tuple[tuple[str, Any, list[str]], ...] = (
        ("max_tokens", "many", ["integer", "null"]),
        ("tools", {}, ["array", "null"]),
        ("temperature", "warm", ["number", "null"]),
        ("stream", "yes", ["boolean", "null"]),
    )
    for name, value, allowed in types:
        rule = {"type": name, "allowed": allowed}
        yield trying(f"wrong-{name}", "turn", ((name,), value), rule, group="wrong")
    content = {"type": "messages[*].content", "allowed": ["string", "array", "null"]}
    yield trying("wrong-content", "turn", (("messages", 0, "content"), {"a": "b"}), content)
    yield trying(
        "wrong-role", "turn", (("messages", 0, "role"), "narrator"), refused_role("narrator")
    )
    yield trying(
        "wrong-tool", "tools", (("tools", 0, "function"), CUT), {"require": "tools[*].function"}
    )


def _parts(role: str, at: int, parts: list[Any]) -> Experiment:
    rule = {"type": f"messages[?role={role}].content", "allowed": ["string", "null"]}
    return trying(
        f"parts-{role}", "calls", (("messages", at, "content"), parts), rule, group="parts"
    )


def _part(name: str, context: str, at: int, part: dict[str, Any]) -> Experiment:
    role = ("user", "assistant", "tool")[at]
    kind = part["type"]
    path = f"messages[?role={role}].content"
    return trying(
        f"part-{name}",
        context,
        (("messages", at, "content"), [{"type": "text", "text": TEXT}, part]),
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
    return trying(name, "calls", (("messages", 1, "content"), value), *rules)
