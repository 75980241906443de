"""One LiteLLM process for each layout, kept for the whole session: a start takes 13 s and more."""

from collections.abc import Iterator

import pytest

from tests.proxy import layouts
from tests.proxy.rig import Rig, running


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(layouts.installed, marks=pytest.mark.xdist_group("proxy-installed")),
        pytest.param(layouts.copied, marks=pytest.mark.xdist_group("proxy-copied")),
    ],
    ids=["installed", "copied"],
)
def session_rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rig]:
    """A running proxy in each layout; all tests of one layout share it, in one xdist worker."""
    layout = request.param(tmp_path_factory.mktemp("proxy"))
    with running(layout) as rig:
        yield rig


@pytest.fixture
def rig(session_rig: Rig) -> Rig:
    """The layout's running proxy, in front of mocks that have not been asked anything yet."""
    for session in session_rig.sessions:
        session.journal.clear()
    return session_rig
