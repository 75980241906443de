"""What holds for every test: no real key in play, loopback only, no snapshot rewritten in CI."""

import ipaddress
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

# What a developer's shell may hold and a test must not see: keys, proxies, our and LiteLLM's own
# switches.
AMBIENT_PREFIXES: Final = (
    "ALWAYS_USE_RESPONSES_API",
    "ANTHROPIC_",
    "AWS_",
    "AZURE_",
    "CUSTOM_OPENAI_",
    "LITELLM_",
    "OPENAI_",
    "REMAP_CLAUDE_",
)
AMBIENT_SUFFIXES: Final = ("_API_KEY", "_AUTH_TOKEN", "_PROXY")
SNAPSHOT_WRITERS: Final = ("--snapshot-update", "--snapshot-update-new-only")


def ambient_names(environment: Mapping[str, str]) -> list[str]:
    """The variables of an environment that could change what a test sends, or lend it a key."""
    return [
        name
        for name in environment
        if name.upper().startswith(AMBIENT_PREFIXES) or name.upper().endswith(AMBIENT_SUFFIXES)
    ]


# The fuzzer is in no wheel. At the end, so that an installed package still comes before the tree's.
sys.path.append(str(Path(__file__).parents[1]))

# At import, which comes before that of any test module and so of LiteLLM: it reads both then.
for _name in ambient_names(os.environ):
    del os.environ[_name]
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"] = "True"

# A shell that starts a job in the background lets it ignore Ctrl-C, and so would every command that
# a test starts and stops by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class OfflineError(RuntimeError):
    """A test reached for another machine.

    Not an OSError: a client takes that for a network failure, retries, and hides the cause.
    """


def is_loopback(host: object) -> bool:
    """Whether a host, as the socket module takes it, can only mean this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


def stay_on_loopback(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: refuse a connection or a name lookup that would leave this machine."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if not isinstance(address, tuple):  # a Unix socket's address is a path
            return
        host = address[0]
    else:
        return
    if not is_loopback(host):
        raise OfflineError(
            f"{event} to {host!r}: a test may only reach this machine (127.0.0.1, ::1, localhost). "
            "Start a MockServer and use its url."
        )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to rewrite snapshots in CI, then close the way out for the rest of the process."""
    for option in SNAPSHOT_WRITERS:
        if os.environ.get("CI") and config.getoption(option, default=False):
            raise pytest.UsageError(
                f"{option} was given while CI is set: CI compares snapshots, a person accepts "
                "them. Run it where CI is not set, read the difference, and commit it."
            )
    sys.addaudithook(stay_on_loopback)
