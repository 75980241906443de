"""A case's id names it: the same every time, no other case's, and fit for a file name."""

import re

import pytest

from conformance.case_id import case_id
from conformance.matrix import Case, in_one_placement
from conformance.products import Tier, cases
from conformance.scenarios import load_scenarios
from conformance.selection import Selection, UnknownCaseError

NAMES = [scenario.name for scenario in load_scenarios()]


@pytest.mark.parametrize("tier", ["core", "full"])
def test_ids_are_told_apart(tier: Tier) -> None:
    chosen = cases(NAMES, tier)
    ids = {case_id(case) for case in chosen}
    assert len(ids) == len(chosen)
    assert all(re.fullmatch("[a-z0-9-]+", name) for name in ids)


def test_an_id_is_the_same_every_time() -> None:
    """What a report of last week says can be repeated today."""
    [delivery] = in_one_placement([None], ["optional_params"])
    case = Case("plain-turn", "chat", "completion", delivery)
    assert case_id(case) == "plain-turn-chat-completion-sdk-3ae7ba76"


@pytest.mark.parametrize("entry", ["handler", "sdk", "router", "proxy-chat"])
def test_a_selection_has_its_case_and_few_others(entry: str) -> None:
    """The unflagged cases of both APIs are there: without them most claims cannot look."""
    case = next(case for case in cases(["thinking-history"]) if case.entry == entry)
    selection = Selection.of([case_id(case)], NAMES)
    assert selection.wanted == {case}
    assert case in selection.run
    unflagged = {(c.api, c.method) for c in selection.run if c.is_plain and c.delivery.is_unset}
    assert len(unflagged) == 8
    assert len(selection.run) < 300
    assert {c.entry for c in selection.run} <= {"handler", "sdk", entry}


@pytest.mark.parametrize(
    "wrong", ["", "plain-turn", "plain-turn-chat-completion-sdk-00000000", "x"]
)
def test_an_id_of_no_case_is_refused(wrong: str) -> None:
    with pytest.raises(UnknownCaseError, match="expected an id as a report has it"):
        Selection.of([wrong], NAMES)
