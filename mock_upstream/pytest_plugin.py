"""The pytest plugin: the fixture `mock_upstream`, a mock of its own for each test.

Pytest imports this module in every project that has the mock installed. It therefore imports
nothing but pytest; the server and all behind it are loaded by the first test that uses the fixture.
"""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from mock_upstream.testing.loop_thread import LoopThread
    from mock_upstream.testing.marker import Profiles
    from mock_upstream.testing.upstream import Upstream

MARKER: Final = (
    "mock_upstream(profile='openai', script=None, faults=(), **overrides): how the mock of the "
    "fixture `mock_upstream` behaves: a shipped profile or a YAML file, a Script or its file, and "
    "what else `mock_upstream.Session` takes."
)

_UPSTREAM: Final = pytest.StashKey["Upstream"]()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def mock_upstream_thread() -> Iterator["tuple[LoopThread, Profiles]"]:
    """The thread in which the mocks of all tests are served, and the profiles that were read."""
    from mock_upstream.testing.loop_thread import LoopThread
    from mock_upstream.testing.marker import Profiles

    with LoopThread() as thread:
        yield thread, Profiles()


@pytest.fixture
def mock_upstream(
    request: pytest.FixtureRequest, mock_upstream_thread: "tuple[LoopThread, Profiles]"
) -> Iterator["Upstream"]:
    """A mock upstream for this test alone: its own port, profile, script and journal."""
    from mock_upstream.testing.marker import session_of
    from mock_upstream.testing.upstream import Upstream

    thread, profiles = mock_upstream_thread
    session, key = session_of(request.node, profiles)
    with thread.served(session) as url:
        upstream = request.node.stash[_UPSTREAM] = Upstream(url, session, key)
        yield upstream


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that went well but for what its strict script says."""
    yield
    upstream = item.stash.get(_UPSTREAM, None)
    if upstream is not None:
        upstream.check_script()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the test's requests to the report of its failure."""
    report = yield
    upstream = item.stash.get(_UPSTREAM, None)
    if upstream is not None and report.failed:
        report.sections.append(("mock upstream", upstream.told()))
    return report
