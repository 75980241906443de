"""What a request demands of its answer: a call of some tool, or a text of some form.

Read from `tool_choice`, and from `text.format` or `response_format`, in either API's shape. Nothing
here trusts the request: a demand of the wrong shape is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from mock_upstream.verdict import Api, Payload

_CALLABLE: Final = ("function", "custom")
_SEARCHES: Final = "web_search"
_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class ToolDemand:
    """A tool that must be called: its kind and name, and what its declaration says of its input.

    `schema` is a function's JSON Schema. `grammar` is the syntax and definition of a custom tool's
    input. `declared` says whether the request has the tool at all.
    """

    kind: Literal["function", "custom", "search"]
    name: str = ""
    schema: object = None
    grammar: tuple[str, str] | None = None
    declared: bool = True


@dataclass(frozen=True, slots=True)
class FormDemand:
    """A text that must be JSON, and meet a schema if there is one."""

    schema: object = None


def demanded_tool(api: Api, payload: Payload) -> ToolDemand | None:
    """Find the tool that a request demands to be called: the first, where it leaves a choice."""
    choice = payload.get("tool_choice")
    if choice in (None, "auto", "none"):
        return None
    tools = [_tool(one, api) for one in _list(payload.get("tools"))]
    if choice == "required":
        return next((tool for tool in tools if tool is not None), None)
    if not isinstance(choice, dict):
        return None
    kind = _text(choice.get("type"))
    if kind == "allowed_tools":
        return _allowed(choice if api == "responses" else choice.get("allowed_tools"), api, tools)
    if kind.startswith(_SEARCHES):
        return ToolDemand("search")
    return _named(choice, api, tools)


def demanded_form(api: Api, payload: Payload) -> FormDemand | None:
    """Find the form that a request demands of the text; None where plain text will do."""
    if api == "responses":
        form = _mapping(_mapping(payload.get("text")).get("format"))
        schema = form.get("schema")
    else:
        form = _mapping(payload.get("response_format"))
        schema = _mapping(form.get("json_schema")).get("schema")
    if form.get("type") == "json_object":
        return FormDemand()
    return FormDemand(schema) if form.get("type") == "json_schema" else None


def _tool(tool: object, api: Api) -> ToolDemand | None:
    """Read a declared tool; None for one that the mock cannot call."""
    declared = _mapping(tool)
    kind = _text(declared.get("type"))
    if kind.startswith(_SEARCHES) and api == "responses":
        return ToolDemand("search")
    inner = declared if api == "responses" else _mapping(declared.get(kind))
    name = inner.get("name")
    if kind not in _CALLABLE or not isinstance(name, str):
        return None
    if kind == "function":
        return ToolDemand("function", name, inner.get("parameters"))
    return ToolDemand("custom", name, grammar=_grammar(_mapping(inner.get("format"))))


def _grammar(form: Mapping[str, Any]) -> tuple[str, str] | None:
    """Read the grammar of a custom tool, which Chat Completions nests one level deeper."""
    inner = _mapping(form.get("grammar")) or form
    syntax, definition = inner.get("syntax"), inner.get("definition")
    both = isinstance(syntax, str) and isinstance(definition, str)
    return (str(syntax), str(definition)) if both and form.get("type") == "grammar" else None


def _named(
    choice: Mapping[str, Any], api: Api, tools: list[ToolDemand | None]
) -> ToolDemand | None:
    """Find the tool that a choice names; one that is not declared may be named all the same."""
    kind = _text(choice.get("type"))
    name = (choice if api == "responses" else _mapping(choice.get(kind))).get("name")
    if kind not in _CALLABLE or not isinstance(name, str):
        return None
    same = (tool for tool in tools if tool and (tool.kind, tool.name) == (kind, name))
    lost = ToolDemand("function" if kind == "function" else "custom", name, declared=False)
    return next(same, lost)


def _allowed(allowed: object, api: Api, tools: list[ToolDemand | None]) -> ToolDemand | None:
    if _mapping(allowed).get("mode") != "required":
        return None
    for one in _list(_mapping(allowed).get("tools")):
        found = _named(one, api, tools) if isinstance(one, dict) else None
        if found is not None:
            return found
    return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _NOTHING


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
