"""The committed ledger: what every case sends, and that the record of it loses nothing.

``conformance diff`` says in sentences what is different, and ``conformance bless`` accepts it.
"""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import ledger_files
from conformance.ledger import Ledger
from conformance.ledger_diff import compare
from conformance.ledger_letters import letter_of
from conformance.ledger_table import Row
from conformance.records import Records
from conformance.scenarios import load_scenarios
from tests.conformance.committed import LEDGER, PINNED_LITELLM, committed, tampered
from tests.conformance.each_scenario import each_scenario

pinned_only = pytest.mark.skipif(
    version("litellm") != PINNED_LITELLM,
    reason=f"payloads are committed for litellm {PINNED_LITELLM}; this is {version('litellm')}",
)
SPARE = {"a": 1, "b": [{"c": None}, "é"]}
PAYLOADS = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text("aé\\ ", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


@pinned_only
@each_scenario
def test_every_case_sends_what_is_committed(recorded: Records) -> None:
    """Payloads, key order, escapes and headers are the committed ones, and no case is missing."""
    name = recorded.scenario.name
    ledger = Ledger.of(recorded)
    found = compare({name: committed()[name]}, {name: ledger})
    assert [str(finding) for finding in found.findings] == [], "conformance bless accepts this"
    committed_files = {file.name: file.read_text("utf-8") for file in (LEDGER / name).iterdir()}
    assert ledger_files.contents(ledger) == committed_files


@pinned_only
@each_scenario
def test_the_committed_record_gives_every_body_back(recorded: Records) -> None:
    """Each case's body is rebuilt from the committed files, and nothing else."""
    ledger = committed()[recorded.scenario.name]
    for case in recorded.outcomes:
        sent, body = recorded.sent(case), ledger.sent(Row.of(case), (case.api, case.method))
        if sent is None:
            assert body is None, str(case)
        else:
            assert body, str(case)
            assert orjson.dumps(body.payload) == orjson.dumps(recorded.payload(case)), str(case)
            assert body.sha256 == sent.sha256, str(case)


def test_the_ledger_is_of_the_scenarios_that_there_are() -> None:
    scenarios = {scenario.name for scenario in load_scenarios()}
    assert {path.name for path in LEDGER.iterdir()} == {*scenarios, ledger_files.RECORDED_WITH}


def test_the_measured_litellm_is_said_once() -> None:
    """The gate of tox.ini installs the LiteLLM that the ledger was recorded with."""
    tox = (Path(__file__).parents[2] / "tox.ini").read_text("utf-8")
    gate = tox.partition("[testenv]")[2].partition("[testenv:")[0]
    assert f"litellm[proxy]=={PINNED_LITELLM}\n" in gate


@settings(max_examples=30, deadline=None)
@given(drawn=st.lists(PAYLOADS, min_size=4, max_size=4), seed=st.integers())
def test_a_ledger_that_is_written_and_read_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Any], seed: int
) -> None:
    """Whatever the cases send, the files hold it to the byte."""
    import json
    import random

    chance = random.Random(seed)  # noqa: S311 -- to be repeated
    sent: dict[str, bytes | None] = {}

    def tampering(case: Any, _: Any) -> bytes | None:
        value = chance.choice([*drawn, SPARE])
        plain = orjson.dumps(value)
        sent[str(case)] = json.dumps(value).encode() if chance.random() < 0.5 else plain
        return sent[str(case)] if chance.random() < 0.9 else None

    directory = tmp_path_factory.mktemp("ledger")
    new = tampered(["tool-choice-any"], tampering)
    ledger_files.write(directory, new.values(), "1.2.3", whole=True)
    back = ledger_files.read(directory)
    assert back == new
    assert compare(new, back).findings == ()
    assert len(set(new["tool-choice-any"].bodies.values())) > 1


def test_letters_do_not_run_out() -> None:
    letters = [letter_of(number) for number in range(3000)]
    assert letters[:3] == ["A", "B", "C"]
    assert letters[51:54] == ["z", "AA", "AB"]
    assert len(set(letters)) == 3000


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "FileNotFoundError"),
        (lambda path: path.write_text("A is B\n"), "cannot be read as a ledger"),
        (lambda path: path.write_bytes(b"\xff"), "cannot be read as a ledger"),
    ],
)
@pytest.mark.parametrize("name", ["sha256.txt", "chat.json"])
def test_a_damaged_ledger_is_told_with_its_directory(
    tmp_path: Path, spoil: Any, words: str, name: str
) -> None:
    ledger_files.write(tmp_path, tampered(["plain-turn"]).values(), "1.2.3", whole=True)
    spoil(tmp_path / "plain-turn" / name)
    with pytest.raises(ledger_files.LedgerError, match=f"plain-turn cannot.*|{words}"):
        ledger_files.read(tmp_path)


def test_writing_tells_new_changed_and_gone_files_and_leaves_the_rest(tmp_path: Path) -> None:
    both = tampered(["tool-choice-any", "any-text"])
    first = ledger_files.write(tmp_path, both.values(), "1.2.3", whole=True)
    assert (len(first.new), first.changed, first.gone, first.same) == (9, (), (), 0)
    changed = tampered(["tool-choice-any"], lambda _, payload: {**payload, "model": "x"})
    partly = ledger_files.write(tmp_path, changed.values(), "1.2.3", whole=False)
    assert {path.name for path in partly.changed} == {"responses.json", "chat.json", "sha256.txt"}
    assert (partly.new, partly.gone, partly.same) == ((), (), 1)
    again = ledger_files.write(tmp_path, changed.values(), "1.2.3", whole=True)
    assert {path.parent.name for path in again.gone} == {"any-text"}
    assert not (tmp_path / "any-text").exists()
