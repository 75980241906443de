"""Server-sent events, as OpenAI writes them."""

import orjson

DONE = b"data: [DONE]\n\n"
"""The end mark of a Chat Completions stream."""


def data_event(value: object) -> bytes:
    """Write an event without a name, as Chat Completions streams it."""
    return b"data: " + orjson.dumps(value) + b"\n\n"


def named_event(name: str, value: object) -> bytes:
    """Write an event with its name, as the Responses API streams it."""
    return b"event: " + name.encode("ascii") + b"\ndata: " + orjson.dumps(value) + b"\n\n"
