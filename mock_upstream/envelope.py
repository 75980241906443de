"""Error envelopes: the shape of an upstream's error body, apart from the rule that was met.

`openai` is OpenAI's object, `{"error": {message, type, param, code}}`;
`detail` is the one string that FastAPI-like gateways answer, `{"detail": message}`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

import orjson

from mock_upstream.verdict import ErrorReply, Violation

EnvelopeName: TypeAlias = Literal["openai", "detail"]

JSON_HEADERS = (("content-type", "application/json"),)


def _openai_body(violation: Violation) -> object:
    return {
        "error": {
            "message": violation.message,
            "type": violation.type,
            "param": violation.param,
            "code": violation.code,
        }
    }


def _detail_body(violation: Violation) -> object:
    return {"detail": violation.message}


_BODIES: Mapping[EnvelopeName, Callable[[Violation], object]] = {
    "openai": _openai_body,
    "detail": _detail_body,
}


def error_reply(envelope: EnvelopeName, violation: Violation) -> ErrorReply:
    """Write a violation in an envelope.

    The app may build a `Violation` of its own (not JSON, body too large, no such endpoint) and
    answer it in the profile's envelope: `error_reply(profile.envelope, Violation(...))`.
    """
    return ErrorReply(violation.status, JSON_HEADERS, _dump(_BODIES[envelope](violation)))


def _dump(body: object) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # a lone surrogate in a key that is quoted back: only escapes can carry it
        return json.dumps(body).encode()
