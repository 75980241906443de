"""What is asked of Chat Completions: contexts, fields, forms, sequences and limits, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.probe.chat.fields import ALONE, FOREIGN, NESTED, TOP, unknown
from conformance.probe.chat.forms import contents, roles, sequences, some_parts, templates, wrong
from conformance.probe.chat.shapes import UNSTORED, trying
from conformance.probe.chat.values import (
    streams,
    together,
    tools,
    values,
    with_enable_thinking,
    with_thinking,
)
from conformance.probe.experiment import APPENDED, UNDECLARED, Experiment
from conformance.probe.tool_schemas import SCHEMAS, schema_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.profile_reading import Rule


def experiments() -> Iterator[Experiment]:
    """Yield them all; those that others wait for come first."""
    yield from unknown()
    for name, value in TOP.items():
        unless: Iterable[Rule] = (UNSTORED,) if name == "metadata" else ()
        yield trying(name, "tools", ((name,), value), {"forbid": name}, *unless, group="top")
    for name, value in FOREIGN.items():
        yield trying(name, "tools", ((name,), value), {"forbid": name}, group=UNDECLARED)
    for name, value in ALONE.items():
        yield trying(name, "turn", ((name,), value), {"forbid": name})
    for place, value, path in NESTED:
        yield trying(path, "calls", (place, value), {"forbid": path}, group="nested")
    for some in (values, streams, tools, roles, some_parts, contents, templates):
        yield from some()
    for some in (sequences, together, with_thinking, with_enable_thinking, wrong):
        yield from some()
    for name, schema in SCHEMAS.items():
        function = {"name": f"schema-{name}", "parameters": schema}
        edit = (("tools", APPENDED), {"type": "function", "function": function})
        yield trying(f"schema-{name}", "tools", edit, *schema_rule(name), group="schemas")
