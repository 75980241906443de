"""What an error blames: the place in the request, the kind of refusal, the rule that refuses so."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mock_upstream.field_path import Location
from mock_upstream.from_error.field_wordings import Saying, sayings
from mock_upstream.from_error.places import (
    as_a_parameter,
    is_likely,
    of_loc,
    pattern_of,
    read_place,
)
from mock_upstream.from_error.report import ErrorReport
from mock_upstream.from_error.rule_wordings import CREDENTIAL, Whole, wholes
from mock_upstream.from_error.ruling import rule_for

IMPORT: Final = "import"
CREDENTIAL_KIND: Final = "credential"
OPAQUE: Final = "opaque"
LITELLM: Final = "litellm"
"""LiteLLM's own refusal of a parameter, before the handler or an upstream was asked."""

_LITELLMS_OWN: Final = "UnsupportedParamsError"

_KIND_OF_CODE: Final = (
    (re.compile(r"unknown|unsupported_param|unrecognized|extra_forbidden|additional"), "unknown"),
    (re.compile(r"missing"), "missing"),
    (re.compile(r"_above_max_(?:length|value)|too_long"), "too_long"),
    (re.compile(r"invalid_type|_type$"), "type"),
    (re.compile(r"value|literal|enum"), "value"),
)
_OF_A_MESSAGE: Final = re.compile(
    r"(?i)\b(assistant|tool|user|system)(?: tool call)? message\b|message at index"
)
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
class Span:
    """A part of the message that another request would change, and the placeholder for it."""

    start: int
    end: int
    name: str


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


@dataclass(frozen=True, slots=True)
class _Said:
    """One saying that fits a sentence, and what it names."""

    kind: str
    places: tuple[Location, ...]
    groups: Mapping[str, str]
    spans: tuple[Span, ...] = field(default=())


def blame_of(report: ErrorReport) -> Blame:
    """Say what an error blames."""
    if report.type == IMPORT:
        return Blame(IMPORT, report.message)
    if report.status in (401, 403) or (_speaks_of_a_key(report) and report.status in (None, 400)):
        return Blame(CREDENTIAL_KIND)
    said = tuple(_of_details(report))
    if not said:
        whole = _whole(report)
        if whole is not None:
            return whole
        said = tuple(_of_message(report))
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


def _blame(report: ErrorReport, said: tuple[_Said, ...]) -> Blame:
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


def _of_details(report: ErrorReport) -> Iterator[_Said]:
    for detail in report.details:
        place = of_loc(detail.loc)
        if place is None:
            continue
        found = next(_fitting(detail.message), None)
        kind = found.kind if found else _kind_of_code(detail.type or "") or "unknown"
        yield _Said(kind, (place,), found.groups if found else {})


def _of_message(report: ErrorReport) -> Iterator[_Said]:
    param = read_place(report.param or "")
    param = param if is_likely(param) else None
    every = list(_several(report.message))
    if every:
        yield from every
        return
    for found in _fitting(report.message):
        places = _joined(found, param, report.message)
        if places:
            yield _Said(found.kind, places, found.groups, found.spans)
            return
    if param is not None:
        kind = _kind_of_code(f"{report.code} {report.type}") or "unknown"
        yield _Said(kind, (param,), {})


def _several(message: str) -> Iterator[_Said]:
    """Read a list of refusals in one message: `2 request validation errors: …; …`."""
    head, colon, rest = message.partition(" validation errors: ")
    if not colon or not head.rpartition(" ")[0].strip("0123456789 ").startswith(("request", "")):
        return
    for part in rest.split("; "):
        found = next((one for one in _fitting(part) if one.places), None)
        if found is not None:
            yield _Said(found.kind, found.places, found.groups)


def _fitting(message: str) -> Iterator[_Said]:
    for saying in sayings():
        found = saying.pattern.search(message)
        if found is not None:
            yield _Said(
                saying.kind, tuple(_places(saying, found, message)), _groups(found), _spans(found)
            )


def _groups(found: re.Match[str]) -> dict[str, str]:
    return {name: text for name, text in found.groupdict().items() if text is not None}


def _spans(found: re.Match[str]) -> tuple[Span, ...]:
    names = {"place": "path", "value": "value", "length": "length"}
    given = found.groupdict()
    if given.get("places") and "," not in given["places"]:
        bare = given["places"].strip("'\"`.")
        start = found.start("places") + given["places"].index(bare)
        return (Span(start, start + len(bare), "path"),)
    return tuple(
        Span(found.start(group), found.end(group), name)
        for group, name in names.items()
        if given.get(group)
    )


def _places(saying: Saying, found: re.Match[str], message: str) -> Iterator[Location]:
    groups = _groups(found)
    texts = [groups["place"]] if "place" in groups else []
    if "places" in groups:
        texts = [one.strip(" '\"`") for one in groups["places"].split(",")]
    for text in texts:
        place = read_place(text.rstrip("."))
        if place is None or not is_likely(place):
            continue
        within = read_place(groups["within"]) if "within" in groups else None
        yield _completed(
            saying.kind, (*within, *place) if within else as_a_parameter(place), message
        )


def _completed(kind: str, place: Location, message: str) -> Location:
    """Add the key that a sentence leaves out: `tools[0]: unknown variant` is about its type."""
    if kind == "value" and (isinstance(place[-1], int) or place == ("tools",)):
        return (*place, "role" if place[0] == "messages" and len(place) == 2 else "type")  # noqa: PLR2004
    if kind == "type" and isinstance(place[-1], int) and place[0] == "messages":
        return (*place, "content")
    if len(place) == 1 and kind in ("missing", "unknown") and _OF_A_MESSAGE.search(message):
        return ("messages", 0, *place)
    return place


def _joined(said: _Said, param: Location | None, message: str) -> tuple[Location, ...]:
    """Choose between the place of the sentence and the error's `param`."""
    if param is None or len(said.places) > 1:
        return said.places
    param = _completed(said.kind, param, message)
    if not said.places:
        return (param,)
    own = said.places[0]
    if own[-1] == param[-1] or (len(own) == 1 and (own[0] in param or str(param[0]) in message)):
        return (param if len(param) >= len(own) else own,)
    return said.places


def _kind_of_code(code: str) -> str | None:
    return next((kind for pattern, kind in _KIND_OF_CODE if pattern.search(code)), None)


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
