"""The products: what each tier runs, said and counted, and nothing of it twice."""

import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from conformance.cli import run
from conformance.matrix import APIS, ENTRIES, METHODS, PLACEMENTS, SOURCES, Case
from conformance.products import TIERS, Tier, cases, products
from conformance.scenarios import load_scenarios

NAMES = tuple(scenario.name for scenario in load_scenarios())
ONE_FLAG_MORE = """
from claude_code_proxy import drop_flags
from common.field_path import FieldPath
drop_flags.DROP_FLAGS += (
    drop_flags.DropFlag("drop_third_res_api", "responses", FieldPath.parse("store"), "a test"),
)
from conformance.products import TIERS, products
for tier in TIERS:
    for product in products(tier):
        named = [d for d in product.deliveries if d.values_of("drop_third_res_api") != (None,)]
        if not product.deliveries[0].is_unset or len(product.deliveries) > 3:
            print(tier, product.name, any("drop_third_res_api" in d.raised for d in named))
"""


def tier_cases(tier: Tier) -> tuple[Case, ...]:
    return cases(NAMES, tier)


def test_core_has_at_least_4000_cases_and_full_has_them_all() -> None:
    core, full = tier_cases("core"), tier_cases("full")
    assert len(core) >= 4000
    assert set(core) <= set(full)
    assert len(full) > 10 * len(core)


@pytest.mark.parametrize("tier", TIERS)
def test_no_case_is_run_twice(tier: Tier) -> None:
    found = tier_cases(tier)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("tier", TIERS)
def test_a_product_is_the_whole_of_its_axes(tier: Tier) -> None:
    """Nothing is sampled: as many cases as the axes multiply to, each once."""
    for one in products(tier):
        found = list(one.cases(NAMES))
        scenarios = len(NAMES if one.scenarios is None else one.scenarios)
        axes = (one.deliveries, one.apis, one.methods, one.sources, one.options, one.entries or [0])
        expected = scenarios
        for axis in axes:
            expected *= len(axis)
        assert len(set(found)) == len(found) == expected, one.name


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_has_every_value_of_every_axis(tier: Tier) -> None:
    found = tier_cases(tier)
    assert {case.scenario for case in found} == set(NAMES)
    assert {(case.api, case.method) for case in found} == set(product(APIS, METHODS))
    assert {case.source for case in found} == set(SOURCES)
    assert {case.entry for case in found} == set(ENTRIES)
    assert {case.options.drop_params for case in found} == {None, True, False}
    assert {p for case in found for p in case.delivery.placements} == set(PLACEMENTS)


@pytest.mark.parametrize("tier", TIERS)
def test_every_scenario_meets_every_entry_and_every_flag(tier: Tier) -> None:
    found = tier_cases(tier)
    assert {(case.scenario, case.entry) for case in found} == set(product(NAMES, ENTRIES))
    raised = {(case.scenario, flag) for case in found for flag in case.delivery.raised}
    assert {flag for _, flag in raised} == {"drop_metadata_res_api", "drop_thinking_blocks_res_api"}
    assert len(raised) == 2 * len(NAMES)


def test_a_flag_that_is_added_to_the_registry_enters_every_product_with_flags() -> None:
    """In a process of its own: the registry is read when the matrix is imported."""
    done = subprocess.run(  # noqa: S603 -- our own code
        [sys.executable, "-c", ONE_FLAG_MORE],
        check=True,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    entered = done.stdout.splitlines()
    assert len(entered) >= 8
    assert all(line.endswith(" True") for line in entered), done.stdout


def test_the_command_offers_every_tier() -> None:
    [choice] = [option.type for option in run.params if option.name == "tier"]
    assert getattr(choice, "choices", None) == get_args(Tier)
