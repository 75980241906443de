"""Settings that may cure a refusal: the registries asked for what they say of it, likeliest first.

A candidate is a guess until the handler was driven with it; `conformance.explain.proof` does that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.adaptations import ADAPTATIONS, adapted
from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.keep_fields import KEPT_FIELDS
from common.field_path import FieldPath, FieldPathError, Key
from conformance.upstream_settings import recommended_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.matrix import Api
    from mock_upstream import Session
    from mock_upstream.from_error.blame import Blame
    from mock_upstream.from_error.report import ErrorReport

Settings = dict[str, Any]

_DROPPABLE: Final = frozenset(
    {
        "unknown",
        "value",
        "type",
        "above",
        "below",
        "too_long",
        "too_many",
        "items",
        "too_short",
        "pattern",
        "needs",
        "conflict",
        "whole",
    }
)
_LOAD_BEARING: Final = frozenset(
    (
        "tools",
        "call_id",
        "tool_call_id",
        "tool_calls",
        "arguments",
        "output",
        "name",
        "description",
        "content",
        "role",
        "type",
        "text",
        "parameters",
        "function",
        "input",
        "messages",
    )
)
"""Without these Claude Code cannot work: to drop one is no cure, whatever is then answered."""

_HOSTED: Final = ("web_search", "web_search_preview")
_NEUTRAL: Final[Mapping[str, Any]] = {"instructions": "You are a coding agent.", "store": False}
_YOUR_OWN: Final = "a value of your own"
_HEADERS: Final[Mapping[str, str]] = {"Editor-Version": "vscode/1.104.0"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Settings that may help, and why they are thought of."""

    settings: Settings
    why: str


def candidates(
    report: ErrorReport, blame: Blame, api: Api, known: Sequence[str], profile: str | None
) -> Iterator[Candidate]:
    """Yield candidates for a refusal on ``api``, each once.

    ``known`` are the catalogue entries that it is like, ``profile`` the shipped profile of the
    nearest.
    """
    seen: list[Settings] = []
    for one in _candidates(report, blame, api, known, profile):
        if one.settings and one.settings not in seen:
            seen.append(one.settings)
            yield one


def _candidates(
    report: ErrorReport, blame: Blame, api: Api, known: Sequence[str], profile: str | None
) -> Iterator[Candidate]:
    paths = [path for path in map(parsed, _paths(blame, api)) if path is not None]
    yield from _flags(paths, api)
    yield from _adaptations(report, api, known)
    yield from _limits(blame)
    yield from _added(blame)
    yield from _kept(paths, api)
    yield from _dropped(blame, paths)
    yield from _other_api(report, api)
    if profile is not None:
        settings = dict(recommended_settings(profile, api))
        yield Candidate(settings, f"what the profile {profile} recommends")


def registered(
    session: Session, api: Api, payload: Mapping[str, Any] | None
) -> Iterator[Candidate]:
    """Yield each adaptation that makes of a payload one that the session's profile takes."""
    for row in ADAPTATIONS:
        if row.api == api and payload is not None:
            changed = adapted(dict(payload), api, [row.name])
            if session.judge(api, changed, {}).accepted:
                yield Candidate({row.name: True}, row.why)


def parsed(text: str) -> FieldPath | None:
    """Read a field path; None for what is none."""
    try:
        return FieldPath.parse(text)
    except FieldPathError:
        return None


def _paths(blame: Blame, api: Api) -> list[str]:
    other = "messages" if api == "responses" else "input"
    return [path for path in blame.paths if not path.startswith(other)]


def _flags(paths: Sequence[FieldPath], api: Api) -> Iterator[Candidate]:
    found = [
        flag
        for flag in DROP_FLAGS
        if flag.api == api and any(_within(str(path), str(flag.path)) for path in paths)
    ]
    if found:
        names = {flag.name: True for flag in found}
        yield Candidate(names, "; ".join(flag.why for flag in found))


def _within(path: str, field: str) -> bool:
    return path == field or path.startswith((f"{field}.", f"{field}["))


def _adaptations(report: ErrorReport, api: Api, known: Sequence[str]) -> Iterator[Candidate]:
    said = f"{report.message}\n{report.param or ''}"
    worded = [
        row
        for row in ADAPTATIONS
        if row.api == api and row.refusal and re.search(row.refusal, said, re.IGNORECASE)
    ]
    alike = [row for row in ADAPTATIONS if row.api == api and set(row.source) & set(known)]
    for row in dict.fromkeys((*worded, *alike)):
        yield Candidate({row.name: True}, row.why)
        if row.name == "fill_reasoning_content_chat_api":
            kept = {"keep_fields": ["messages[*].reasoning_content"], row.name: True}
            yield Candidate(kept, row.why)


def _limits(blame: Blame) -> Iterator[Candidate]:
    """A number of the request's own that is over or under a bound is set to the bound."""
    for rule in blame.rules:
        name = rule.get("range")
        if isinstance(name, str) and name.isidentifier():
            bound = rule.get("max", rule.get("min"))
            yield Candidate({"extra_body": {name: bound}}, f"{name} is set to the bound itself")


def _added(blame: Blame) -> Iterator[Candidate]:
    """What is missing, or must have one value, is laid over the payload."""
    for rule in blame.rules:
        name = rule.get("enum", rule.get("require"))
        if isinstance(name, str) and name.isidentifier():
            allowed = rule.get("allowed") or []
            if len(allowed) == 1:
                yield Candidate({"extra_body": {name: allowed[0]}}, f"the settings say {name}")
            elif "require" in rule and name not in _LOAD_BEARING:
                value = _NEUTRAL.get(name, _YOUR_OWN)
                why = f"the settings can add {name}: put in what this upstream wants there"
                yield Candidate({"extra_body": {name: value}}, why)
        header = rule.get("header")
        if isinstance(header, str):
            value = _HEADERS.get(header, "claude-code")
            yield Candidate({"extra_headers": {header: value}}, "the settings can add a header")


def _kept(paths: Sequence[FieldPath], api: Api) -> Iterator[Candidate]:
    names = [
        str(path) for path in paths if any(str(path) == str(kept.path) for kept in KEPT_FIELDS)
    ]
    if names and api == "chat":
        yield Candidate({"keep_fields": names}, "the handler sends it where it is asked to")


def _dropped(blame: Blame, paths: Sequence[FieldPath]) -> Iterator[Candidate]:
    if blame.kind not in _DROPPABLE:
        return
    fields = [str(path) for path in _droppable(blame, paths)]
    if fields:
        yield Candidate({"drop_fields": fields}, "the field is left out")
    parents = [path for path in map(_parent, paths) if path is not None]
    if parents:
        yield Candidate(
            {"drop_fields": list(dict.fromkeys(map(str, parents)))},
            "what holds the field is left out",
        )


def _droppable(blame: Blame, paths: Sequence[FieldPath]) -> Iterator[FieldPath]:
    """Yield what may go; of a refused hosted tool the whole tool."""
    for path in paths:
        if str(path) == "tools[*].type":
            for word in _refused_tools(blame):
                yield FieldPath.parse(f"tools[?type={word}]")
        elif _may_go(path):
            yield path


def _refused_tools(blame: Blame) -> Iterator[str]:
    for rule in blame.rules:
        yield from rule.get("refused", ())
        if "allowed" in rule:
            yield from (word for word in _HOSTED if word not in rule["allowed"])


def _may_go(path: FieldPath) -> bool:
    last = path.steps[-1]
    within = len(path.steps) > 1 and str(path.steps[0]) == ".tool_choice"
    return within or not (isinstance(last, Key) and last.name in _LOAD_BEARING)


def _parent(path: FieldPath) -> FieldPath | None:
    """Return what holds a field, if that is a parameter of its own."""
    first = path.steps[0]
    if len(path.steps) == 1 or not isinstance(first, Key) or first.name in _LOAD_BEARING:
        return None
    return FieldPath(path.steps[:-1])


def _other_api(report: ErrorReport, api: Api) -> Iterator[Candidate]:
    said = report.message.lower()
    if api == "chat" and re.search(
        r"use /?v1/responses|chat/completions endpoint|only supported in v1/responses", said
    ):
        yield Candidate({"use_responses_api": True}, "the upstream wants the Responses API")
    gone = "responses" in said and re.search(
        r"not found|no such|unknown (?:url|path)|not supported", said
    )
    if api == "responses" and (gone or report.status == 404):  # noqa: PLR2004 -- HTTP's Not Found
        yield Candidate({"use_responses_api": False}, "the upstream has Chat Completions alone")
