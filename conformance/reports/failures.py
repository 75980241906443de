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
    from conformance.matrix import Case
    from conformance.reports.lines import CaseLine, RulingLine
    from conformance.reports.result import Result

_TOLD: Final = ("fail", "error")
_EDITS: Final = 6


@dataclass(frozen=True, slots=True)
class Failure:
    """Breaches that one mistake makes; ``facts`` are what to show, each a title and its lines."""

    cases: tuple[Case, ...]
    facts: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class BrokenClaim:
    """A claim that did not hold, where its breaches lie, and its failures.

    There are none where nothing could be judged.
    """

    ruling: RulingLine
    hint: str
    failures: tuple[Failure, ...]


def broken_claims(result: Result, file: str = UNSAVED) -> Iterator[BrokenClaim]:
    """Yield the claims that did not hold in ``result``, which ``file`` holds."""
    departures = Departures(result)
    every = tuple(result.by_case)
    for ruling in result.rulings:
        if ruling.verdict in _TOLD:
            groups = grouped(result.breaches_of(ruling.claim))
            broken = [case for group in groups for case in group.cases]
            yield BrokenClaim(
                ruling,
                hint(broken, every) if broken else "",
                tuple(_failure(group, result, departures, file) for group in groups),
            )


def _failure(group: BreachGroup, result: Result, departures: Departures, file: str) -> Failure:
    line = result.by_case[group.first.case]
    facts = (
        ("case", (group.where,)),
        ("expected", (group.first.expected,)),
        ("seen", (group.first.seen,)),
        ("sent", tuple(_sent(result, line, departures))),
        ("upstream", tuple(_upstream(result, line))),
        ("came back", tuple(_came_back(line))),
        ("repeat", (repeat_command(result, line),)),
        ("curl", tuple(curl_command(result, sent, file) for sent in line.sent[:1])),
    )
    return Failure(group.cases, tuple((title, lines) for title, lines in facts if lines))


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
            message, _, _ = answer.text.partition("\nTraceback ")
            yield f"{answer.exception}{status}: {message}"
        case "broken":
            yield f"our own engine failed: {answer.text}"
