"""One LiteLLM, one handler and one mock for all that is driven here."""

from collections.abc import Iterator

import pytest

from conformance.environment import prepare

prepare()

from conformance.explain.explain import quiet  # noqa: E402 -- LiteLLM reads the environment first
from conformance.explain.handler_drive import HandlerDrive  # noqa: E402
from conformance.explain.matching import Catalogue  # noqa: E402
from conformance.loading import load_handler  # noqa: E402


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue()


@pytest.fixture(scope="session")
def drive() -> Iterator[HandlerDrive]:
    quiet()
    handler, _ = load_handler()
    with HandlerDrive(handler) as driven:
        yield driven
