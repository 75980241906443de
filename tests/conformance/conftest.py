"""What the tests ask of the handler is recorded once, by the same code as ``conformance run``."""

from collections.abc import Mapping

import pytest

from conformance.records import Records
from tests.conformance.recording import recorded_once
from tests.conformance.reports.sharded import RECORDED


@pytest.fixture(scope="session")
def all_records(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Records]:
    """The records of every scenario that a test of this session names, by the core tier."""
    xdist = hasattr(request.config, "workerinput")
    directory = tmp_path_factory.getbasetemp()
    names = {
        str(item.callspec.params["recorded"])
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and hasattr(item, "callspec")
        and "recorded" in item.callspec.params
    }
    if any("sharded" in getattr(item, "fixturenames", ()) for item in request.session.items):
        names.update(RECORDED)
    return recorded_once(sorted(names), directory.parent if xdist else directory)


@pytest.fixture
def recorded(request: pytest.FixtureRequest, all_records: Mapping[str, Records]) -> Records:
    """All core cases of the scenario that the test names, recorded and replayed."""
    return all_records[request.param]
