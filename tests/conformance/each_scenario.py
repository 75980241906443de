"""Tests of a recorded scenario run in one worker, so that it is recorded once."""

import pytest

from conformance.scenarios import load_scenarios

each_scenario = pytest.mark.parametrize(
    "recorded",
    [
        pytest.param(scenario.name, marks=pytest.mark.xdist_group(f"scenario-{scenario.name}"))
        for scenario in load_scenarios()
    ],
    indirect=True,
)
