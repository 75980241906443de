"""Finds the errors in a text, each once, the innermost of what is wrapped in one another."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from mock_upstream.from_error.bodies import details_of, listed, read_body, wrapped_body
from mock_upstream.from_error.json_spans import Span, mended, spans
from mock_upstream.from_error.report import ErrorReport
from mock_upstream.from_error.unwrapping import before, prefixes_in, without_prefixes

_DEEPEST: Final = 8
_MOST_ERRORS: Final = 200
_MOST_ELEMENTS: Final = 1000
_LONGEST_MESSAGE: Final = 20_000
_MARKED: Final = re.compile(r"(?i)error|exception|detail|\\?\"message")
_BEGUN: Final = re.compile(r"""\{\s{0,9}["'](?:error|detail|type["']: ?["']error)""")
_IMPORTS: Final = re.compile(
    r"(?:ImportError|ModuleNotFoundError): (?:Could not import|No module named|cannot import)"
    r" [^\n]{1,300}"
)
_RESPONSES: Final = re.compile(r"/v1/responses\b|/responses(?:[\"' ?]|$)")
_CHAT: Final = re.compile(r"/chat/completions\b")


@dataclass(frozen=True, slots=True)
class Found:
    """The different errors of a text, in the order in which each was first seen.

    `requests` are the bodies of requests that stand in it (a curl command's `-d`, a log's).
    """

    errors: tuple[ErrorReport, ...] = ()
    requests: tuple[Mapping[str, Any], ...] = ()


def find_errors(text: str) -> Found:
    """Find the errors in a text of any kind; none is an empty result."""
    requests: list[Mapping[str, Any]] = []
    errors = list(_limited(_errors(text, 0, requests)))
    if not errors:
        errors = list(_half(text))
    api = _api(text)
    distinct: dict[object, ErrorReport] = {}
    for one in errors:
        known = distinct.get(one.same_as)
        distinct[one.same_as] = one if known is None else _fuller(known, one)
    return Found(
        tuple(replace(one, api=one.api or api) for one in _without_shells(distinct.values())),
        tuple(requests),
    )


def plain_error(text: str) -> ErrorReport | None:
    """Take the text itself for an error's body: a short one, in words and nothing else."""
    line = text.strip()
    if not line or len(line) > _LONGEST_MESSAGE or line.count("\n") > 10:  # noqa: PLR2004 - a paragraph
        return None
    return without_prefixes(line)


def _limited(errors: Iterator[ErrorReport]) -> Iterator[ErrorReport]:
    for _, one in zip(range(_MOST_ERRORS), errors, strict=False):
        yield replace(one, message=one.message[:_LONGEST_MESSAGE])


def _errors(text: str, depth: int, requests: list[Mapping[str, Any]]) -> Iterator[ErrorReport]:
    rest: list[str] = []
    at = 0
    for span in spans(text):
        rest.append(text[at : span.start])
        at = span.end
        found = list(_of_span(text, span, depth, requests))
        yield from found
        rest.append("\0" if found or _is_request(span.value) else text[span.start : span.end])
    rest.append(text[at:])
    yield from _of_words("".join(rest))


def _of_span(
    text: str, span: Span, depth: int, requests: list[Mapping[str, Any]]
) -> Iterator[ErrorReport]:
    around = before(text, span.start)
    for one in _of_value(span.value, depth, requests):
        yield replace(
            one,
            status=one.status or around.status,
            wrapping=(*around.wrapping, *one.wrapping),
        )


def _of_value(value: Any, depth: int, requests: list[Mapping[str, Any]]) -> Iterator[ErrorReport]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str) and _MARKED.search(value):
        yield from _errors(value, depth + 1, requests)
    elif isinstance(value, list):
        if details_of(value):
            yield listed(value, value)
            return
        for one in value[:_MOST_ELEMENTS]:
            yield from _of_value(one, depth + 1, requests)
    elif isinstance(value, dict):
        yield from _of_object(value, depth, requests)


def _of_object(
    value: dict[str, Any], depth: int, requests: list[Mapping[str, Any]]
) -> Iterator[ErrorReport]:
    if _is_request(value):
        requests.append(value)
        return
    report = read_body(value)
    if report is not None:
        yield from _inner(report, value, depth, requests)
        return
    for one in value.values():
        yield from _of_value(one, depth + 1, requests)


def _inner(
    report: ErrorReport, value: Any, depth: int, requests: list[Mapping[str, Any]]
) -> Iterator[ErrorReport]:
    """Yield what a message or a gateway's `raw` holds, or the report itself."""
    raw = wrapped_body(value)
    for text, name in ((raw, "a gateway"), (report.message, None)):
        held = list(_errors(text, depth + 1, requests)) if text and depth < _DEEPEST else []
        if held and not (name is None and report.details):
            for one in held:
                names = (name,) if name else ()
                yield replace(
                    one,
                    status=one.status or report.status,
                    param=one.param or (report.param if not one.body else None),
                    code=one.code or (report.code if not one.body else None),
                    wrapping=(*names, *one.wrapping),
                )
            return
    yield report


def _is_request(value: Any) -> bool:
    if not isinstance(value, dict) or "error" in value:
        return False
    turns = value.get("messages", value.get("input"))
    return isinstance(turns, list | str) and ("model" in value or "max_tokens" in value)


def _of_words(text: str) -> Iterator[ErrorReport]:
    """Read the errors that stand in words, without a body."""
    for found in _IMPORTS.finditer(text):
        yield ErrorReport(found[0].strip(), type="import")
    starts = prefixes_in(text)
    end = 0
    for start in starts:
        if start < end:
            continue
        stop = text.find("\n", start)
        line = text[start : stop if stop >= 0 else len(text)]
        end = start + len(line)
        report = without_prefixes(line[:_LONGEST_MESSAGE])
        if report.wrapping and "\0" not in line and _is_whole(report.message):
            yield report


def _is_whole(message: str) -> bool:
    """Say whether a message is one in words, and not the beginning of a body."""
    return len(message) > 3 and not (_BEGUN.match(message) and message[-1] not in "}])")  # noqa: PLR2004 - a word


def _half(text: str) -> Iterator[ErrorReport]:
    """Read an error whose end is missing."""
    begun = list(_BEGUN.finditer(text))
    opening = begun[-1].start() if begun else text.find("{")
    if opening < 0:
        return
    value = mended(text[opening:])
    if not isinstance(value, dict):
        return
    around = before(text, opening)
    for one in _of_value(value, 0, []):
        yield replace(one, half=True, status=one.status or around.status, wrapping=around.wrapping)


def _fuller(known: ErrorReport, other: ErrorReport) -> ErrorReport:
    """Join two sightings of one error."""
    base, more = (other, known) if known.body is None and other.body is not None else (known, other)
    return replace(
        base,
        status=base.status or more.status,
        code=base.code or more.code,
        wrapping=base.wrapping or more.wrapping,
    )


def _without_shells(errors: Any) -> Iterator[ErrorReport]:
    """Leave out errors whose message only repeats another's within more words."""
    every = list(errors)
    for one in every:
        if (
            not any(
                other is not one and len(other.message) > 8 and other.message in one.message  # noqa: PLR2004
                for other in every
            )
            or one.type == "import"
        ):
            yield one


def _api(text: str) -> str | None:
    responses, chat = _RESPONSES.search(text), _CHAT.search(text)
    if (responses is None) == (chat is None):
        return None
    return "responses" if responses else "chat"
