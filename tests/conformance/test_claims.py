"""Each claim catches a handler that breaks it, and the real handler breaks none."""

import re

import pytest
from litellm.llms.custom_llm import CustomLLM

from conformance import environment
from conformance.claims import CLAIMS, judge
from conformance.records import Records
from conformance.run import record
from conformance.scenarios import load_scenarios
from tests.conformance import wrong_handlers as wrong
from tests.conformance.each_scenario import each_scenario


@each_scenario
def test_the_real_handler_keeps_every_claim(recorded: Records) -> None:
    broken = {r.claim.id: r.breaches[:3] for r in judge(CLAIMS, [recorded]) if r.breaches}
    assert broken == {}


@pytest.mark.parametrize(
    ("handler", "caught_by"),
    [
        (wrong.IgnoresNestedPlacement(), {"same-in-any-placement", "any-true-wins"}),
        (wrong.AlwaysDrops(), {"metadata-unless-dropped", "thinking-blocks-unless-dropped"}),
        (wrong.LastPlacementWins(), {"any-true-wins"}),
        (wrong.DropsTheOtherField(), {"flag-drops-only-its-field"}),
        (wrong.WritesIntoTheArguments(), {"arguments-untouched"}),
        (wrong.SendsTheEnvironmentKey(), {"configured-upstream"}),
        (wrong.AsyncSaysMore(), {"sync-is-async"}),
        (wrong.StreamsSayMore(), {"stream-keys-only"}),
        (wrong.LosesSignatures(), {"thinking-blocks-unless-dropped"}),
        (wrong.SendsTwice(), {"one-request"}),
        (wrong.LosesTheAnswer(), {"answered"}),
        (wrong.Raises(), {"one-request", "answered"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, CustomLLM) else "",
)
def test_a_wrong_handler_is_caught(handler: CustomLLM, caught_by: set[str]) -> None:
    environment.prepare()
    records = record(handler, load_scenarios(["thinking-history"]), apis=["responses"])
    rulings = judge(CLAIMS, records)
    assert caught_by <= {ruling.claim.id for ruling in rulings if not ruling.held}


def test_a_claim_that_looked_at_nothing_has_not_held() -> None:
    empty = Records(load_scenarios(["plain-turn"])[0], {})
    assert not any(ruling.held for ruling in judge(CLAIMS, [empty]))


def test_every_claim_is_told_apart_and_says_why() -> None:
    ids = [claim.id for claim in CLAIMS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in ids)
    assert all(claim.sentence.endswith(".") and claim.reason for claim in CLAIMS)
