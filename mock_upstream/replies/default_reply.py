"""What the mock answers of itself, when no reply is queued: a text, or what the request demands.

A tool that `tool_choice` demands is called with arguments that satisfy its schema; a structured
format gets a text that satisfies its own. Where no instance is found, it is `{}` and a note says
why. A reply that a test has queued is never changed.
"""

from dataclasses import dataclass
from typing import Final

import orjson

from mock_upstream.replies.demand import FormDemand, ToolDemand, demanded_form, demanded_tool
from mock_upstream.replies.instance.limits import Unsatisfiable
from mock_upstream.replies.reply_parts import CustomCall, ToolCall, WebSearch
from mock_upstream.replies.reply_plan import DEFAULT_PLAN, ReplyPlan
from mock_upstream.verdict import Api, Payload

_DEMANDING: Final = frozenset({"tool_choice", "text", "response_format"})
_EMPTY: Final = "{}"
_SHOWN: Final = 80
"""Characters of a name that a note repeats."""


@dataclass(frozen=True, slots=True)
class DefaultReply:
    """A plan of the mock's own, and what is to be said of it: ASCII that fits on a header line."""

    plan: ReplyPlan
    note: str | None = None


_PLAIN: Final = DefaultReply(DEFAULT_PLAN)


def default_reply(api: Api, payload: Payload) -> DefaultReply:
    """Answer what a request demands, or the default plan if it demands nothing."""
    if payload.keys().isdisjoint(_DEMANDING):
        return _PLAIN
    tool = demanded_tool(api, payload)
    if tool is not None:
        return _call(tool)
    form = demanded_form(api, payload)
    return _PLAIN if form is None else _text(form)


def _call(tool: ToolDemand) -> DefaultReply:
    if tool.kind == "search":
        return DefaultReply(ReplyPlan(text=DEFAULT_PLAN.text, search=WebSearch("mock upstream")))
    what = f"tool {_shown(tool.name)}"
    if not tool.declared:
        note = f"{what} is demanded by tool_choice but not declared in tools"
        return DefaultReply(_calling(tool, _EMPTY if tool.kind == "function" else ""), note)
    if tool.kind == "custom":
        return _custom_call(tool, what)
    arguments, fault = _written(tool.schema if tool.schema is not None else {"type": "object"})
    return DefaultReply(_calling(tool, arguments), _noted(f"{what}: arguments", fault))


def _custom_call(tool: ToolDemand, what: str) -> DefaultReply:
    if tool.grammar is None:
        return DefaultReply(_calling(tool, "text"))
    from mock_upstream.replies.instance.pattern import matching

    syntax, definition = tool.grammar
    fault = f"the mock does not write grammars in {_shown(syntax)}"
    if syntax == "regex":
        try:
            return DefaultReply(_calling(tool, matching(definition)))
        except Unsatisfiable as error:
            fault = str(error)
    return DefaultReply(_calling(tool, ""), f"{what}: the input is empty, because {fault}")


def _calling(tool: ToolDemand, text: str) -> ReplyPlan:
    call = ToolCall(tool.name, text) if tool.kind == "function" else CustomCall(tool.name, text)
    return ReplyPlan(tool_calls=(call,))


def _text(form: FormDemand) -> DefaultReply:
    if form.schema is None:
        text = orjson.dumps({"message": DEFAULT_PLAN.text}).decode()
        return DefaultReply(ReplyPlan(text=text))
    text, fault = _written(form.schema)
    return DefaultReply(ReplyPlan(text=text), _noted("text.format: the text", fault))


def _written(schema: object) -> tuple[str, str | None]:
    """Write an instance of a schema, or `{}` and what stood in the way."""
    from mock_upstream.replies.instance.build import build

    try:
        return orjson.dumps(build(schema)).decode(), None
    except Unsatisfiable as error:
        return _EMPTY, str(error)
    except TypeError:  # a listed value is nested deeper than the writer goes
        return _EMPTY, "a value that it lists is nested too deeply"


def _noted(what: str, fault: str | None) -> str | None:
    return None if fault is None else f"{what} {{}} may not satisfy the schema: {fault}"


def _shown(name: str) -> str:
    return repr(name[:_SHOWN])
