"""What an error's sentences say of fields: the kind of refusal, and the places it names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mock_upstream.field_path import Location
from mock_upstream.from_error.field_wordings import Saying, sayings
from mock_upstream.from_error.places import as_a_parameter, is_likely, of_loc, read_place
from mock_upstream.from_error.report import ErrorReport

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


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the message that another request would change, and the placeholder for it."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Said:
    """One saying that fits a sentence, and what it names."""

    kind: str
    places: tuple[Location, ...]
    groups: Mapping[str, str]
    spans: tuple[Span, ...] = field(default=())


def said_of(report: ErrorReport) -> tuple[Said, ...]:
    """Read what an error says of fields; empty where it names none."""
    return tuple(_of_details(report)) or tuple(_of_message(report))


def _of_details(report: ErrorReport) -> Iterator[Said]:
    for detail in report.details:
        place = of_loc(detail.loc)
        if place is None:
            continue
        found = next(_fitting(detail.message), None)
        kind = found.kind if found else _kind_of_code(detail.type or "") or "unknown"
        yield Said(kind, (place,), found.groups if found else {})


def _of_message(report: ErrorReport) -> Iterator[Said]:
    param = read_place(report.param or "")
    param = param if is_likely(param) else None
    every = list(_several(report.message))
    if every:
        yield from every
        return
    for found in _fitting(report.message):
        places = _joined(found, param, report.message)
        if places:
            yield Said(found.kind, places, found.groups, found.spans)
            return
    if param is not None:
        kind = _kind_of_code(f"{report.code} {report.type}") or "unknown"
        yield Said(kind, (param,), {})


def _several(message: str) -> Iterator[Said]:
    """Read a list of refusals in one message: `2 request validation errors: …; …`."""
    head, colon, rest = message.partition(" validation errors: ")
    if not colon or not head.rpartition(" ")[0].strip("0123456789 ").startswith(("request", "")):
        return
    for part in rest.split("; "):
        found = next((one for one in _fitting(part) if one.places), None)
        if found is not None:
            yield Said(found.kind, found.places, found.groups)


def _fitting(message: str) -> Iterator[Said]:
    for saying in sayings():
        found = saying.pattern.search(message)
        if found is not None:
            yield Said(
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


def _joined(said: Said, param: Location | None, message: str) -> tuple[Location, ...]:
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
