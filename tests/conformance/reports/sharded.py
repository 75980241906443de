"""Runs written as the command writes them, whole and in shards, of what was recorded once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.claims import CLAIMS, Claim, judge
from conformance.cures import cures
from conformance.durations import read_durations
from conformance.known import Known, with_known
from conformance.ledger import Ledger
from conformance.outcome import Record
from conformance.product_counts import counted
from conformance.products import cases, products
from conformance.records import Records
from conformance.reports.result import Result
from conformance.reports.sink import ResultSink
from conformance.reports.writer import ResultWriter
from conformance.run import Report
from conformance.shards import Shard, shard

RECORDED = ("structured-output", "over-long-ids", "lone-surrogates")


def saved(report: Report, part: Shard | None, file: Path | None = None) -> Result:
    """Write a run as the command does, to a file too if there is one."""
    with ResultSink(file) as sink:
        writer = ResultWriter(sink)
        scenarios = [records.scenario for records in report.records]
        writer.begin(scenarios, "a.handler", "core", report.cases, part)
        for records in report.records:
            for case, outcome in records.outcomes.items():
                writer.record(Record(case, outcome, 0.25))
        writer.end(report)
    return sink.result()


def reported(
    records: Sequence[Records],
    claims: Sequence[Claim] = CLAIMS,
    known: Sequence[Known] = (),
    *,
    whole: bool = True,
) -> Report:
    """What a run of the records finds."""
    return Report(
        handler="a.py",
        records=tuple(records),
        ledgers=tuple(Ledger.of(one) for one in records) if claims is CLAIMS else (),
        cures=tuple(cure for one in records for cure in cures(one)) if claims is CLAIMS else (),
        rulings=with_known(judge(claims, records), known, records, whole=whole),
        seconds=2.0,
        complete=True,
        products=tuple(counted(products("core"), records)) if claims is CLAIMS else (),
    )


def parts_of(records: Sequence[Records], count: int) -> Iterator[tuple[Shard, list[Records]]]:
    names = tuple(one.scenario.name for one in records)
    weights = read_durations().of(cases(names))
    for number in range(1, count + 1):
        found = shard((number, count), weights)
        yield found, [one for one in records if one.scenario.name in found.scenarios]


@dataclass(frozen=True)
class Sharded:
    """A run, whole and in two shards, as files."""

    whole: Path
    shards: tuple[Path, Path]


def save_sharded(all_records: Mapping[str, Records], here: Path) -> Sharded:
    """Save three real scenarios as one run and as the two shards of one."""
    records = [all_records[name] for name in RECORDED]
    saved(reported(records), None, here / "whole.jsonl")
    for found, part in parts_of(records, 2):
        saved(reported(part, whole=False), found, here / f"{found.number}.jsonl")
    return Sharded(here / "whole.jsonl", (here / "1.jsonl", here / "2.jsonl"))
