"""Puts a refusal that was seen into rules of a profile: candidates, the widest first.

Nothing is guessed: a rule looks at the place that the upstream blamed, and says its words. Whether
it holds for all that was recorded, the caller finds out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from mock_upstream.field_path import Location, render
from mock_upstream.journal import JournalEntry
from mock_upstream.journal.response import Response
from mock_upstream.recording.blame import Refused, value_at
from mock_upstream.verdict import Api, Payload
from mock_upstream.wordings.envelope import ENVELOPES

Rule = dict[str, Any]

_VALUE: Final = re.compile(
    r"(?i)\bvalues?\b|must be|\bexpected|one of|invalid type|does not exist|not found"
    r"|at (?:most|least)"
)
_UNKNOWN: Final = re.compile(
    r"(?i)unknown|unsupported|unrecogni[sz]ed|unexpected|not permitted|not allowed|not supported"
    r"|extra inputs|extra fields|additional propert|does not support|no such (?:field|parameter)"
)
_MISSING: Final = re.compile(r"(?i)missing|required|must (?:provide|be provided|be set)")
_FIELDS: Final = ("type", "param", "code")
_LONGEST_VALUE: Final = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """A refusal that was recorded: the exchange, and what its body says."""

    entry: JournalEntry
    response: Response
    api: Api
    payload: Payload
    refused: Refused


def candidates(seen: Seen) -> Iterator[Rule]:
    """Yield rules that would refuse the request in the upstream's words."""
    place = seen.refused.place
    if place is None:
        return
    for kind in _kinds(seen, place):
        wide = "".join(_wide(place))
        for path in dict.fromkeys((wide, render(place))):
            error = error_of(seen, place if path != render(place) else None)
            if error is None:
                continue
            rule = _rule(seen, {**kind, next(iter(kind)): path}, error)
            yield rule
            model = seen.payload.get("model")
            if isinstance(model, str) and place != ("model",):
                yield {**rule, "when": {"model": f"^{re.escape(model)}$"}}


def closed_endpoint(seen: Seen) -> Rule | None:
    """Give the rule by which an upstream refuses all requests to an API."""
    error = error_of(seen, None)
    path = "/v1/responses" if seen.api == "responses" else "/v1/chat/completions"
    return None if error is None else _rule(seen, {"endpoint": path}, error)


def error_of(seen: Seen, place: Location | None) -> dict[str, Any] | None:
    """Write the refusal's words; `place` is written as the placeholder `{path}`."""
    error = worded(seen.refused, seen.response.header("content-type") or "", place)
    return None if error is None else {"status": seen.response.status, **error}


def worded(refused: Refused, kind: str, place: Location | None) -> dict[str, Any] | None:
    """Write words and envelope of a refusal, whose content type is `kind`.

    `place` is written as the placeholder `{path}`. None for what no envelope writes.
    """
    shape = _shape(refused, kind)
    if shape is None:
        return None
    error, envelope = shape
    texts = {name: _templated(value, place) for name, value in error.items()}
    return {**texts, "envelope": envelope}


def _rule(seen: Seen, kind: Rule, error: dict[str, Any]) -> Rule:
    entry = seen.entry
    return {
        "id": _id(kind),
        "api": seen.api,
        **kind,
        "error": error,
        "source": [f"this recording, request {entry.number}"],
        "observed": datetime.fromtimestamp(entry.time, UTC).date(),
        "note": "A draft: seen in this recording alone.",
    }


def _id(kind: Rule) -> str:
    what, path = next(iter(kind.items()))
    words = re.sub(r"[^A-Za-z0-9_]+", "-", str(path)).strip("-")
    return f"{what}-{words}"[:80]


def _kinds(seen: Seen, place: Location) -> Iterator[Rule]:
    """Yield kinds of rule, their path left open, that fit what the message says."""
    message = seen.refused.message
    if not seen.refused.there:
        if _MISSING.search(message):
            yield {"require": ""}
        return
    if _UNKNOWN.search(message) and not _VALUE.search(message):
        yield {"forbid": ""}
    value = value_at(seen.payload, place)
    plain = isinstance(value, bool | int | float | str)
    if plain and len(str(value)) <= _LONGEST_VALUE:
        yield {"enum": "", "refused": [value]}


def _wide(place: Location) -> Iterator[str]:
    """Write a place with every index open."""
    before = ""
    for at in range(1, len(place) + 1):
        text = render(place[:at])
        yield "[*]" if isinstance(place[at - 1], int) else text[len(before) :]
        before = text


def _shape(refused: Refused, kind: str) -> tuple[dict[str, Any], Any] | None:
    """Take a body apart into the words and the envelope; None for what no envelope writes."""
    message = _escaped(refused.message)
    if refused.body is None:
        if "json" in kind or "event-stream" in kind or not kind:
            return None
        return {"message": message}, {"body": "{message}", "content_type": kind}
    for name, envelope in ENVELOPES.items():
        found = _named(envelope.body, refused)
        if found is not None:
            own = {"body": envelope.body, "content_type": kind}
            return found, name if kind == "application/json" else own
    custom = {"body": _literal(refused.body, refused.message)}
    if kind != "application/json":
        if "json" not in kind:
            return None
        custom["content_type"] = kind
    return {"message": message or "refused"}, custom


def _named(shape: Any, refused: Refused) -> dict[str, Any] | None:
    """Read the words of a body that has the shape of a named envelope, key by key."""
    found: dict[str, Any] = {}
    waiting = [(shape, refused.body)]
    while waiting:
        template, value = waiting.pop()
        if isinstance(template, dict):
            if not isinstance(value, dict) or list(value) != list(template):
                return None
            waiting += [(template[key], value[key]) for key in template]
        elif isinstance(template, str) and template.startswith("{"):
            name = template[1:-1]
            if name == "message" and not isinstance(value, str):
                return None
            if name in ("type", "code") and isinstance(value, bool | float | list | dict):
                return None
            found[name] = _literal(value, None)
        elif template != value:
            return None
    return {name: found[name] for name in ("message", *_FIELDS) if name in found}


def _literal(value: Any, message: str | None) -> Any:
    """Write a value so that an envelope says it as it is, the message in its place."""
    if isinstance(value, str):
        return "{message}" if message and value == message else _escaped(value)
    if isinstance(value, dict):
        return {key: _literal(inner, message) for key, inner in value.items()}
    if isinstance(value, list):
        return [_literal(inner, message) for inner in value]
    return value


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _templated(value: Any, place: Location | None) -> Any:
    if place is None or not isinstance(value, str):
        return value
    return value.replace(_escaped(render(place)), "{path}")
