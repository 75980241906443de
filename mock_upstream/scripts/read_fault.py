"""Reads a script's `fault:`: one or several faults by their names, in any order."""

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import orjson

from mock_upstream.faults.broken_events import HOWS, Malformed, Truncate
from mock_upstream.faults.connection import ContentLength, Disconnect, Garbage, Hangup
from mock_upstream.faults.fault import Fault, Stage, stage_of
from mock_upstream.faults.rate_limit import RateLimit
from mock_upstream.faults.status import Status
from mock_upstream.faults.timing import FirstToken, Latency, Stall, TokensPerSecond
from mock_upstream.nearest import nearest
from mock_upstream.scripts.node import Node

_OF_STATUS: Final = ("body", "headers", "retry_after")
_BEFORE: Final = "before_headers"


def read_faults(node: Node, *, limits: bool = False) -> tuple[Fault, ...]:
    """Read the faults that strike one reply. `limits`: a limit of requests may stand here."""
    found = dict(node.entries(f"a mapping with some of {', '.join(FAULT_NAMES)}"))
    if not found:
        raise node.refuse(f"no fault; expected at least one of {', '.join(FAULT_NAMES)}")
    faults: list[Fault] = []
    for name, inner in found.items():
        if name in _OF_STATUS:
            if "status" not in found:
                raise inner.refuse("says nothing without a status beside it")
        elif name == "status":
            faults.append(_status(node, found))
        elif name == "rate_limit" and not limits:
            raise inner.refuse("counts requests, so it stands under the script's own 'faults:'")
        elif name in _READERS:
            faults.append(inner.made(partial(_READERS[name], inner)))
        else:
            expected = ", ".join(FAULT_NAMES)
            raise inner.refuse(
                f"unknown fault; expected one of {expected}{nearest(name, FAULT_NAMES)}"
            )
    instead = [fault for fault in faults if stage_of(fault) is Stage.INSTEAD]
    if len(instead) > 1:
        raise node.refuse("several faults that answer instead of the upstream; keep one of them")
    return tuple(faults)


def read_bytes(node: Node) -> bytes:
    """Read a body: text, or `{base64: …}` for what is no text."""
    if isinstance(node.value, bytes):  # YAML's own !!binary
        return node.value
    if not isinstance(node.value, dict):
        return node.text().encode()
    found = node.mapping(("base64",))
    if not found:
        raise node.expected("text, or a mapping with base64")
    try:
        return base64.b64decode(found["base64"].text(), validate=True)
    except (binascii.Error, ValueError):
        raise found["base64"].expected("base64") from None


def read_headers(node: Node) -> dict[str, str]:
    """Read headers by name."""
    return {name: inner.text() for name, inner in node.entries("a mapping of header names")}


def _status(node: Node, found: Mapping[str, Node]) -> Fault:
    headers = read_headers(found["headers"]) if "headers" in found else {}
    wait = found["retry_after"].number() if "retry_after" in found else None
    body = None
    if "body" in found:
        body, kind = _body(found["body"])
        if "content-type" not in map(str.lower, headers):
            headers["content-type"] = kind
    status = found["status"].whole()
    return node.made(lambda: Status(status, body, headers, wait))


def _body(node: Node) -> tuple[bytes, str]:
    """Read the body of a status, and its content type: a mapping or list is sent as JSON."""
    value = node.value
    if isinstance(value, list) or (isinstance(value, dict) and value.keys() != {"base64"}):
        return node.made(lambda: orjson.dumps(node.json())), "application/json"
    return read_bytes(node), "text/plain; charset=utf-8"


def _stall(node: Node) -> Fault:
    found = _options(node, ("after_events", "seconds"))
    seconds = found["seconds"].number() if "seconds" in found else None
    return Stall(_whole(found, "after_events") or 0, seconds)


def _disconnect(node: Node) -> Fault:
    if node.value == _BEFORE:
        return Hangup()
    if isinstance(node.value, str):
        raise node.expected(f"{_BEFORE}, or a mapping with after_events or after_bytes")
    found = _options(node, ("after_events", "after_bytes", "reset"))
    reset = found["reset"].flag() if "reset" in found else False
    events, size = _whole(found, "after_events"), _whole(found, "after_bytes")
    return Hangup(reset) if events is size is None else Disconnect(events, size, reset)


def _truncate(node: Node) -> Fault:
    found = _options(node, ("after_events", "after_bytes", "within_event"))
    within = found["within_event"].flag() if "within_event" in found else False
    return Truncate(_whole(found, "after_events"), _whole(found, "after_bytes"), within)


def _malformed(node: Node) -> Fault:
    found = _options(node, ("event", "how"))
    how = found["how"].word(HOWS) if "how" in found else "json"
    event = _whole(found, "event")
    return Malformed(1 if event is None else event, how)


def _content_length(node: Node) -> Fault:
    found = _options(node, ("off_by",))
    if "off_by" not in found:
        raise node.expected("a mapping with off_by")
    return ContentLength(found["off_by"].whole())


def _garbage(node: Node) -> Fault:
    found = _options(node, ("length", "data"))
    length = _whole(found, "length")
    data = read_bytes(found["data"]) if "data" in found else None
    return Garbage(64 if length is None else length, data)


def _rate_limit(node: Node) -> Fault:
    found = _options(node, ("requests", "per"))
    if "requests" not in found:
        raise node.expected("a mapping with requests, and perhaps per")
    per = found["per"].number() if "per" in found else 60.0
    return RateLimit(found["requests"].whole(), per)


def _options(node: Node, keys: tuple[str, ...]) -> dict[str, Node]:
    """Read the options of a fault; nothing behind its name means none."""
    return {} if node.value is None else node.mapping(keys)


def _whole(found: Mapping[str, Node], key: str) -> int | None:
    return found[key].whole() if key in found else None


_READERS: Final[Mapping[str, Callable[[Node], Fault]]] = {
    "latency": lambda node: Latency(node.number()),
    "first_token": lambda node: FirstToken(node.number()),
    "tokens_per_second": lambda node: TokensPerSecond(node.number()),
    "stall": _stall,
    "disconnect": _disconnect,
    "truncate": _truncate,
    "malformed": _malformed,
    "content_length": _content_length,
    "garbage": _garbage,
    "rate_limit": _rate_limit,
}

FAULT_NAMES: Final = ("status", *_OF_STATUS, *_READERS)
"""The keys of a `fault:`."""
