"""What a scenario's client asks, read from its request in either form, in words of neither API.

`conformance.said` reads the same from what was sent. Neither uses the handler's code: the two are
compared by the claims.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.scenarios import Scenario

Choice = Literal["auto", "none", "required"] | tuple[Literal["tool"], str]

_HOSTED: Final = "web_search"
_MODES: Final[dict[str, Choice]] = {
    "auto": "auto",
    "any": "required",
    "none": "none",
    "required": "required",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of the history: its id, the tool's name, the arguments as parsed."""

    id: str
    name: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class Result:
    """A call's result: whose it is, its text, and its images as URLs."""

    call_id: str
    text: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A function tool: its name, its description (empty if none), its schema."""

    name: str
    description: str
    schema: Any


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns of a request; ``texts`` are ``(role, text)``, what a role says at once in one."""

    texts: tuple[tuple[str, str], ...]
    calls: tuple[Call, ...]
    results: tuple[Result, ...]
    images: tuple[str, ...]

    @property
    def lost(self) -> tuple[Result, ...]:
        """The results whose call is not there."""
        called = {call.id for call in self.calls}
        return tuple(result for result in self.results if result.call_id not in called)

    @property
    def unanswered(self) -> tuple[Call, ...]:
        """The calls that have no result."""
        answered = {result.call_id for result in self.results}
        return tuple(call for call in self.calls if call.id not in answered)


def conversation(scenario: Scenario) -> Conversation:
    """Read the turns of ``scenario``, its system prompt first; thinking is left out."""
    body = scenario.body
    messages = list(body["messages"])
    if body.get("system"):
        messages.insert(0, {"role": "system", "content": body["system"]})
    results = tuple(found for message in messages for found in _results(message))
    images = [image for message in messages for image in _images(message.get("content"))]
    return Conversation(
        texts=merged((message["role"], _text(message)) for message in messages),
        calls=tuple(call for message in messages for call in _calls(message)),
        results=results,
        images=tuple(images),
    )


def of_the_assistant(scenario: Scenario) -> tuple[str, ...]:
    """Return what the assistant said and called, in its order: a turn's text before its calls."""
    said: list[str] = []
    for message in scenario.body["messages"]:
        if message["role"] == "assistant":
            said += filter(None, [_text(message)])
            said += (call.name for call in _calls(message))
    return tuple(said)


def merged(texts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Join what the same role says one after the other; what is empty is not said."""
    whole: list[tuple[str, str]] = []
    for role, text in texts:
        if not text:
            continue
        if whole and whole[-1][0] == role:
            whole[-1] = (role, whole[-1][1] + text)
        else:
            whole.append((role, text))
    return tuple(whole)


def tools(scenario: Scenario) -> tuple[Tool, ...]:
    """Return the function tools that the client offers."""
    return tuple(_tool(one) for one in scenario.body.get("tools", ()) if not _is_hosted(one))


def hosted_tools(scenario: Scenario) -> tuple[str, ...]:
    """Return the types of the tools that the upstream itself is to run."""
    return tuple(one["type"] for one in scenario.body.get("tools", ()) if _is_hosted(one))


def tool_choice(scenario: Scenario) -> Choice | None:
    """Return what the client says about calling; None if it says nothing."""
    choice = scenario.body.get("tool_choice")
    if choice is None:
        return None
    kind = choice["type"] if isinstance(choice, dict) else choice
    return _MODES[kind] if kind in _MODES else ("tool", choice["name"])


def effort(scenario: Scenario) -> str | None:
    """Return the reasoning effort that the client asks for: by a field, else by the name."""
    asked = scenario.body.get("reasoning_effort")
    suffix = scenario.model_suffix.removeprefix("-reason-")
    return asked or suffix or None


def thinking(scenario: Scenario) -> list[list[Any]]:
    """Return the thinking blocks of each assistant's turn that has any."""
    turns = (
        [part for part in _parts(message.get("content")) if "thinking" in part["type"]]
        for message in scenario.body["messages"]
        if message["role"] == "assistant"
    )
    return [blocks for blocks in turns if blocks]


def _parts(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return list(content or ())


def _text(message: dict[str, Any]) -> str:
    if message["role"] == "tool":
        return ""
    return _joined(message.get("content"))


def _joined(content: Any) -> str:
    return "".join(part["text"] for part in _parts(content) if part["type"] == "text")


def _calls(message: dict[str, Any]) -> Iterator[Call]:
    for part in _parts(message.get("content")):
        if part["type"] == "tool_use":
            yield Call(part["id"], part["name"], part["input"])
    for call in message.get("tool_calls") or ():
        function = call["function"]
        yield Call(call["id"], function["name"], json.loads(function["arguments"]))


def _results(message: dict[str, Any]) -> Iterator[Result]:
    if message["role"] == "tool":
        yield Result(message["tool_call_id"], _joined(message["content"]))
    for part in _parts(message.get("content")):
        if part["type"] == "tool_result":
            content = part.get("content")
            yield Result(part["tool_use_id"], _joined(content), tuple(_images(content)))


def _images(content: Any) -> Iterator[str]:
    """Yield images and documents as URLs, also those inside a tool's result."""
    for part in _parts(content):
        if part["type"] == "tool_result":
            yield from _images(part.get("content"))
        elif part["type"] in ("image", "document"):
            source = part["source"]
            data = f"data:{source.get('media_type')};base64,{source.get('data')}"
            yield source.get("url") or data


def _tool(tool: dict[str, Any]) -> Tool:
    function = tool.get("function", tool)
    schema = function.get("parameters", function.get("input_schema"))
    return Tool(function["name"], function.get("description", ""), schema)


def _is_hosted(tool: dict[str, Any]) -> bool:
    return str(tool.get("type", "")).startswith(_HOSTED)
