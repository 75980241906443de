"""What a payload says, read from either upstream API, in the words of `conformance.asked`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.asked import Call, Conversation, Result, Tool, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.matrix import Api

Event = tuple[str, str] | Call | Result | str


def conversation(api: Api, payload: Any) -> Conversation:
    """Read the turns of ``payload``."""
    found = list(events(api, payload))
    images = [image for event in found if isinstance(event, Result) for image in event.images]
    images += [event for event in found if isinstance(event, str)]
    return Conversation(
        texts=merged(event for event in found if isinstance(event, tuple)),
        calls=tuple(event for event in found if isinstance(event, Call)),
        results=tuple(event for event in found if isinstance(event, Result)),
        images=tuple(images),
    )


def events(api: Api, payload: Any) -> Iterator[Event]:
    """Yield what is said, called and answered in ``payload``, in its order.

    A text is ``(role, text)``, a string is an image's URL outside of a result.
    """
    turns = payload["input"] if api == "responses" else payload["messages"]
    read = _of_responses if api == "responses" else _of_chat
    return (event for turn in turns for event in read(turn))


def tools(api: Api, payload: Any) -> tuple[Tool, ...]:
    """Return the function tools of ``payload``."""
    functions = [tool for tool in payload.get("tools", ()) if tool["type"] == "function"]
    if api == "chat":
        functions = [tool["function"] for tool in functions]
    return tuple(
        Tool(one["name"], one.get("description", ""), one.get("parameters")) for one in functions
    )


def _of_responses(item: dict[str, Any]) -> Iterator[Event]:
    kind = item.get("type", "message")
    if kind == "function_call":
        yield Call(item["call_id"], item["name"], json.loads(item["arguments"]))
    elif kind == "function_call_output":
        output = item["output"]
        yield Result(item["call_id"], _text(output), tuple(_images(output)))
    elif kind == "message":
        yield item["role"], _text(item["content"])
        yield from _images(item["content"])


def _of_chat(message: dict[str, Any]) -> Iterator[Event]:
    content = message.get("content")
    if message["role"] == "tool":
        yield Result(message["tool_call_id"], _text(content), tuple(_images(content)))
        return
    yield message["role"], _text(content)
    yield from _images(content)
    for call in message.get("tool_calls", ()):
        function = call["function"]
        yield Call(call["id"], function["name"], json.loads(function["arguments"]))


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or ())


def _images(content: Any) -> Iterator[str]:
    for part in content if isinstance(content, list) else ():
        image = part.get("image_url")
        file = part.get("file", part)
        if image is not None:
            yield image["url"] if isinstance(image, dict) else image
        elif "file_data" in file or "file_url" in file:
            yield file.get("file_data") or file["file_url"]
