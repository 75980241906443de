"""The handler in real LiteLLM, and mock upstreams on real sockets behind it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import litellm
import pytest
from litellm.utils import custom_llm_setup

from claude_code_proxy.claude_code_router import claude_code_router
from mock_upstream import MockServer, Session, create_app, load_profile
from tests.claude_code_proxy.upstream import Upstream


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make LiteLLM know the provider for one test, and be quiet about models it does not know."""
    provider: Any = {"provider": "claude_code_router", "custom_handler": claude_code_router}
    monkeypatch.setattr(litellm, "custom_provider_map", [provider])
    monkeypatch.setattr(litellm, "_custom_providers", list(litellm._custom_providers))
    monkeypatch.setattr(litellm, "provider_list", list(litellm.provider_list))
    monkeypatch.setattr(litellm, "suppress_debug_info", True)
    custom_llm_setup()


@pytest.fixture
def start() -> Iterator[Callable[..., Upstream]]:
    """Start a mock upstream of a profile, with overrides as `Session` takes them."""
    with ExitStack() as servers:

        def run(profile: str = "permissive", **overrides: Any) -> Upstream:
            session = Session(load_profile(profile), **overrides)
            server = servers.enter_context(MockServer(create_app(session)))
            return Upstream(session, f"{server.url}/v1")

        yield run


@pytest.fixture
def upstream(start: Callable[..., Upstream]) -> Upstream:
    """An upstream that accepts every field."""
    return start("permissive")
