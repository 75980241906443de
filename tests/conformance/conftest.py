"""Each scenario is recorded once in a process, by the same code as ``conformance run``."""

import pytest

from claude_code_proxy.claude_code_router import claude_code_router
from conformance import environment
from conformance.records import Records
from conformance.run import record
from conformance.scenarios import load_scenarios


@pytest.fixture(scope="session")
def recorded(request: pytest.FixtureRequest) -> Records:
    """All cases of the scenario that the test names, recorded and replayed."""
    environment.prepare()
    [records] = record(claude_code_router, load_scenarios([request.param]))
    return records
