"""The writer: turns records and a run's report into the lines of a result."""

from __future__ import annotations

import platform
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from conformance.case_id import case_id
from conformance.outcome import Answer, Failure
from conformance.reports.lines import (
    AnswerLine,
    BreachLine,
    CaseLine,
    CureLine,
    Footer,
    Header,
    LedgerLine,
    PayloadLine,
    ProductLine,
    ReplayLine,
    RulingLine,
    ScoreLine,
    SentLine,
    ShardLine,
)
from conformance.reports.visible import short, without_keys
from conformance.suite_score import suite_score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.claims import Ruling
    from conformance.outcome import Outcome, Record, Sent
    from conformance.replay import Replay
    from conformance.reports.lines import Line
    from conformance.run import Report
    from conformance.scenarios import Scenario
    from conformance.shards import Shard

_WORDS: Final = 2_000
"""Characters that a breach's or an answer's text may have: enough to see what it is."""


class ResultWriter:
    """Hands the lines of one run to ``sink`` as they come: header, records, then the findings."""

    def __init__(self, sink: Callable[[Line], None]) -> None:
        self._sink = sink
        self._lines: Counter[str] = Counter()
        self._payloads: set[str] = set()
        self._outcomes: dict[Outcome, tuple[tuple[SentLine, ...], AnswerLine]] = {}

    def begin(
        self,
        scenarios: Iterable[Scenario],
        handler: str,
        tier: str,
        cases: int,
        shard: Shard | None = None,
    ) -> None:
        """Write the header; ``cases`` is how many there are to run, ``shard`` which part."""
        self._write(
            Header(
                started=datetime.now(UTC).isoformat(timespec="seconds"),
                conformance=version("mock-upstream"),
                litellm=version("litellm"),
                python=platform.python_version(),
                handler=handler,
                tier=tier,
                scenarios={scenario.name: scenario.reason for scenario in scenarios},
                cases=cases,
                shard=None if shard is None else _shard(shard),
            )
        )

    def record(self, record: Record) -> None:
        """Write a case, and the payloads that no case before it sent."""
        for sent in record.outcome.sent:
            if sent.sha256 not in self._payloads:
                self._payloads.add(sent.sha256)
                text = _text(sent.body.decode("utf-8", "backslashreplace"))
                self._write(PayloadLine(sha256=sent.sha256, bytes=len(sent.body), text=text))
        self._write(_case(record, *self._outcome(record.outcome)))

    def _outcome(self, outcome: Outcome) -> tuple[tuple[SentLine, ...], AnswerLine]:
        """Return what left and what came back, the same for cases that have it in common."""
        if outcome not in self._outcomes:
            self._outcomes[outcome] = tuple(map(_sent, outcome.sent)), _answer(outcome)
        return self._outcomes[outcome]

    def end(self, report: Report) -> None:
        """Write what was found, and the footer."""
        for line in _findings(report):
            self._write(line)
        self._lines["footer"] += 1
        self._sink(
            Footer(
                complete=report.complete,
                held=report.held,
                seconds=round(report.seconds, 2),
                lines=dict(self._lines),
            )
        )

    def _write(self, line: Line) -> None:
        self._lines[line.kind] += 1
        self._sink(line)


def _shard(shard: Shard) -> ShardLine:
    return ShardLine(number=shard.number, count=shard.count, scenarios=shard.whole)


def _case(record: Record, sent: tuple[SentLine, ...], answer: AnswerLine) -> CaseLine:
    case = record.case
    return CaseLine(
        id=case_id(case),
        scenario=case.scenario,
        api=case.api,
        method=case.method,
        entry=case.entry,
        credentials=case.source,
        options=case.options,
        delivery=tuple((where, dict(flags)) for where, flags in case.delivery.values),
        sent=sent,
        answer=answer,
        touched=record.outcome.touched,
        seconds=round(record.seconds, 4),
    )


def _sent(sent: Sent) -> SentLine:
    return SentLine(
        method=sent.method,
        base=sent.base,
        path=sent.path,
        sha256=sent.sha256,
        credential=without_keys(sent.credential),
        status=sent.status,
        headers=tuple(
            (name, None if value is None else _words(value)) for name, value in sent.headers
        ),
    )


def _answer(outcome: Outcome) -> AnswerLine:
    match outcome.answer:
        case Answer(text, beside):
            heard = tuple(map(_text, outcome.answer.heard))
            return AnswerLine(kind="answer", text=_words(text), beside=_words(beside), heard=heard)
        case Failure(kind, status, message, heard):
            return AnswerLine(
                kind="failure",
                text=_words(message),
                exception=_words(kind),
                status=status,
                heard=tuple(map(_text, heard)),
            )
        case broken:
            return AnswerLine(kind="broken", text=_words(broken.reason))


def _findings(report: Report) -> Iterator[Line]:
    for ruling in report.rulings:
        yield _ruling(ruling)
        for breach in ruling.breaches:
            yield BreachLine(
                claim=ruling.claim.id,
                case=case_id(breach.case),
                expected=_words(breach.expected),
                seen=_words(breach.seen),
            )
    for records in report.records:
        yield from map(_replay, records.replays)
    for cure in report.cures:
        refusal = None if cure.refusal is None else _words(cure.refusal)
        yield CureLine(**{**asdict(cure), "refusal": refusal})
    for product in report.products:
        yield ProductLine(**asdict(product))
    yield ScoreLine(**suite_score())
    for ledger in report.ledgers:
        yield LedgerLine(scenario=ledger.scenario, text=_text(ledger.text))


def _ruling(ruling: Ruling) -> RulingLine:
    claim = ruling.claim
    return RulingLine(
        claim=claim.id,
        level=claim.level,
        sentence=claim.sentence,
        reason=claim.reason,
        verdict=ruling.verdict,
        looked_at=ruling.looked_at,
        breaches=len(ruling.breaches),
        note=_words(ruling.reason),
        excuses=ruling.excuses,
    )


def _replay(replay: Replay) -> ReplayLine:
    return ReplayLine(
        profile=replay.profile,
        sha256=replay.sha256,
        status=replay.status,
        refusal=None if replay.refusal is None else _words(replay.refusal),
    )


def _words(text: str) -> str:
    return short(_text(text), _WORDS)


def _text(text: str) -> str:
    """Return ``text`` without keys, and with half characters, which JSON cannot say, as escapes."""
    return without_keys(text).encode("utf-8", "backslashreplace").decode()
