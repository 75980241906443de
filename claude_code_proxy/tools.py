"""Tools and tool choice, read from Chat Completions form and written for either API."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.keep_fields import left_on
from common.errors import UntranslatableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

logger = logging.getLogger(__name__)

_ANTHROPIC_CHOICES: Final = {"auto": "auto", "none": "none", "any": "required"}
_NO_PARAMETERS: Final[Mapping[str, Any]] = {"type": "object", "properties": {}}


def tool_fields(
    params: Mapping[str, Any],
    declared: Callable[[object], list[dict[str, Any]]],
    chosen: Callable[[object], Any],
) -> dict[str, Any]:
    """Return the tools of a request, and what is only allowed beside them; none without tools.

    ``declared`` and ``chosen`` write tools and tool choice in the form of one upstream API.
    """
    tools = declared(params.get("tools"))
    if not tools:
        return {}
    fields: dict[str, Any] = {"tools": tools}
    if params.get("tool_choice") is not None:
        fields["tool_choice"] = chosen(params["tool_choice"])
    if params.get("parallel_tool_calls") is not None:
        fields["parallel_tool_calls"] = params["parallel_tool_calls"]
    return fields


def responses_tools(tools: object) -> list[dict[str, Any]]:
    """Return the function ``tools`` as the Responses API wants them: flat, ``strict`` said aloud.

    Without ``strict`` that API would take a tool for a strict one, which Chat Completions does not.
    """
    return [
        {
            "type": "function",
            **_described(function),
            "parameters": function.get("parameters") or dict(_NO_PARAMETERS),
            "strict": bool(function.get("strict")),
        }
        for _, function in _functions(tools)
    ]


def chat_tools(tools: object, kept: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the function ``tools`` as Chat Completions declares them, and their ``kept`` keys."""
    return [
        {
            "type": "function",
            "function": {
                **_described(function),
                **{
                    key: function[key]
                    for key in ("parameters", "strict")
                    if function.get(key) is not None
                },
            },
            **left_on(tool, kept),
        }
        for tool, function in _functions(tools)
    ]


def responses_tool_choice(choice: object) -> Any:
    """Return ``choice`` for the Responses API: a word, or the name of the one function."""
    name = _chosen_function(choice)
    return choice_word(choice) if name is None else {"type": "function", "name": name}


def chat_tool_choice(choice: object) -> Any:
    """Return ``choice`` for Chat Completions: a word, or the name of the one function."""
    name = _chosen_function(choice)
    if name is None:
        return choice_word(choice)
    return {"type": "function", "function": {"name": name}}


def tool_calls(message: Mapping[str, Any]) -> Iterator[tuple[object, Mapping[str, Any]]]:
    """Yield the id and the function of each tool call of an assistant's turn."""
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list | tuple):
        raise UntranslatableError(f"tool_calls is {type(calls).__name__}; expected a list")
    for call in calls:
        function = call.get("function") if isinstance(call, Mapping) else None
        if not isinstance(function, Mapping) or not call.get("id"):
            raise UntranslatableError(
                "a tool call of an assistant turn lacks its id or its function"
            )
        yield call["id"], function


def choice_word(choice: object) -> str:
    """Return the word of a ``choice`` that names no function, Anthropic's objects included."""
    if isinstance(choice, str):
        return _ANTHROPIC_CHOICES.get(choice, choice)
    if isinstance(choice, Mapping) and choice.get("type") in tuple(_ANTHROPIC_CHOICES):
        return _ANTHROPIC_CHOICES[choice["type"]]
    raise UntranslatableError(
        f"tool_choice is {choice!r}; expected auto, none, required or one function by name"
    )


def _chosen_function(choice: object) -> str | None:
    if not isinstance(choice, Mapping) or choice.get("type") not in ("function", "tool"):
        return None
    function = choice.get("function")
    name = function.get("name") if isinstance(function, Mapping) else choice.get("name")
    if not isinstance(name, str):
        raise UntranslatableError(f"tool_choice is {dict(choice)!r}; expected the function's name")
    return name


def _functions(tools: object) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return each tool with the function that it is; what is none is logged and left out."""
    if tools is None:
        return []
    if not isinstance(tools, list) or not all(isinstance(tool, Mapping) for tool in tools):
        raise UntranslatableError("tools is not a list of objects")
    functions = []
    for tool in tools:
        function = tool.get("function", tool) if tool.get("type") == "function" else None
        if isinstance(function, Mapping) and isinstance(function.get("name"), str):
            functions.append((tool, function))
        else:
            logger.warning("tool of type %r is not sent: not a function", tool.get("type"))
    return functions


def _described(function: Mapping[str, Any]) -> dict[str, Any]:
    return {key: function[key] for key in ("name", "description") if function.get(key) is not None}
