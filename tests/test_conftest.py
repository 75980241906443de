"""The session rules of conftest.py, held by breaking each of them."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run_pytest(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A pytest of its own on this repository, in an environment without CI unless given."""
    ours = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(  # noqa: S603 - our own interpreter and our own arguments
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env={**ours, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("option", ["--snapshot-update", "--snapshot-update-new-only"])
def test_ci_refuses_to_write_snapshots(option: str) -> None:
    """With CI set, an option that writes snapshots ends pytest with a usage error that names it."""
    refused = run_pytest(option, "tests/test_conftest.py", CI="true")
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"{option} was given while CI is set" in refused.stderr


def test_a_person_may_write_snapshots() -> None:
    """Without CI the same option is accepted."""
    allowed = run_pytest("--snapshot-update", "--collect-only", "-q", "tests/test_conftest.py")
    assert allowed.returncode == pytest.ExitCode.OK, allowed.stderr


def test_ambient_keys_are_gone_before_tests_are_imported(tmp_path: Path) -> None:
    """A key, a proxy and a switch of the caller's shell are not seen by a test module."""
    names = ["OPENAI_API_KEY", "SOME_VENDOR_API_KEY", "https_proxy", "ALWAYS_USE_RESPONSES_API"]
    conftest = tmp_path / "conftest.py"
    conftest.write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    (tmp_path / "test_seen.py").write_text(
        "import os\n"
        f"SEEN = [name for name in {names} if name in os.environ]\n"
        "def test_seen():\n"
        "    assert SEEN == []\n"
        "    assert os.environ['LITELLM_LOCAL_MODEL_COST_MAP'] == 'True'\n"
        "    assert os.environ['LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS'] == 'True'\n"
    )
    inner = run_pytest(
        f"--rootdir={tmp_path}", str(tmp_path), **dict.fromkeys(names, "key-from-shell")
    )
    assert inner.returncode == pytest.ExitCode.OK, inner.stdout


def connect_by_address() -> None:
    with socket.socket() as client:
        client.settimeout(1)
        client.connect(("192.0.2.1", 443))


def look_up_a_name() -> None:
    socket.getaddrinfo("upstream.invalid", 443)


def send_a_datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.sendto(b"", ("192.0.2.1", 53))


@pytest.mark.parametrize("reach_out", [connect_by_address, look_up_a_name, send_a_datagram])
def test_nothing_leaves_this_machine(reach_out: Callable[[], None]) -> None:
    """Connecting, looking up a name or sending a datagram to elsewhere fails and says why."""
    with pytest.raises(RuntimeError, match="a test may only reach this machine"):
        reach_out()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_stays_open(host: str) -> None:
    """A server on this machine can be reached by address and by name."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1]), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()
