"""Reads a script's `reply:` and `raw:`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, get_args

import orjson

from mock_upstream.replies.reply_parts import (
    Citation,
    CustomCall,
    Failure,
    ToolCall,
    Usage,
    WebSearch,
)
from mock_upstream.replies.reply_plan import IncompleteReason, RawReply, ReplyPlan
from mock_upstream.scripts.node import Node
from mock_upstream.scripts.read_fault import read_bytes, read_headers

_RAW_KEYS: Final = ("status", "headers", "body", "chunks")


def read_plan(node: Node) -> ReplyPlan:
    """Read a reply plan; a text alone is short for its `text`."""
    if isinstance(node.value, str):
        return node.made(lambda: ReplyPlan(text=node.text()))
    found = node.mapping(tuple(_FIELDS))
    fields: dict[str, Any] = {
        name: inner.made(partial(_FIELDS[name], inner)) for name, inner in found.items()
    }
    return node.made(lambda: ReplyPlan(**fields))


def read_raw(node: Node) -> RawReply:
    """Read a reply that is sent as it stands."""
    found = node.mapping(_RAW_KEYS)
    if "body" in found and "chunks" in found:
        raise found["chunks"].refuse("stands beside body; keep one of them")
    status = found["status"].whole() if "status" in found else 200
    headers = read_headers(found["headers"]) if "headers" in found else {}
    chunks: tuple[bytes | float, ...] = ()
    if "body" in found:
        chunks = (read_bytes(found["body"]),)
    elif "chunks" in found:
        chunks = tuple(map(_chunk, found["chunks"].items()))
    return node.made(lambda: RawReply(status, headers, chunks))


def _chunk(node: Node) -> bytes | float:
    bare = isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return node.number() if bare else read_bytes(node)


def _reasoning(node: Node) -> str | tuple[str, ...]:
    if isinstance(node.value, str):
        return node.value
    return tuple(one.text() for one in node.items())


def _call(node: Node) -> ToolCall | CustomCall:
    found = node.mapping(("name", "arguments", "input", "call_id"))
    if "name" not in found:
        raise node.expected("a call with a name")
    if "arguments" in found and "input" in found:
        raise found["input"].refuse("a custom call has input, any other has arguments; keep one")
    name = found["name"].text()
    call_id = found["call_id"].text() if "call_id" in found else None
    if "input" in found:
        text = found["input"].text()
        return node.made(lambda: CustomCall(name, text, call_id))
    arguments = _arguments(found["arguments"]) if "arguments" in found else "{}"
    return node.made(lambda: ToolCall(name, arguments, call_id))


def _arguments(node: Node) -> str:
    """Read arguments: a mapping is written as JSON, a text is sent as it is, malformed perhaps."""
    if isinstance(node.value, str):
        return node.value
    if not isinstance(node.value, dict):
        raise node.expected("a mapping, or JSON as text")
    return node.made(lambda: orjson.dumps(node.json()).decode())


def _usage(node: Node) -> Usage:
    found = node.mapping(("input", "output", "cached", "reasoning"))
    counts = {name: inner.whole() for name, inner in found.items()}
    return node.made(lambda: Usage(**counts))


def _search(node: Node) -> WebSearch:
    found = node.mapping(("query", "sources"))
    if "query" not in found:
        raise node.expected("a search with a query")
    query = found["query"].text()
    sources = tuple(one.text() for one in found["sources"].items()) if "sources" in found else ()
    return node.made(lambda: WebSearch(query, sources))


def _citation(node: Node) -> Citation:
    found = node.mapping(("url", "title", "start", "end"))
    if "url" not in found or "title" not in found:
        raise node.expected("a citation with url and title")
    url, title = found["url"].text(), found["title"].text()
    places = {name: found[name].whole() for name in ("start", "end") if name in found}
    return node.made(lambda: Citation(url, title, **places))


def _failure(node: Node) -> Failure:
    found = node.mapping(("message", "code"))
    texts = {name: inner.text() for name, inner in found.items()}
    return node.made(lambda: Failure(**texts))


_FIELDS: Final[Mapping[str, Callable[[Node], object]]] = {
    "text": Node.text,
    "reasoning": _reasoning,
    "tool_calls": lambda node: tuple(map(_call, node.items())),
    "usage": _usage,
    "refusal": Node.text,
    "search": _search,
    "citations": lambda node: tuple(map(_citation, node.items())),
    "incomplete": lambda node: node.word(get_args(IncompleteReason)),
    "failure": _failure,
    "interleaved": Node.flag,
    "delay": Node.number,
    "first_token": Node.number,
    "tokens_per_second": Node.number,
}
"""The fields of a plan, with what reads each."""
