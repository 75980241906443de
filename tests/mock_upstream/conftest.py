"""Servers for the tests: a mock in a thread, and the command in a process of its own."""

import contextlib
import functools
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from mock_upstream import MockServer, Session, create_app, load_profile

KEY = {"authorization": "Bearer key-from-call"}


@dataclass(frozen=True, slots=True)
class Mock:
    """A served session and a client of it that sends a valid key."""

    session: Session
    server: MockServer
    client: httpx.Client

    @property
    def url(self) -> str:
        return self.server.url


ServeMock = Callable[..., Mock]


@pytest.fixture(scope="session")
def no_tls() -> ssl.SSLContext:
    """An empty TLS context for clients of plain HTTP: loading the authorities takes 40 ms each."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
def serve(no_tls: ssl.SSLContext) -> Iterator[ServeMock]:
    """Serve a new session in a thread: `serve("gateway", reject=("metadata",))`."""
    with contextlib.ExitStack() as stack:

        def start(profile: str = "openai", body_limit: int = 2**20, **overrides: Any) -> Mock:
            patience = overrides.pop("body_patience", 30.0)
            access = overrides.pop("access", None)
            session = Session(load_profile(profile), **overrides)
            app = create_app(session, body_limit, patience, access)
            server = stack.enter_context(MockServer(app))
            client = httpx.Client(base_url=server.url, headers=KEY, timeout=10, verify=no_tls)
            return Mock(session, server, stack.enter_context(client))

        yield start


@pytest.fixture
def mock(serve: ServeMock) -> Mock:
    """The profile `openai`, served."""
    return serve()


@dataclass(slots=True)
class Command:
    """A running `mock-upstream serve` or `record`."""

    process: subprocess.Popen[str]
    url: str

    def stop(self) -> tuple[int, str, str]:
        """Send SIGTERM; return exit code, the rest of stdout, and stderr."""
        self.process.terminate()
        stdout, stderr = self.process.communicate(timeout=30)
        return self.process.returncode, stdout, stderr


@pytest.fixture
def start() -> Iterator[Callable[..., Command]]:
    """Start `mock-upstream` with words of its command line; wait for its line on stdout."""
    with contextlib.ExitStack() as stack:

        def start(*words: str, **environment: str) -> Command:
            process = subprocess.Popen(  # noqa: S603 -- our own command
                (sys.executable, "-m", "mock_upstream", *words),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | environment,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            return Command(process, process.stdout.readline().strip())

        yield start


@pytest.fixture
def command(start: Callable[..., Command]) -> Callable[..., Command]:
    """Start `mock-upstream serve` with options, and wait for its line on stdout."""
    return functools.partial(start, "serve")
