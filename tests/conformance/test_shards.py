"""Shards: the whole run, each case in one of them, and each of about the same length."""

from collections import Counter
from pathlib import Path
from random import Random

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import main
from conformance.durations import Durations, DurationsError, as_text, read_durations
from conformance.matrix import ENTRIES
from conformance.products import cases
from conformance.scenarios import load_scenarios
from conformance.shards import ShardError, divided, parse_part, shard

NAMES = tuple(scenario.name for scenario in load_scenarios())
WEIGHTS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=4), st.floats(0, 1000), min_size=1, max_size=30
)


@given(WEIGHTS, st.integers(1, 12))
def test_each_name_is_in_one_part_and_no_part_is_much_heavier(
    weights: dict[str, float], count: int
) -> None:
    """The heaviest part is no heavier than the mean and the heaviest name together."""
    parts = divided(weights, count)
    assert Counter(name for part in parts for name in part) == Counter(list(weights))
    assert len(parts) == count
    if count <= len(weights):
        assert all(parts)
    loads = [sum(weights[name] for name in part) for part in parts]
    mean, heaviest = sum(loads) / count, max(weights.values())
    assert max(loads) <= mean + heaviest * (1 - 1 / count) + 1e-6


@given(WEIGHTS, st.integers(1, 12), st.randoms())
def test_the_same_weights_are_divided_alike_on_every_machine(
    weights: dict[str, float], count: int, random: Random
) -> None:
    shuffled = list(weights.items())
    random.shuffle(shuffled)
    one, other = divided(weights, count), divided(dict(shuffled), count)
    assert [set(part) for part in one] == [set(part) for part in other]


@pytest.fixture(scope="module")
def weights() -> dict[str, float]:
    """What each scenario of the core tier takes, as recorded."""
    return read_durations().of(cases(NAMES))


@pytest.mark.parametrize("count", [1, 3, 24])
def test_the_shards_of_a_run_are_its_cases_each_once(weights: dict[str, float], count: int) -> None:
    shards = [shard((number, count), weights) for number in range(1, count + 1)]
    found = [case for one in shards for case in cases(one.scenarios)]
    assert Counter(found) == Counter(cases(NAMES))
    for one in shards:
        assert set(one.scenarios) | set(one.left_out) == set(NAMES)
        assert not set(one.scenarios) & set(one.left_out)


@pytest.mark.parametrize("count", [2, 3])
def test_up_to_three_shards_are_within_a_tenth_of_the_mean(
    weights: dict[str, float], count: int
) -> None:
    """Beyond that one scenario is a shard's worth of core, and is not cut in two."""
    loads = [sum(weights[name] for name in part) for part in divided(weights, count)]
    assert max(loads) <= 1.1 * sum(loads) / count


def test_the_recorded_durations_know_every_scenario_and_entry() -> None:
    """Else the shards are divided by a guess: see `conformance durations --help`."""
    recorded = read_durations()
    assert set(recorded.seconds) == set(NAMES)
    assert all(set(entries) == set(ENTRIES) for entries in recorded.seconds.values())


def test_a_scenario_takes_what_was_recorded_of_it_by_each_entry() -> None:
    slower = dict.fromkeys(ENTRIES, 9.0)
    recorded = Durations({NAMES[0]: dict.fromkeys(ENTRIES, 1.0) | {"sdk": 3.0}, NAMES[1]: slower})
    chosen = cases(NAMES[:1])
    by_sdk = sum(case.entry == "sdk" for case in chosen)
    assert recorded.of(chosen) == {NAMES[0]: pytest.approx(len(chosen) + 2 * by_sdk)}


def test_a_scenario_that_was_never_recorded_takes_what_the_others_take() -> None:
    known = Durations({name: dict.fromkeys(ENTRIES, 2.0) for name in NAMES[:3]})
    chosen = cases(NAMES[-1:])
    assert known.of(chosen) == {NAMES[-1]: pytest.approx(2.0 * len(chosen))}
    assert Durations({}).of(chosen)[NAMES[-1]] > 0


@pytest.mark.parametrize(
    "text",
    [
        "0/3",
        "4/3",
        "x",
        "1/0",
        "0/0",
        "-1/3",
        "1/3/5",
        "1",
        "",
        "1/x",
        " 1/2",
        "1/10000",
        "\u0663/\u0664",
    ],
)
def test_what_is_no_shard_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ShardError, match=r"expected i/n .* up to 9999, such as 1/3"):
        parse_part(text)
    for command in ("run", "diff"):
        done = CliRunner().invoke(main, [command, "--shard", text])
        assert done.exit_code == 2, done.output
        assert "is no shard; expected i/n" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--shard", "1/25"), "one would be empty; expected at most 24"),
        (("run", "--shard", "1/2", "--scenario", "plain-turn"), "expected at most 1"),
        (("run", "--shard", "1/2", "--case", "x"), "--case says which cases are run"),
        (("diff", "--shard", "1/25"), "one would be empty; expected at most 24"),
        (("diff", "--shard", "1/2", ".", "."), "--shard shares out a run, and here nothing is run"),
    ],
)
def test_a_shard_of_what_cannot_be_shared_ends_with_2(
    arguments: tuple[str, ...], words: str
) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2, done.output
    assert words in " ".join(done.output.split())


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": {"sdk": "fast"}}', b"\xff"])
def test_a_file_that_holds_no_durations_is_told_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "durations.json"
    file.write_bytes(content)
    with pytest.raises(DurationsError, match=r"durations\.json holds no durations"):
        read_durations(file)


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    file = tmp_path / "durations.json"
    file.write_text(as_text(read_durations()), "utf-8")
    assert orjson.loads(file.read_bytes()) == read_durations().seconds
    assert read_durations(file) == read_durations()
