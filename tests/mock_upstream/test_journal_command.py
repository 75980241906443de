"""`mock-upstream journal`: the requests of a running mock, for people and for machines."""

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

import orjson
import pytest

from mock_upstream import ControlAccess, Journal

SMALL = {"model": "m", "input": "hi"}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- our own command
        (sys.executable, "-m", "mock_upstream", "journal", *arguments),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=os.environ | environment,
    )


def test_entries_are_listed_one_a_line(mock: Any) -> None:
    """Number, time, request, status, size, and what refused it, at which place."""
    mock.client.post("/v1/responses", json=SMALL)
    mock.client.post("/v1/responses?api_key=key-from-query", json=SMALL | {"surprise": 1})
    done = run(mock.url)
    first, second = done.stdout.splitlines()
    assert first.split()[0] == "1"
    assert "POST /v1/responses  200" in first
    assert second.endswith("unknown-parameter at surprise")
    assert "key-from" not in done.stdout


def test_json_and_curl_are_the_exports(mock: Any) -> None:
    """`--json` prints the records, `--curl` the commands, both as narrowed by the options."""
    mock.client.post("/v1/responses", json=SMALL)
    mock.client.get("/v1/models")
    records = run(mock.url, "--json", "--method", "GET").stdout.splitlines()
    assert [orjson.loads(line)["path"] for line in records] == ["/v1/models"]
    commands = run(mock.url, "--curl", "--path", "/v1/r*").stdout
    assert commands.count("curl -sS") == 1
    assert "UPSTREAM_API_KEY" in commands


def test_what_was_evicted_is_said(serve: Any) -> None:
    mock = serve(journal=Journal(max_bytes=10_000))
    for _ in range(20):
        mock.client.post("/v1/responses", json=SMALL)
    done = run(mock.url)
    evicted = 20 - len(done.stdout.splitlines())
    assert done.stderr.strip() == f"{evicted} older entries were evicted."


@pytest.mark.parametrize("form", [(), ("--json",), ("--curl",)])
def test_what_comes_in_is_followed(mock: Any, form: tuple[str, ...]) -> None:
    """`--follow` prints an entry when it comes, until interrupted, and ends cleanly."""
    mock.client.post("/v1/responses", json=SMALL)
    with subprocess.Popen(  # noqa: S603 -- our own command
        (sys.executable, "-u", "-m", "mock_upstream", "journal", mock.url, "--follow", *form),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        guard = threading.Timer(20, process.kill)
        guard.start()
        assert process.stdout is not None
        first = process.stdout.readline()
        mock.client.get("/v1/models")
        lines = iter(process.stdout.readline, "")
        assert any("/v1/models" in line for line in lines)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        guard.cancel()
    assert "/v1/responses" in first
    assert (process.returncode, errors) == (0, "")


def test_a_session_and_a_token_are_given(serve: Any) -> None:
    """The token comes from a variable, and is never shown."""
    mock = serve(access=ControlAccess(token="token-of-control"))
    mock.client.post("/v1/responses", json=SMALL)
    refused = run(mock.url)
    assert (refused.returncode, "asks for its token" in refused.stderr) == (2, True)
    done = run(mock.url, "--token-env", "TOKEN", TOKEN="token-of-control")
    assert len(done.stdout.splitlines()) == 1
    other = run(mock.url, "--token-env", "TOKEN", "--session", "x", TOKEN="token-of-control")
    assert "no session 'x'" in other.stderr
    assert "token-of-control" not in done.stdout + done.stderr + other.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("URL", "--status", "40"), 2, "status: received '40'"),
        (("URL", "--verdict", "refusd"), 2, "did you mean 'refused'?"),
        (("URL", "--json", "--curl"), 2, "choose one"),
        (("URL", "--token-env", "ABSENT"), 2, "no variable of that name"),
        (("ftp://x",), 2, "is no URL"),
        (("http://",), 2, "is no URL"),
        (("http://127.0.0.1:99999",), 3, "no mock answers"),
        ((), 2, "Missing argument"),
    ],
)
def test_bad_input_is_explained(
    mock: Any, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """An exit code and a sentence, never a traceback."""
    done = run(*(mock.url if one == "URL" else one for one in arguments))
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_mock_is_said() -> None:
    """Nobody there, or somebody who speaks no HTTP, is exit code 3 and a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def babble() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 hello\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        done = run(f"127.0.0.1:{port}")
        thread.join()
    assert (done.returncode, "no mock answers" in done.stderr) == (3, True)
    gone = run(f"127.0.0.1:{port}")
    assert (gone.returncode, "no mock answers" in gone.stderr) == (3, True)
