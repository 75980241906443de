"""What is asked of the Responses API: contexts, fields, forms, sequences and limits, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.probe.experiment import APPENDED, UNDECLARED, Experiment
from conformance.probe.responses.fields import ALONE, FOREIGN, NESTED, TOP
from conformance.probe.responses.forms import (
    images,
    items,
    reasoning,
    roles,
    sequences,
    some_parts,
    wrong,
)
from conformance.probe.responses.shapes import TOOL, UNKNOWN, trying
from conformance.probe.responses.values import call_ids, choices, streams, together, tools, values
from conformance.probe.tool_schemas import SCHEMAS, schema_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def experiments() -> Iterator[Experiment]:
    """Yield them all; those that others wait for come first."""
    places: Mapping[str, tuple[str | int, ...]] = {
        "top": (),
        "message": ("input", 0),
        "call": ("input", 1),
        "tool": ("tools", 0),
    }
    for name, place in places.items():
        yield trying(f"unknown-{name}", "calls", ((*place, UNKNOWN), "probe"))
    for name, value in (*TOP.items(), *FOREIGN.items()):
        group = "top" if name in TOP else UNDECLARED
        yield trying(name, "tools", ((name,), value), {"forbid": name}, group=group)
    for name, value in ALONE.items():
        yield trying(name, "turn", ((name,), value), {"forbid": name})
    for context, place, value, path in NESTED:
        yield trying(path, context, (place, value), {"forbid": path}, group=f"nested in {context}")
    for some in (values, choices, streams, tools, call_ids, roles, some_parts, images, items):
        yield from some()
    for some in (reasoning, sequences, together, wrong):
        yield from some()
    for name, schema in SCHEMAS.items():
        edit = (("tools", APPENDED), {**TOOL, "name": f"schema-{name}", "parameters": schema})
        yield trying(f"schema-{name}", "tools", edit, *schema_rule(name), group="schemas")
