"""Predictions: what each profile must answer to a payload, told without the mock's own code.

A prediction reads the payload and the profile's raw YAML (`conformance.profile_reading`), and for
OpenAI's closed schema what is written down by hand (`conformance.declared_keys`,
`conformance.declared_limits`), so that a mistake in the rules, the engine or the handler shows as a
difference. The words of a refusal are predicted where a sentence says them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from common.field_path import FieldPath, Location
from conformance.declared_keys import undeclared
from conformance.declared_limits import LIMITS, LONGEST_METADATA
from conformance.profile_reading import read_profile
from conformance.rule_reading import first_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.matrix import Api
    from conformance.profile_reading import ProfileText, Rule

ANY_BODY: Final = object()
"""The body of a refusal whose words nobody wrote down."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A status, the rule that refuses (empty if none does), and the error body, None if none."""

    status: int
    rule: str = ""
    body: Any = None

    def is_met_by(self, status: int, rule: str, body: Any) -> bool:
        """Whether an answer is the predicted one."""
        return (status, rule) == (self.status, self.rule) and self.body in (ANY_BODY, body)

    def __str__(self) -> str:
        body = "" if self.body is ANY_BODY or self.body is None else str(self.body)
        return f"{self.status} {self.rule} {body}".rstrip()


ACCEPTED: Final = Prediction(200)


def predict(
    profile: str, api: Api, payload: Any, headers: Mapping[str, str] | None = None
) -> Prediction:
    """Return what ``profile`` must answer to ``payload``, sent with ``headers`` besides a key.

    Raises `CannotTellError` where a rule cannot be read so.
    """
    text = read_profile(profile)
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    rules = text.rules_for(api)
    for rule in rules:
        if "header" in rule and not _has_header(rule, lowered):
            return _refused(text, rule, ())
    met = list(_met(rules, api, payload, lowered))
    named = {place for _, place in met}
    faults = [
        (kind, place)
        for kind, place in (*_undeclared(text, api, payload), *_beyond(text, api, payload))
        if place not in named
    ]
    faults.sort(key=lambda fault: _position(payload, fault[1]))
    worded = [(_wording(rules, *fault, payload, lowered), fault[1]) for fault in faults[:1]]
    first = next(iter(_ordered(text, payload, met, worded)), None)
    return ACCEPTED if first is None else _refused(text, *first)


Told = tuple["Rule", Location]


def _met(
    rules: Iterable[Rule], api: Api, payload: Any, headers: Mapping[str, str]
) -> Iterator[Told]:
    for rule in rules:
        if not {"header", "endpoint", "fault"} & rule.keys():
            place = first_place(rule, api, payload, headers)
            if place is not None:
                yield rule, place


Fault = tuple[str, Location]
"""What the closed schema is missed by: a kind of fault, and its place."""


def _undeclared(text: ProfileText, api: Api, payload: Any) -> Iterator[Fault]:
    policy = text.unknown(api)
    if policy in ("reject", "top"):
        allowed = [FieldPath.parse(path) for path in text.keys.get("allow", ())]
        welcome = {place for path in allowed for place in path.find(payload)}
        for place in undeclared(api, payload, top_alone=policy == "top"):
            if place not in welcome:
                yield "unknown", place


def _beyond(text: ProfileText, api: Api, payload: Any) -> Iterator[Fault]:
    if text.keys.get("schema") != "openai":
        return
    for kind, limit in LIMITS[api]:
        place = first_place(limit, api, payload, {})
        if place is not None:
            yield kind, place
    for key, value in (payload.get("metadata") or {}).items():
        if len(str(value)) > LONGEST_METADATA:
            yield "too_long", ("metadata", key)


def _wording(
    rules: Iterable[Rule], kind: str, place: Location, payload: Any, headers: Mapping[str, str]
) -> Rule:
    """Return the first rule that words such a fault at ``place``."""
    for rule in rules:
        if rule.get("fault") in (kind, "any"):
            fits = "at" not in rule or _lies_in(place, rule["at"], payload)
            asked = {"always": True, "when": rule.get("when", {})}
            asks = first_place(asked, "chat", payload, headers) is not None
            if fits and asks and not (rule.get("top") and len(place) > 1):
                return rule
    return {"id": f"schema-{kind.replace('_', '-')}"}


def _lies_in(place: Location, path: str, payload: Any) -> bool:
    """Whether ``place`` is one that ``path`` names, or below one; it may be of what is missing."""
    return place == (path,) or any(
        place[: len(found)] == found for found in FieldPath.parse(path).find(payload)
    )


def _ordered(text: ProfileText, payload: Any, rules: list[Told], schema: list[Told]) -> list[Told]:
    match text.keys.get("precedence", "schema-first"):
        case "document":
            return sorted([*rules, *schema], key=lambda told: _position(payload, told[1]))
        case "rules-first":
            return [*rules, *schema]
    return [*schema, *rules]


def _position(payload: Any, place: Location) -> list[int]:
    """Number a place by where it stands; what is not there stands last."""
    numbers: list[int] = []
    for step in place:
        if isinstance(payload, dict):
            keys = list(payload)
            numbers.append(keys.index(str(step)) if step in payload else len(keys))
            payload = payload.get(str(step))
        elif isinstance(payload, list) and isinstance(step, int):
            numbers.append(step)
            payload = payload[step]
    return numbers


def _has_header(rule: Rule, headers: Mapping[str, str]) -> bool:
    value = headers.get(rule["header"].lower(), "")
    return bool(value) and bool(re.search(rule.get("regex", ""), value))


def _refused(text: ProfileText, rule: Rule, place: Location) -> Prediction:
    words = _WORDS.get((text.name, rule["id"]))
    body = ANY_BODY if words is None else words(place)
    return Prediction(text.status_of(rule), rule["id"], body)


def _unknown_parameter(place: Location) -> Any:
    """OpenAI names the parameter by its full path."""
    name = str(place[0])
    name += "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place[1:])
    return {
        "error": {
            "message": f"Unknown parameter: '{name}'.",
            "type": "invalid_request_error",
            "param": name,
            "code": "unknown_parameter",
        }
    }


def _unsupported_parameter(place: Location) -> Any:
    """The gateway names the last key alone."""
    return {"detail": f"Unsupported parameter: {place[-1]}"}


_WORDS: Final = {
    ("openai", "unknown-parameter"): _unknown_parameter,
    ("gateway", "gateway-metadata"): _unsupported_parameter,
    ("gateway", "gateway-thinking-blocks"): _unsupported_parameter,
}
"""The bodies that are written down here, by profile and rule."""
