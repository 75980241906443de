"""Every mutant is caught by the claims named beside it, and the real handler by none."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

import conformance.mutants
from conformance import environment
from conformance.claims import CLAIMS
from conformance.loading import HandlerLoadError, load_handler
from conformance.matrix import NO_OPTIONS
from conformance.mutants.catalogue import BY_NAME, MUTANTS
from conformance.mutants.command import by_proxy, mutants
from conformance.mutants.mutant import Mutant
from conformance.mutants.trial import Court, Trial
from conformance.suite_score import suite_score

MOST = 5
"""Claims that may catch the mutant that shows a claim best: more would show nothing of it."""

WITHOUT_A_MUTANT: frozenset[str] = frozenset()
IN_PROCESS = [mutant.name for mutant in MUTANTS if not by_proxy(mutant)]
BEHIND_THE_PROXY = [mutant.name for mutant in MUTANTS if by_proxy(mutant)]

pytestmark = pytest.mark.xdist_group("mutants")


@pytest.fixture(scope="module")
def court() -> Iterator[Court]:
    """Where mutants are tried, in this process."""
    before = dict(os.environ)
    environment.prepare()
    with Court() as court:
        yield court
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def trials(court: Court) -> Mapping[str, Trial]:
    """The trial of every mutant that shows in this process."""
    return {name: court.tried(BY_NAME[name]) for name in IN_PROCESS}


@pytest.mark.parametrize("name", IN_PROCESS)
def test_a_mutant_is_caught_by_the_claims_beside_it(trials: Mapping[str, Trial], name: str) -> None:
    trial = trials[name]
    assert not trial.trouble
    assert trial.cases
    assert set(trial.expected) <= set(trial.caught_by)


@pytest.mark.parametrize("name", IN_PROCESS)
def test_the_real_handler_is_caught_by_none(trials: Mapping[str, Trial], name: str) -> None:
    assert trials[name].accused == ()


@pytest.mark.parametrize("name", BEHIND_THE_PROXY)
def test_a_mutant_behind_the_real_proxy_is_caught(court: Court, name: str) -> None:
    """The real handler behind the proxy is judged by all claims wherever the core tier is run."""
    found = court.caught(BY_NAME[name])
    assert not found.trouble
    assert set(BY_NAME[name].caught_by) <= set(found.claims)


def test_the_committed_score_is_of_these_trials(trials: Mapping[str, Trial]) -> None:
    """Those behind the proxy, tried one by one above, are caught or fail there."""
    good = sum(trial.good for trial in trials.values()) + len(BEHIND_THE_PROXY)
    score = suite_score()
    assert (score["mutants"], score["mutants_caught"]) == (len(MUTANTS), good)


def test_two_streams_that_cross_are_seen_only_where_they_are_open_at_once(court: Court) -> None:
    """One stream after the other is right, so nothing but the two at once tells this mutant."""
    crossing = BY_NAME["crosses-two-streams"]
    caught = court.caught(crossing)
    assert "streams-apart" in caught.claims

    class OneAfterTheOther(type(crossing)):  # type: ignore[misc] # a class found at run time
        """The same mutant, where one stream follows the other."""

        shown_by = replace(crossing.shown_by, options=(NO_OPTIONS,))

    assert court.caught(OneAfterTheOther()).claims == ()


def test_each_must_claim_has_a_mutant() -> None:
    caught = {claim for mutant in MUTANTS for claim in mutant.caught_by}
    must = {claim.id for claim in CLAIMS if claim.level == "MUST"}
    assert must - caught == WITHOUT_A_MUTANT
    assert caught <= {claim.id for claim in CLAIMS}


def test_each_claim_has_a_mutant_that_few_others_catch(trials: Mapping[str, Trial]) -> None:
    fewest: dict[str, int] = {}
    for trial in trials.values():
        for claim in trial.expected:
            fewest[claim] = min(fewest.get(claim, MOST + 1), len(trial.caught_by))
    assert {claim: count for claim, count in fewest.items() if count > MOST} == {}


def test_a_mutant_has_a_name_a_sentence_and_a_place_to_be_loaded_from() -> None:
    assert len(BY_NAME) == len(MUTANTS) >= 20
    for mutant in MUTANTS:
        assert mutant.sentence.endswith("."), mutant.name
        assert mutant.caught_by, mutant.name
        assert load_handler(mutant.reference)[0] is mutant


def test_no_mutant_is_loaded_by_a_name_that_none_has() -> None:
    with pytest.raises(HandlerLoadError, match="has no mutant 'no_such'"):
        load_handler("conformance.mutants:no_such")
    assert not hasattr(conformance.mutants, "__path_hooks__")


def test_a_mutant_that_no_claim_looks_for_has_escaped(court: Court) -> None:
    """A handler that is right is no mutant: the trial says so instead of passing it."""

    class IsRight(Mutant):
        """Does nothing wrong."""

        caught_by = ("answered",)
        shown_by = BY_NAME["retries"].shown_by

    trial = court.tried(IsRight())
    assert trial.escaped == ("answered",)
    assert not trial.good


def test_the_command_lists_every_mutant_with_its_claims() -> None:
    listed = orjson.loads(CliRunner().invoke(mutants, ["--json"]).output)
    assert {one["name"]: tuple(one["caught_by"]) for one in listed} == {
        mutant.name: mutant.caught_by for mutant in MUTANTS
    }


def test_the_command_takes_the_handler_beside_you(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As all commands do: mutants of an installed handler would say nothing of one's own."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(mutants, ["--json"])
    assert str(tmp_path) not in sys.path
    (tmp_path / "claude_code_proxy").mkdir()
    (tmp_path / "claude_code_proxy" / "claude_code_router.py").write_text("")
    CliRunner().invoke(mutants, ["--json"])
    assert sys.path[0] == str(tmp_path)


def test_the_command_knows_a_name_that_none_has() -> None:
    result = CliRunner().invoke(mutants, ["alway-drops"])
    assert result.exit_code == 2
    assert "no mutant 'alway-drops'" in result.output
