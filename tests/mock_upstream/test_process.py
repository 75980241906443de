"""The mock in a process of its own: ready when it says so, ended when it is told to."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from mock_upstream import MockProcess, ServerStartError

KEY = {"authorization": "Bearer key-from-call"}
SMALL = {"model": "m", "input": "hi"}


def test_a_process_serves_inside_its_block() -> None:
    """It answers when the block is entered, ends with it, and keeps what it said."""
    with MockProcess("--profile", "gateway") as mock:
        url = mock.url
        assert httpx.post(f"{url}/v1/responses", json=SMALL, headers=KEY).status_code == 200
        assert "Serving profile gateway" in mock.stderr
        assert mock.pid != os.getpid()
    assert "POST /v1/responses 200" in mock.stderr
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/_mock/health")


def test_a_process_that_does_not_start_says_why() -> None:
    """The error has the command's own words and its exit code."""
    with pytest.raises(ServerStartError, match=r"exit code 2.*\n.*did you mean 'openai'"):
        MockProcess("--profile", "opnai").start()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(ServerStartError, match="the port is in use"):
            MockProcess("--port", port).start()


def test_a_process_that_is_not_ready_in_time_is_ended() -> None:
    """It is not left behind, and the error says how long was waited."""
    mock = MockProcess(ready_within=0.001)
    with pytest.raises(ServerStartError, match=r"not ready within 0.001 s"):
        mock.start()
    with pytest.raises(RuntimeError, match="not running"):
        _ = mock.url


def test_misuse_is_explained() -> None:
    mock = MockProcess()
    with pytest.raises(RuntimeError, match="use it in a with block"):
        _ = mock.url
    with pytest.raises(RuntimeError, match="use it in a with block"):
        _ = mock.pid
    assert mock.stop() == 0
    with mock, pytest.raises(RuntimeError, match="already running at http"):
        mock.start()


def test_a_process_that_ended_badly_fails_the_test() -> None:
    """A mock that was killed in the block is an error at its end, not a silent success."""
    mock = MockProcess().start()
    os.kill(mock.pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="exit code -9"):
        mock.__exit__(None, None, None)


def test_an_error_of_the_test_is_not_hidden() -> None:
    """What the block raises is what comes out of it, though the process died too."""
    mock = MockProcess().start()
    os.kill(mock.pid, signal.SIGKILL)
    mock.__exit__(ZeroDivisionError, ZeroDivisionError(), None)


def test_much_on_stderr_does_not_stop_it() -> None:
    """More lines than a pipe holds are kept whole while nobody reads them."""
    with MockProcess() as mock, httpx.Client() as client:
        for _ in range(300):
            client.get(f"{mock.url}/v1/{'x' * 1000}")
    assert mock.stderr.count("404 refused: unknown-url") == 300


def test_it_may_be_started_again() -> None:
    mock = MockProcess()
    for _ in range(2):
        with mock:
            assert httpx.get(f"{mock.url}/_mock/health").is_success


SLOW = """
entries:
  - raw:
      status: 200
      headers: {content-type: text/plain}
      chunks: ["begun ", 1.0, "done"]
"""


@pytest.mark.parametrize(("signals", "drained"), [(1, True), (2, False)])
def test_sigterm_drains_running_replies(tmp_path: Path, *, signals: int, drained: bool) -> None:
    """A reply under way is finished after SIGTERM, no other is begun; a second signal cuts it."""
    script = tmp_path / "script.yaml"
    script.write_text(SLOW, "utf-8")
    mock = MockProcess("--script", str(script), "--grace", "20").start()
    read: list[bytes] = []
    begun = threading.Event()

    def reader() -> None:
        try:
            with httpx.stream("POST", f"{url}/v1/responses", json=SMALL, headers=KEY) as reply:
                for chunk in reply.iter_bytes():
                    read.append(chunk)
                    begun.set()
        except httpx.TransportError:
            pass

    url, pid = mock.url, mock.pid
    thread = threading.Thread(target=reader)
    thread.start()
    assert begun.wait(10)
    os.kill(pid, signal.SIGTERM)
    time.sleep(0.2)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/_mock/health")
    if signals == 2:
        os.kill(pid, signal.SIGTERM)
    thread.join(10)
    assert (b"".join(read) == b"begun done") is drained
    assert mock.stop() == 0
