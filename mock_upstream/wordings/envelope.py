"""Error envelopes: the shape of an upstream's error body, apart from the rule that was met.

An envelope is a JSON value with placeholders, so that one mechanism writes every vendor's body:
OpenAI's object, a flat object, a string, a list, a plain text. The common ones have names.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, TypeAlias

import orjson

from mock_upstream.nearest import nearest
from mock_upstream.part import After, Before, JsonValue, Part
from mock_upstream.verdict import ErrorReply, Violation
from mock_upstream.wordings import minted
from mock_upstream.wordings.template import (
    PLACEHOLDERS,
    SHAPE_PLACEHOLDERS,
    check_shape,
    check_template,
    fill,
    fill_shape,
)

_EVENT_STREAM = "text/event-stream"
_LONGEST_LIST = 1000
"""Refusals that one body lists at most."""

_KNOWN: Final = {**SHAPE_PLACEHOLDERS, **PLACEHOLDERS}
Shape = Annotated[JsonValue, After(lambda value: check_shape(value, _KNOWN))]
ShapeText = Annotated[str, After(lambda text: check_template(text, _KNOWN))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected(Part):
    """How an envelope reports all refusals at once, instead of the first alone.

    `{message}` becomes `one`, or with several refusals `many`; `{errors}` lists them by `item`.
    """

    item: Shape = "{message}"
    separator: str = "; "
    one: ShapeText = "{messages}"
    many: ShapeText = "{messages}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(Part):
    """The shape of an error: its body, content type and headers.

    A `body` that is a string and has a `content_type` other than JSON goes out as that text. With
    `event` the reply is a stream that begins well, with status 200, and holds the body as an event
    of that name. With `collect` all refusals that share the envelope are told, not the first alone.
    """

    body: Shape
    content_type: str = "application/json"
    headers: dict[str, ShapeText] = field(default_factory=dict)
    event: str | None = None
    collect: Collected | None = None


ENVELOPES: Final[Mapping[str, Envelope]] = {
    "openai": Envelope(
        body={
            "error": {
                "message": "{message}",
                "type": "{type}",
                "param": "{param}",
                "code": "{code}",
            }
        }
    ),
    "flat": Envelope(
        body={
            "object": "error",
            "message": "{message}",
            "type": "{type}",
            "param": "{param}",
            "code": "{code}",
        }
    ),
    "string": Envelope(body={"error": "{message}"}),
    "message": Envelope(body={"message": "{message}"}),
    "detail": Envelope(body={"detail": "{message}"}),
    "text": Envelope(body="{message}", content_type="text/plain; charset=utf-8"),
}
"""The envelopes that have names."""


def _named(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in ENVELOPES:
        names = ", ".join(map(repr, ENVELOPES))
        raise ValueError(
            f"received {value!r}; expected {names}, or a mapping with a body"
            f"{nearest(value, ENVELOPES)}"
        )
    return ENVELOPES[value]


EnvelopeField: TypeAlias = Annotated[Envelope, Before(_named, shown=str | Envelope)]
"""An envelope in a profile: one of `ENVELOPES` by name, or a shape of its own."""


def error_reply(
    envelope: Envelope, violation: Violation, others: Sequence[Violation] = ()
) -> ErrorReply:
    """Write a violation in an envelope; `others` are told with it where the envelope collects.

    The app may build a `Violation` of its own (not JSON, body too large, no such endpoint) and
    answer it in the profile's envelope: `error_reply(profile.envelope, Violation(...))`.
    """
    values = _values(violation)
    if envelope.collect is not None:
        values |= _collected(envelope.collect, (violation, *others)[:_LONGEST_LIST])
    body = fill_shape(envelope.body, values)
    headers = tuple((name, fill(text, values)) for name, text in envelope.headers.items())
    if envelope.event is not None:
        data = b"event: %b\ndata: %b\n\n" % (envelope.event.encode(), _dump(body))
        return ErrorReply(200, (("content-type", _EVENT_STREAM), *headers), data)
    content_type = ("content-type", envelope.content_type)
    if isinstance(body, str) and "json" not in envelope.content_type:
        return ErrorReply(violation.status, (content_type, *headers), body.encode(errors="replace"))
    return ErrorReply(violation.status, (content_type, *headers), _dump(body))


_NO_PLACE: Final[Mapping[str, object]] = {
    **dict.fromkeys(PLACEHOLDERS, ""),
    "loc": ("body",),
    "loc_repr": "('body',)",
    "input": None,
    "input_repr": "None",
    "count": 1,
}
"""What an envelope shows of a refusal that is about no field: a bad key, path, or body."""


def _values(violation: Violation) -> dict[str, object]:
    return {
        **_NO_PLACE,
        "request_id": minted.request_id(violation.rule),
        "uuid": minted.request_uuid(violation.rule),
        "time": minted.TIME,
        **violation.values,
        "message": violation.message,
        "messages": violation.message,
        "errors": [],
        "type": violation.type,
        "param": violation.param,
        "code": violation.code,
        "status": violation.status,
        "rule": violation.rule,
    }


def _collected(collect: Collected, violations: Sequence[Violation]) -> dict[str, object]:
    told = [_values(violation) for violation in violations]
    values: dict[str, object] = {
        "errors": [fill_shape(collect.item, one) for one in told],
        "messages": collect.separator.join(violation.message for violation in violations),
        "count": len(violations),
    }
    line = collect.one if len(violations) == 1 else collect.many
    return values | {"message": fill(line, told[0] | values)}


def _dump(body: object) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # a lone surrogate in a key that is quoted back: only escapes can carry it
        return json.dumps(body).encode()
