"""The saved runs of all shards are the whole run; of fewer, of others, or of one twice, nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.claims import Breach, Claim
from conformance.claims.claim import Finding
from conformance.cli import main
from conformance.known import Known
from conformance.outcome import Answer, Broken, Outcome
from conformance.products import cases
from conformance.records import Records
from conformance.reports.command import FORMATS
from conformance.reports.lines import CaseLine, Line, RulingLine
from conformance.reports.merging import merged
from conformance.reports.result import Result, ResultFileError
from conformance.reports.result_file import read_result
from conformance.scenarios import load_scenarios
from conformance.shards import Shard
from tests.conformance.reports.sharded import RECORDED, Sharded, parts_of, reported, saved

pytestmark = pytest.mark.xdist_group("sharded-runs")

INVENTED = load_scenarios(["plain-turn", "first-turn", "probe-test", "any-text"])
CASES = {
    one.name: [case for case in cases([one.name]) if case.entry == "sdk"][:3] for one in INVENTED
}
EVERY = [case for chosen in CASES.values() for case in chosen]


@pytest.mark.parametrize("recorded", RECORDED, indirect=True)
def test_a_shard_cannot_be_taken_for_the_whole(recorded: Records) -> None:
    name = recorded.scenario.name
    shard = Shard(2, 3, (name,), ("one-more", name, "another"))
    result = saved(reported([recorded], claims=()), shard)
    assert result.word == "shard 2/3 passed"
    assert not result.held
    assert "shard 2/3, which leaves out 2 of 3 scenarios (one-more, another)" in result.partial


def test_all_shards_are_the_whole_to_the_line(sharded: Sharded, tmp_path: Path) -> None:
    """The same lines, but for their order and the time; and the same report."""
    file = tmp_path / "merged.jsonl"
    arguments = [*map(str, reversed(sharded.shards)), "--format", "jsonl", "--output", str(file)]
    done = CliRunner().invoke(main, ["report", *arguments])
    assert done.exit_code == 0, done.output
    whole, found = read_result(sharded.whole), read_result(file)
    assert found.held
    assert found.word == "passed"
    assert sorted(map(alike, found.lines)) == sorted(map(alike, whole.lines))
    assert list(found.header.scenarios) == list(whole.header.scenarios)
    assert [ledger.scenario for ledger in found.ledgers] == list(RECORDED)


def alike(line: Line) -> bytes:
    """The line as JSON, less what is of the moment; a footer's counts in one order."""
    told = line.model_dump(mode="json") | {"started": "", "seconds": 0.0}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize("form", FORMATS)
def test_one_shard_says_so_in_every_format(sharded: Sharded, form: str) -> None:
    done = CliRunner().invoke(main, ["report", str(sharded.shards[0]), "--format", form])
    assert done.exit_code == 4
    if form == "jsonl":
        assert '"shard":{"number":1,"count":2' in done.stdout
    else:
        assert "this is shard 1/2, which leaves out" in done.stdout
        assert "<error" not in done.stdout, "no shard of a pipeline is red for being one"


def test_a_shard_that_is_missing_doubled_cut_or_none_is_an_error(
    sharded: Sharded, tmp_path: Path
) -> None:
    one, two = sharded.shards
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(two.read_bytes().splitlines(keepends=True)[:-1]))
    for files, words in (
        ((one, one), "shard 1/2 is there twice"),
        ((one, two, two), "shard 2/2 is there twice"),
        ((one, sharded.whole), "is no shard"),
        ((one, cut), "the run did not end"),
    ):
        done = CliRunner().invoke(main, ["report", *map(str, files)])
        assert (done.exit_code, words in done.output) == (3, True), done.output


@pytest.mark.parametrize(
    ("update", "words"),
    [
        ({"litellm": "1.0"}, "two runs: their litellm are 1.0 and"),
        ({"handler": "b.handler"}, "two runs: their handler are b.handler and a.handler"),
        ({"tier": "full"}, "two runs: their tier are full and core"),
        ({"scenarios": {}}, "divided differently: .* in 0"),
    ],
)
def test_shards_of_two_runs_are_not_put_together(
    sharded: Sharded, update: dict[str, object], words: str
) -> None:
    one, two = map(read_result, sharded.shards)
    other = Result.of((two.header.model_copy(update=update), *two.lines[1:]))
    with pytest.raises(ResultFileError, match=words):
        merged([("1.jsonl", one), ("2.jsonl", other)])


def test_of_three_shards_two_are_not_enough(sharded: Sharded) -> None:
    results = [read_result(file) for file in sharded.shards]
    parts = [
        replace(result, header=result.header.model_copy(update={"shard": shard}))
        for result in results
        if result.header.shard is not None
        for shard in [result.header.shard.model_copy(update={"count": 4})]
    ]
    with pytest.raises(ResultFileError, match="of 4 shards 3, 4 are missing"):
        merged([("1.jsonl", parts[0]), ("2.jsonl", parts[1])])


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.sampled_from(EVERY)),
    st.sets(st.sampled_from(EVERY), max_size=2),
    st.lists(st.sets(st.sampled_from(EVERY), min_size=1), max_size=2),
    st.integers(2, len(INVENTED)),
)
def test_shards_are_judged_as_the_whole_is(
    broken: set[object], lost: set[object], excused: list[set[object]], count: int
) -> None:
    """Whatever breaks, fails in our own engine or is excused, in whichever shard it falls."""

    def check(records: Records) -> Iterator[Finding]:
        for case in records.outcomes:
            yield Breach(case, "truth", "a lie") if case in broken else None

    claims = [
        Claim("no-lies", "MUST", "Nobody lies.", "A test.", check),
        Claim("proxies", "MAY", "A proxy.", "A test.", check, ("proxy",)),
    ]
    known = [_known(number, covered) for number, covered in enumerate(excused)]
    records = [
        Records(
            one,
            {c: Outcome((), Broken("?") if c in lost else Answer("")) for c in CASES[one.name]},
        )
        for one in INVENTED
    ]
    whole = saved(reported(records, claims, known), None)
    shards = [
        (f"{shard}", saved(reported(part, claims, known, whole=False), shard))
        for shard, part in parts_of(records, count)
    ]
    found = merged(shards)
    assert found.word == whole.word
    assert sorted(map(alike, of_kind(found))) == sorted(map(alike, of_kind(whole)))
    assert list(map(judged, found.rulings)) == list(map(judged, whole.rulings))
    assert {k: sorted(map(alike, v)) for k, v in found.breaches.items()} == {
        k: sorted(map(alike, v)) for k, v in whole.breaches.items()
    }


def of_kind(result: Result) -> list[Line]:
    return [line for line in result.lines if isinstance(line, CaseLine)]


def judged(line: RulingLine) -> tuple[object, ...]:
    note = "" if line.verdict == "error" else line.note  # which names one case in each shard
    return line.claim, line.verdict, line.looked_at, line.breaches, note


def _known(number: int, covered: set[object]) -> Known:
    axes = {(case.scenario, case.api, case.method) for case in EVERY if case in covered}
    where = tuple(
        (axis, tuple(sorted({one[place] for one in axes})))
        for place, axis in enumerate(("scenario", "api", "method"))
    )
    return Known(Path("known.toml"), (number, number), "no-lies", where, f"issue {number}", "why")
