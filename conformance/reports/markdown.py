"""The report as Markdown, for the summary page of a CI job (``$GITHUB_STEP_SUMMARY``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.reports.command import UNSAVED
from conformance.reports.failures import broken_claims
from conformance.reports.tables import (
    accepting,
    axes,
    cases_of,
    refusal_rows,
    scenario_rows,
    score,
    summary,
)
from conformance.reports.visible import short, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reports.failures import Failure
    from conformance.reports.result import Result

_SHOWN: Final = 12
"""Failures that are told in full: a summary page takes a mebibyte."""

_OF_ONE: Final = 3
"""Failures of one claim."""

_LINE: Final = 600
_COPIED: Final = 4_000
_MARKUP: Final = re.compile(r"([\\`*_\[\]|~<>&]|:(?=//))")


def as_markdown(result: Result, file: str = UNSAVED) -> str:
    """Return ``result`` as GitHub's Markdown."""
    return "\n".join(_report(result, file)) + "\n"


def _report(result: Result, file: str) -> Iterator[str]:
    header = result.header
    yield f"## Conformance: {result.word}"
    yield ""
    if result.partial:
        yield f"> **Partial:** {_plain(result.partial)}"
        yield ""
    yield f"{_plain(summary(result))}\\"
    yield _plain(f"{header.handler}, LiteLLM {header.litellm}, tier {header.tier}")
    if told := score(result):
        yield f"\\\n{_plain(told)}"
    yield ""
    yield from _failures(result, file)
    yield from _claims(result)
    yield from _scenarios(result)
    yield from _products(result)
    yield from _refusals(result)


def _failures(result: Result, file: str) -> Iterator[str]:
    left = _SHOWN
    for broken in broken_claims(result, file):
        ruling, shown = broken.ruling, broken.failures[: min(left, _OF_ONE)]
        left -= len(shown)
        yield f"### {ruling.verdict}: {_plain(ruling.claim)}"
        yield ""
        yield f"{_plain(ruling.sentence)} {_plain(ruling.reason)}\\"
        yield _plain(ruling.note or broken.hint)
        yield ""
        for failure in shown:
            yield from _fenced(_facts(failure))
            yield ""
        if len(shown) < len(broken.failures):
            yield f"And {len(broken.failures) - len(shown)} more; the HTML report has all of them."
            yield ""


def _facts(failure: Failure) -> str:
    return "\n".join(
        f"{title if number == 0 else '':9}  "
        f"{short(visible(line), _COPIED if title in ('repeat', 'curl') else _LINE)}"
        for title, lines in failure.facts
        for number, line in enumerate(lines)
    )


def _fenced(text: str) -> Iterator[str]:
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}text"
    yield text
    yield fence


def _claims(result: Result) -> Iterator[str]:
    yield "| verdict | claim | cases looked at | |"
    yield "|---|---|--:|---|"
    for ruling in result.rulings:
        note = f" {ruling.note}" if ruling.note else ""
        sentence = _plain(short(visible(f"{ruling.sentence}{note}"), _LINE))
        yield f"| {ruling.verdict} | {_plain(ruling.claim)} | {ruling.looked_at} | {sentence} |"
    yield ""


def _scenarios(result: Result) -> Iterator[str]:
    yield "| scenario | cases | payloads | verdicts |"
    yield "|---|--:|--:|---|"
    for row in scenario_rows(result):
        verdicts = ", ".join(f"{count} {word}" for word, count in row.verdicts.items() if count)
        yield f"| {_plain(row.scenario)} | {row.cases} | {row.distinct} | {verdicts} |"
    yield ""


def _products(result: Result) -> Iterator[str]:
    if result.products:
        yield "| product | cases | payloads | crosses |"
        yield "|---|--:|--:|---|"
    for one in result.products:
        yield f"| {_plain(one.name)} | {cases_of(one)} | {one.payloads} | {axes(one)} |"
    yield ""


def _refusals(result: Result) -> Iterator[str]:
    rows = list(refusal_rows(result))
    if rows:
        yield "| refused by | refused | cured by | without flags |"
        yield "|---|---|---|---|"
    for row in rows:
        cells = (f"{row.profile} {row.api}", row.some, row.cured_by, row.refusal)
        yield "".join(f"| {_plain(cell)} " for cell in cells) + "|"
    yield ""
    if accepted := accepting(result):
        yield f"Refused nowhere: {_plain(', '.join(accepted))}"


def _plain(text: str) -> str:
    """Return ``text`` on one line, with nothing in it that Markdown or HTML would obey."""
    return _MARKUP.sub(r"\\\1", visible(text))
