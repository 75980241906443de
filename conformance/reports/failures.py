"""Failures: what broke a claim, told once for all cases that one mistake breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.breaches import grouped
from conformance.reports.command import UNSAVED
from conformance.reports.commands import curl_command, repeat_command
from conformance.reports.departures import Departures
from conformance.reports.hints import hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.breaches import BreachGroup
    from conformance.reports.lines import CaseLine, RulingLine
    from conformance.reports.result import Result

_TOLD: Final = ("fail", "error")
_EDITS: Final = 6


@dataclass(frozen=True, slots=True)
class Failure:
    """A group of breaches of one claim; ``facts`` are what to show, each a title and its lines."""

    ruling: RulingLine
    group: BreachGroup
    case: CaseLine
    facts: tuple[tuple[str, tuple[str, ...]], ...]


def failures(result: Result, file: str = UNSAVED) -> Iterator[Failure]:
    """Yield the failures of ``result``, which ``file`` holds, worst first."""
    departures = Departures(result)
    every = tuple(result.by_case)
    for ruling in result.rulings:
        if ruling.verdict in _TOLD:
            for group in grouped(result.breaches_of(ruling.claim)):
                line = result.by_case[group.first.case]
                told = tuple(
                    (title, lines)
                    for title, lines in (
                        ("case", (group.where,)),
                        ("expected", (group.first.expected,)),
                        ("seen", (group.first.seen,)),
                        ("sent", tuple(_sent(result, line, departures))),
                        ("upstream", tuple(_upstream(result, line))),
                        ("came back", tuple(_came_back(line))),
                        ("why", (ruling.reason,)),
                        ("hint", (hint(group.cases, every),)),
                        ("repeat", (repeat_command(result, line),)),
                        ("curl", tuple(curl_command(result, s, file) for s in line.sent[:1])),
                    )
                    if lines
                )
                yield Failure(ruling, group, line, told)


def _sent(result: Result, case: CaseLine, departures: Departures) -> Iterator[str]:
    """Yield a line for each request, and under it how it departs from the baseline."""
    if not case.sent:
        yield "nothing"
    for sent in case.sent:
        size = result.payloads[sent.sha256].bytes
        with_key = f"with {sent.credential}" if sent.credential != "none" else "without a key"
        yield (
            f"{sent.method} {sent.path} to the base of {sent.base} {with_key}, "
            f"{size} bytes, sha256 {sent.sha256[:12]}"
        )
        edits = departures.of(case, sent.sha256)
        yield from (f"  {edit}" for edit in edits[:_EDITS] or ("  the baseline",))
        if len(edits) > _EDITS:
            yield f"  and {len(edits) - _EDITS} more edits"


def _upstream(result: Result, case: CaseLine) -> Iterator[str]:
    """Yield what the upstream of the case said, then the profiles that the payload met."""
    for sent in case.sent:
        yield "the client had gone" if sent.status is None else str(sent.status)
        replays = result.replays.get(sent.sha256, [])
        for replay in replays:
            if replay.refusal is not None:
                yield f"{replay.profile}: {replay.status} {replay.refusal}"
        accepting = [replay.profile for replay in replays if replay.refusal is None]
        if accepting:
            yield f"200 from {', '.join(accepting)}"


def _came_back(case: CaseLine) -> Iterator[str]:
    answer = case.answer
    match answer.kind:
        case "failure":
            status = "" if answer.status is None else f" {answer.status}"
            yield f"{answer.exception}{status}: {answer.text}"
        case "broken":
            yield f"our own engine failed: {answer.text}"
