"""Tests of what was recorded of a scenario: once for every scenario."""

import pytest

from conformance.scenarios import load_scenarios

each_scenario = pytest.mark.parametrize(
    "recorded", [scenario.name for scenario in load_scenarios()], indirect=True
)
