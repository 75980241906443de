"""One handler and one mock for all that is driven here."""

import os
from collections.abc import Iterator
from unittest import mock

import pytest

from conformance.explain.explain import quiet
from conformance.explain.handler_drive import HandlerDrive
from conformance.explain.matching import Catalogue
from conformance.loading import load_handler


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue()


@pytest.fixture(scope="module")
def drive() -> Iterator[HandlerDrive]:
    handler, _ = load_handler()
    with quiet(), HandlerDrive(handler) as driven:
        yield driven


@pytest.fixture
def own_environment() -> Iterator[None]:
    """What a command prepares for LiteLLM is of this test alone."""
    with mock.patch.dict(os.environ):
        yield
