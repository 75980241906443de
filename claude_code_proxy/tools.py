"""Tools, read from Chat Completions form and written for either API."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.hosted_tools import (
    WEB_SEARCH,
    Hosted,
    chat_web_search,
    hosted_tool,
    is_a_server_tool_in_disguise,
    web_search,
)
from claude_code_proxy.keep_fields import left_on
from claude_code_proxy.tool_choice import ToolChoice
from common.errors import UntranslatableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

logger = logging.getLogger(__name__)

Tool = Mapping[str, Any]
Function = Mapping[str, Any]

_NO_PARAMETERS: Final[Mapping[str, Any]] = {"type": "object", "properties": {}}
_NAMELESS: Final = "unnamed_tool"
_ANTHROPICS_OF_A_TOOL: Final = ("allowed_callers", "defer_loading", "eager_input_streaming")
"""Words of an Anthropic tool that LiteLLM puts into the function's JSON schema."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The tools of a request: functions, each with the tool that it came in, and hosted ones.

    Hosted tools stand under the names that a tool choice has for them.
    """

    functions: tuple[tuple[Tool, Function], ...]
    hosted: Mapping[str, Hosted]

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Offer:
        """Read the tools among ``params``; what no upstream could run is logged and left out."""
        functions: list[tuple[Tool, Function]] = []
        hosted: dict[str, Hosted] = {}
        for tool in _tools(params):
            function = _function(tool)
            known = hosted_tool(tool)
            if function is not None:
                functions.append((tool, function))
            elif known is not None:
                hosted[str(tool.get("name") or tool["type"])] = known
            else:
                logger.warning("tool of type %r is not sent: not a function", tool.get("type"))
        options = params.get("web_search_options")
        if isinstance(options, Mapping):
            hosted.setdefault(WEB_SEARCH, web_search(options))
        return cls(tuple(functions), hosted)


def responses_tool_fields(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tools of a request, and what is only allowed beside them; none without tools.

    Functions are flat there and say whether they are strict: without the word that API would take
    them for strict ones, which Chat Completions does not.
    """
    offer = Offer.of(params)
    functions = [_responses_function(function) for _, function in offer.functions]
    names = {tool["name"]: {"type": "function", "name": tool["name"]} for tool in functions}
    hosted = {name: {"type": tool["type"]} for name, tool in offer.hosted.items()}
    return _fields([*functions, *offer.hosted.values()], params, hosted | names, _allowed_tools)


def chat_tool_fields(
    params: Mapping[str, Any], model: str, kept: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the tools of a request and what goes beside them, as Chat Completions declares them.

    The ``kept`` keys of a tool stay on it. Hosted tools have no place there, but for the search of
    a model made for it.
    """
    offer = Offer.of({**params, "web_search_options": None})
    for tool in offer.hosted.values():
        logger.warning("tool of type %r is not sent: no place on Chat", tool["type"])
    tools = [_chat_function(tool, function, kept) for tool, function in offer.functions]
    names = {function["name"]: _chat_name(function["name"]) for _, function in offer.functions}
    return {
        **_fields(tools, params, names, _chat_allowed_tools),
        **chat_web_search(params.get("web_search_options"), model),
    }


def tool_calls(message: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Function]]:
    """Yield each tool call of an assistant's turn, and the function in it."""
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list | tuple):
        raise UntranslatableError(f"tool_calls is {type(calls).__name__}; expected a list")
    for call in calls:
        function = call.get("function") if isinstance(call, Mapping) else None
        if not isinstance(function, Mapping):
            raise UntranslatableError("a tool call of an assistant turn lacks its function")
        yield call, function


def called(function: Function) -> dict[str, str]:
    """Return name and arguments of a call in the history, as both APIs want them: two strings.

    A model may have called a tool of no name, and some upstreams give the arguments as an object.
    """
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False) if arguments else ""
    return {"name": str(function.get("name") or _NAMELESS), "arguments": arguments or "{}"}


def _tools(params: Mapping[str, Any]) -> list[Tool]:
    """Return the tools, the legacy ``functions`` among them."""
    tools = [*_listed(params, "tools")]
    return tools + [{"type": "function", "function": one} for one in _listed(params, "functions")]


def _listed(params: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    values = params.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
        raise UntranslatableError(f"{key} is not a list of objects")
    return values


def _function(tool: Tool) -> Function | None:
    """Return the function that ``tool`` is, in Anthropic's form too; None if it is none."""
    function: object = None
    if tool.get("type") == "function":
        function = tool.get("function", tool)
    elif tool.get("type") in (None, "custom") and "input_schema" in tool:
        function = {**tool, "parameters": tool["input_schema"]}
    if not isinstance(function, Mapping) or is_a_server_tool_in_disguise(function):
        return None
    return function if isinstance(function.get("name"), str) and function["name"] else None


def _responses_function(function: Function) -> dict[str, Any]:
    return {
        "type": "function",
        **_described(function),
        "parameters": _parameters(function) or dict(_NO_PARAMETERS),
        "strict": bool(function.get("strict")),
    }


def _chat_function(tool: Tool, function: Function, kept: tuple[str, ...]) -> dict[str, Any]:
    given = {"parameters": _parameters(function), "strict": function.get("strict")}
    present = {key: value for key, value in given.items() if value is not None}
    return {
        "type": "function",
        "function": {**_described(function), **present},
        **left_on(tool, kept),
    }


def _described(function: Function) -> dict[str, Any]:
    return {key: function[key] for key in ("name", "description") if function.get(key) is not None}


def _parameters(function: Function) -> Mapping[str, Any] | None:
    """Return the JSON schema of the arguments: an object's, without words that are Anthropic's."""
    schema = function.get("parameters")
    if schema is None:
        return None
    if not isinstance(schema, Mapping):
        raise UntranslatableError(
            f"parameters of a tool are {type(schema).__name__}; expected a JSON schema"
        )
    if any(word in schema for word in _ANTHROPICS_OF_A_TOOL):
        schema = {key: schema[key] for key in schema if key not in _ANTHROPICS_OF_A_TOOL}
    return schema if "type" in schema else {**_NO_PARAMETERS, **schema}


def _fields(
    tools: list[dict[str, Any]],
    params: Mapping[str, Any],
    names: Mapping[str, dict[str, Any]],
    listed: Callable[[str, list[dict[str, Any]]], Any],
) -> dict[str, Any]:
    if not tools:
        return {}
    choice = params.get("tool_choice") or params.get("function_call")
    fields = {
        "tools": tools,
        "tool_choice": choice and ToolChoice.read(choice).written(names, listed),
        "parallel_tool_calls": _parallel(params.get("parallel_tool_calls"), choice),
    }
    return {key: value for key, value in fields.items() if value is not None}


def _parallel(given: object, choice: object) -> object:
    if given is None and isinstance(choice, Mapping) and choice.get("disable_parallel_tool_use"):
        return False
    return given


def _allowed_tools(mode: str, tools: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "allowed_tools", "mode": mode, "tools": tools}


def _chat_allowed_tools(mode: str, tools: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


def _chat_name(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}
