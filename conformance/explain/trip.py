"""A client's request that makes the handler send what an upstream refuses."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from common.field_path import Every, FieldPath, FieldPathError, Index, Key
from mock_upstream import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.explain.handler_drive import HandlerDrive
    from conformance.explain.matching import Likeness
    from conformance.matrix import Api
    from conformance.scenarios import Scenario
    from mock_upstream.from_error.blame import Blame
    from mock_upstream.profile_format.profile import Profile

_TRIED: Final = (
    *("thinking-history", "tool-results-with-image", "first-turn", "plain-turn", "over-long-ids"),
    *("hosted-search", "late-system-turn", "image-and-file", "unpaired-calls", "structured-output"),
    *("tool-choice-any", "tool-choice-tool", "one-call-at-a-time", "effort-in-name", "probe-quota"),
)
"""The scenarios that differ in what an upstream may refuse, those that most refusals meet first."""

_TEXT: Final = "planted"
_WRONG: Final = {"object": {}, "array": [], "string": _TEXT, "boolean": True, "null": None}


@dataclass(frozen=True, slots=True)
class Trip:
    """A scenario, the API on which it trips the profile, and settings that it needs to do so.

    ``planted`` says that the handler sends the field only because ``settings`` make it.
    """

    scenario: Scenario
    api: Api
    settings: Mapping[str, Any] = field(default_factory=dict)
    planted: bool = False


def apis_of(blame: Blame, near: Sequence[Likeness]) -> tuple[Api, ...]:
    """Return the APIs to try, that of the nearest catalogue entry first."""
    if blame.api == "responses":
        return ("responses",)
    if blame.api == "chat" or (near and near[0].same_words and near[0].entry.api == "chat"):
        return ("chat",) if blame.api == "chat" else ("chat", "responses")
    return ("responses", "chat")


def natural_trips(
    drive: HandlerDrive, profile: Profile, apis: Sequence[Api], scenarios: Sequence[Scenario] = ()
) -> Iterator[Trip]:
    """Yield the requests of which the handler makes what the profile refuses, unasked."""
    session = Session(profile, auth="off")
    for scenario in scenarios or _ordered(drive.scenarios):
        for api in apis:
            payload = drive.plain(scenario, api).payload
            if payload is not None and not session.judge(api, payload, {}).accepted:
                yield Trip(scenario, api)
    yield from _streaming(drive, session, apis, _ordered(scenarios or drive.scenarios)[0])


def _streaming(
    drive: HandlerDrive, session: Session, apis: Sequence[Api], scenario: Scenario
) -> Iterator[Trip]:
    """Yield a stream that trips: it has fields of its own."""
    for api in apis:
        payload = drive.plain(scenario, api, stream=True).payload
        if payload is not None and not session.judge(api, payload, {}).accepted:
            yield Trip(scenario, api, {"stream": True})


def planted_trips(
    drive: HandlerDrive, profile: Profile, apis: Sequence[Api], blame: Blame
) -> Iterator[Trip]:
    """Yield requests into which ``extra_body`` puts what the profile refuses."""
    session = Session(profile, auth="off")
    for rule in blame.rules:
        path = _path(rule)
        if path is None:
            continue
        for scenario in _ordered(drive.scenarios):
            for api in apis:
                payload = drive.plain(scenario, api).payload
                extra = None if payload is None else _planted(payload, path, rule)
                if payload is None or extra is None:
                    continue
                if not session.judge(api, {**payload, **extra}, {}).accepted:
                    yield Trip(scenario, api, {"extra_body": extra}, planted=True)
                    return


def holds(payload: Mapping[str, Any], blame: Blame) -> bool:
    """Say whether a payload has the field that was refused, or what stands around it."""
    return any(_parsed(path) is not None and _parsed(path).find(payload) for path in blame.paths)  # type: ignore[union-attr]  # asked before


def _ordered(scenarios: Sequence[Scenario]) -> list[Scenario]:
    by_name = {one.name: one for one in scenarios}
    return [by_name[name] for name in _TRIED if name in by_name] or list(scenarios)


def _path(rule: Mapping[str, Any]) -> FieldPath | None:
    text = next((value for value in rule.values() if isinstance(value, str)), "")
    path = _parsed(text)
    if path is None or "sequence" in rule or "tool_schema" in rule or "require" in rule:
        return None
    simple = all(isinstance(step, Key | Every | Index) for step in path.steps)
    return path if simple and "header" not in rule and "endpoint" not in rule else None


def _parsed(text: str) -> FieldPath | None:
    try:
        return FieldPath.parse(text) if text else None
    except FieldPathError:
        return None


def _planted(
    payload: Mapping[str, Any], path: FieldPath, rule: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the top-level field with the refused value in it; None where there is no room."""
    first, *rest = path.steps
    if not isinstance(first, Key) or first.name in ("model", "stream", "stream_options"):
        return None
    value = _refused(rule)
    if not rest:
        if first.name in ("input", "messages"):
            return None
        return {first.name: value}
    top = copy.deepcopy(payload.get(first.name))
    return {first.name: top} if (top := _put(top, rest, value)) is not None else None


def _put(value: Any, steps: Sequence[Any], planted: Any) -> Any:
    """Put a value where the steps lead, at the first place where they can; None where nowhere."""
    step, *rest = steps
    if isinstance(step, Key):
        holder = {} if value is None else value
        if not isinstance(holder, dict):
            return None
        inner = planted if not rest else _put(holder.get(step.name), rest, planted)
        return None if inner is None and rest else {**holder, step.name: inner}
    if not isinstance(value, list):
        return None
    for index, element in enumerate(value):
        inner = planted if not rest else _put(element, rest, planted)
        if inner is not None or not rest:
            return [*value[:index], inner, *value[index + 1 :]]
    return None


def _refused(rule: Mapping[str, Any]) -> Any:
    """Return a value that the rule refuses."""
    kind = next(iter(rule))
    over, under = rule.get("max", 0) + 1, max(0, rule.get("min", 1) - 1)
    size = over if "max" in rule else under
    made: dict[str, Callable[[], Any]] = {
        "range": lambda: over if "max" in rule else rule["min"] - 1,
        "length": lambda: "x" * size,
        "items": lambda: [_TEXT] * size,
        "properties": lambda: {f"key{number}": _TEXT for number in range(over)},
        "enum": lambda: rule["refused"][0] if "refused" in rule else _other(rule["allowed"]),
        "type": lambda: next((v for k, v in _WRONG.items() if k not in rule["allowed"]), _TEXT),
        "pattern": lambda: "-- planted --",
    }
    return made[kind]() if kind in made else _TEXT


def _other(allowed: Sequence[Any]) -> Any:
    return not allowed[0] if isinstance(allowed[0], bool) else _TEXT
