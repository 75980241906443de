"""What an error blames: the place in the request, the kind of refusal, the rule that refuses so."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from mock_upstream.field_path import Location
from mock_upstream.from_error.places import (
    pattern_of,
    read_place,
)
from mock_upstream.from_error.report import ErrorReport
from mock_upstream.from_error.rule_wordings import CREDENTIAL, Whole, wholes
from mock_upstream.from_error.ruling import rule_for
from mock_upstream.from_error.sentences import Said, Span, said_of

IMPORT: Final = "import"
CREDENTIAL_KIND: Final = "credential"
OPAQUE: Final = "opaque"
LITELLM: Final = "litellm"
"""LiteLLM's own refusal of a parameter, before the handler or an upstream was asked."""

_LITELLMS_OWN: Final = "UnsupportedParamsError"

_ONLY_RESPONSES: Final = frozenset(
    [
        "input",
        "instructions",
        "include",
        "max_output_tokens",
        "reasoning",
        "text",
        "previous_response_id",
        "truncation",
        "background",
        "conversation",
        "context_management",
    ]
)
_ONLY_CHAT: Final = frozenset(
    [
        "messages",
        "max_tokens",
        "max_completion_tokens",
        "stream_options",
        "reasoning_effort",
        "response_format",
        "n",
        "frequency_penalty",
        "presence_penalty",
        "logit_bias",
        "stop",
        "seed",
        "functions",
        "function_call",
    ]
)
_HOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "thinking_blocks": ("input", "messages"),
    "content": ("messages", "input"),
    "role": ("messages", "input"),
    "reasoning_content": ("messages", "input"),
    "tool_calls": ("messages",),
    "tool_call_id": ("messages",),
    "call_id": ("input",),
}
"""Names that stand in turns and not at the top, where an upstream says no more than the name."""


@dataclass(frozen=True, slots=True)
class Blame:
    """What was refused. `kind` is a kind of `field_wordings`, `whole` for the request as a whole
    (`name` says what of it), `credential`, `import`, `litellm`, or `opaque`: it names nothing.

    `places` are concrete as the error has them, `paths` the same with every index open. `rules` say
    it in a profile's words, one a path; `spans` are what varies in the message.
    """

    kind: str
    name: str = ""
    api: str = "both"
    places: tuple[Location, ...] = ()
    paths: tuple[str, ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def path(self) -> str:
        """The first path, empty without one."""
        return self.paths[0] if self.paths else ""


def blame_of(report: ErrorReport) -> Blame:
    """Say what an error blames."""
    if report.type == IMPORT:
        return Blame(IMPORT, report.message)
    if report.status in (401, 403) or (_speaks_of_a_key(report) and report.status in (None, 400)):
        return Blame(CREDENTIAL_KIND)
    whole = None if report.details else _whole(report)
    if whole is not None:
        return whole
    said = said_of(report)
    told = _blame(report, said) if said else Blame(OPAQUE, api=report.api or "both")
    if any(name.endswith(_LITELLMS_OWN) for name in report.wrapping):
        return replace(told, kind=LITELLM, rules=())
    return told


def says_a_refusal(text: str) -> bool:
    """Say whether a plain sentence sounds like an upstream's refusal."""
    report = ErrorReport(text)
    return blame_of(report).kind != OPAQUE


def _speaks_of_a_key(report: ErrorReport) -> bool:
    said = f"{report.code or ''} {report.type or ''} {report.message}"
    return CREDENTIAL.search(said) is not None and not report.param


def _blame(report: ErrorReport, said: tuple[Said, ...]) -> Blame:
    pairs = [
        (one, full) for one in said for place in one.places for full in _in_full(place, report.api)
    ]
    rules = [(pattern_of(place), rule_for(one.kind, place, one.groups)) for one, place in pairs]
    distinct = dict(reversed(rules))
    first = said[0]
    places = tuple(place for _, place in pairs)
    return Blame(
        kind=first.kind,
        api=report.api or ("both" if len(places) > 1 else _api(first.kind, places)),
        places=places,
        paths=tuple(reversed(distinct)),
        rules=tuple(reversed(distinct.values())),
        spans=first.spans,
    )


def _in_full(place: Location, api: str | None) -> Iterator[Location]:
    """Give the places of a name that stands within the turns of a conversation."""
    name = place[0]
    holders = _HOLDERS.get(str(name), ()) if len(place) == 1 else ()
    known = [
        holder for holder in holders if api is None or (holder == "messages") == (api == "chat")
    ]
    if known:
        yield from ((holder, 0, name) for holder in known)
    else:
        yield place


def _whole(report: ErrorReport) -> Blame | None:
    said = report.message
    if report.param and " " in report.param:  # a sentence, where some put what they have to say
        said = f"{said}\n{report.param}"
    for row in wholes():
        found = row.pattern.search(said)
        if found is not None:
            return _of_row(row, found, report)
    return None


def _of_row(row: Whole, found: re.Match[str], report: ErrorReport) -> Blame:
    rule = row.ruled(found)
    api = report.api or row.api
    if row.place.startswith("messages") and api == "responses":
        api = row.api
    path = row.place
    if path == "input" and api == "chat":
        path = "messages"
    place = read_place(report.param or "")
    return Blame(
        kind="whole",
        name=row.name,
        api=api,
        places=(place,) if place else (),
        paths=(path,) if path else (),
        rules=(rule,),
    )


def _api(kind: str, places: tuple[Location, ...]) -> str:
    """Name the API that alone has such a field; one that is unknown may be the other's."""
    for place in places:
        first = str(place[0])
        if kind == "unknown" and len(place) == 1:
            return {"messages": "responses", "input": "chat"}.get(first, "both")
        if first in _ONLY_RESPONSES:
            return "responses"
        if first in _ONLY_CHAT or "function" in place:
            return "chat"
    return "both"
