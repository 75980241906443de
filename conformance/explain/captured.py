"""A captured request of any of the three APIs, as a scenario that the handler is driven with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import orjson

from conformance.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "your request"


class NoRequestError(ValueError):
    """A file that holds no request; the message says what it holds."""


def read_request(data: bytes) -> Mapping[str, Any]:
    """Return the body of a captured request: itself, or what stands under ``body``."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NoRequestError(
            f"--request: {error}; expected the JSON body of a request to /v1/messages, "
            "/v1/chat/completions or /v1/responses"
        ) from None
    body = value.get("body", value) if isinstance(value, dict) else value
    if isinstance(body, dict) and isinstance(body.get("messages", body.get("input")), list | str):
        strange = strange_part(body)
        if strange is None:
            return body
        raise NoRequestError(
            f"--request: {strange} is no list of objects; expected the body of a request as it was "
            "sent"
        )
    raise NoRequestError(
        "--request: received JSON without messages or input; expected the body of a request to "
        "/v1/messages, /v1/chat/completions or /v1/responses"
    )


def strange_part(body: Mapping[str, Any]) -> str | None:
    """Return which of turns and tools no client sends so, and nothing can be made of; else None."""
    for name in ("messages", "tools"):
        value = body.get(name) or []
        if not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
            return name
    return None


def scenario_of(body: Mapping[str, Any], name: str = NAME) -> Scenario | None:
    """Return the scenario of a client's request; None for one of the Responses API."""
    if "messages" not in body:
        return None
    return Scenario(name, "A captured request.", dict(body), _form(body), {})


def renamed(scenario: Scenario, body: Mapping[str, Any], name: str) -> Scenario:
    """Return the scenario with another body, under a name of its own."""
    return replace(scenario, body=dict(body), name=name)


def _form(body: Mapping[str, Any]) -> Literal["messages", "chat"]:
    tools = body.get("tools") or [{}]
    of_messages = "system" in body or "thinking" in body or "input_schema" in tools[0]
    blocks = (
        part.get("type")
        for turn in body["messages"]
        if isinstance(turn, dict) and isinstance(turn.get("content"), list)
        for part in turn["content"]
        if isinstance(part, dict)
    )
    own = {"tool_use", "tool_result", "thinking", "redacted_thinking"}
    return "messages" if of_messages or own & set(blocks) else "chat"
