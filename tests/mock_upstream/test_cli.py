"""The command `mock-upstream` as a user starts, asks and stops it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_upstream import ServerStartError, profile_names
from mock_upstream.byte_size import byte_size
from mock_upstream.cli import EXIT_CANNOT_LISTEN, EXIT_USAGE
from mock_upstream.listener import listen
from mock_upstream.replies.reply_quirks import QUIRKS

KEY = {"authorization": "Bearer key-from-call"}
SMALL = {"model": "gpt-5.2", "input": "hi"}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(  # noqa: S603 -- our own command
        (sys.executable, "-m", "mock_upstream", *arguments),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env=os.environ | environment,
    )


def test_serve_says_where_answers_and_ends_cleanly(command: Any) -> None:
    """One line on stdout, the URL; the answer at once; exit code 0 on SIGTERM; a line a request."""
    served = command("--profile", "gateway", "--reject", "store")
    assert served.url.startswith("http://127.0.0.1:")
    with httpx.Client(base_url=served.url, headers=KEY) as client:
        assert client.post("/v1/responses", json=SMALL).status_code == 200
        refused = client.post("/v1/responses", json=SMALL | {"metadata": {}})
        assert refused.json() == {"detail": "Unsupported parameter: metadata"}
        assert client.post("/v1/responses", json=SMALL | {"store": False}).status_code == 400
        assert client.get("/v1/a%0Ab?api_key=key-from-query").status_code == 404
    code, rest, log = served.stop()
    assert (code, rest) == (0, "")
    assert log.splitlines() == [
        f"Serving profile gateway at {served.url}/v1",
        "POST /v1/responses 200",
        log.splitlines()[2],
        log.splitlines()[3],
        "GET /v1/a\\nb 404 refused: unknown-url",
    ]
    assert "metadata" in log.splitlines()[2]
    assert "store" in log.splitlines()[3]


def test_interrupting_ends_cleanly_too(command: Any) -> None:
    """Ctrl-C is exit code 0, without a traceback."""
    served = command()
    served.process.send_signal(signal.SIGINT)
    _, errors = served.process.communicate(timeout=20)
    assert served.process.returncode == 0
    assert "Traceback" not in errors


def test_sigterm_ends_it_though_a_request_is_unfinished(command: Any) -> None:
    """A request in progress does not keep the command alive for ever."""
    served = command()
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(b"POST /v1/responses HTTP/1.1\r\nHost: m\r\nContent-Length: 9\r\n\r\n{")
        assert httpx.get(f"{served.url}/_mock/health").is_success
        served.process.terminate()
        served.process.terminate()
        assert served.process.wait(timeout=20) == 0


def test_quiet_prints_the_url_only(command: Any) -> None:
    served = command("--quiet")
    assert httpx.get(f"{served.url}/v1/foo").status_code == 404
    port = int(served.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"no HTTP\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert served.stop() == (0, "", "")


def test_auth_and_unknown_override_the_profile(command: Any) -> None:
    """`--auth off --unknown ignore` takes what the profile would refuse."""
    served = command("--profile", "openai", "--auth", "off", "--unknown", "ignore")
    response = httpx.post(f"{served.url}/v1/responses", json=SMALL | {"surprise": 1})
    assert response.status_code == 200


def test_keys_are_named_and_never_shown(command: Any) -> None:
    """Keys from options and environment are valid, others not, and none shows anywhere."""
    options = ("--api-key", "key-from-option", "--api-key-env", "MARKED_KEY")
    served = command(*options, MARKED_KEY="key-from-env")
    statuses, texts = [], []
    for key in ("key-from-option", "key-from-env", "key-from-stranger"):
        headers = {"authorization": f"Bearer {key}"}
        response = httpx.post(f"{served.url}/v1/responses", json=SMALL, headers=headers)
        statuses.append(response.status_code)
        texts += [response.text, str(response.headers)]
    assert statuses == [200, 200, 401]
    _, out, err = served.stop()
    assert "key-from-" not in "".join([out, err, *texts])


def test_keys_have_states(command: Any) -> None:
    """Options and environment say what the upstream knows of a key; no key shows anywhere."""
    options = ("--key-state", "no-quota=key-from-option", "--key-state-env", "other-project=MARKED")
    served = command(*options, MARKED="key-from-env")
    codes, texts = [], []
    for key in ("key-from-option", "key-from-env", "key-from-stranger"):
        headers = {"authorization": f"Bearer {key}"}
        response = httpx.post(f"{served.url}/v1/responses", json=SMALL, headers=headers)
        codes.append((response.status_code, response.json().get("error") or {}))
        texts.append(response.text)
    assert [(status, error.get("code")) for status, error in codes] == [
        (429, "insufficient_quota"),
        (401, "mismatched_project"),
        (200, None),
    ]
    _, out, err = served.stop()
    assert "refused: no-quota" in err
    assert "key-from-" not in "".join([out, err, *texts])


@pytest.mark.parametrize(
    "options",
    [
        ("--key-state", "key-from-option=expired"),
        ("--key-state", "key-from-option"),
        ("--key-state-env", "key-from-option=expired"),
        ("--key-state-env", "expired=key-from-option"),
        ("--api-key-env", "key-from-option"),
        ("--api-key", "key-from-option", "--key-state", "expired=key-from-option"),
    ],
)
def test_a_key_in_the_wrong_place_is_not_repeated(options: tuple[str, ...]) -> None:
    """What stands where a state or a variable should may be the key itself."""
    done = run("serve", *options)
    assert done.returncode == EXIT_USAGE
    assert "key-from-option" not in done.stdout + done.stderr


def test_a_body_limit_is_kept(command: Any) -> None:
    served = command("--body-limit", "1KiB")
    url = f"{served.url}/v1/responses"
    assert httpx.post(url, content=b"x" * 1025, headers=KEY).status_code == 413
    assert httpx.post(url, content=b"x" * 1024, headers=KEY).status_code == 400


USAGE_ERRORS = {
    "unknown option": (("serve", "--prot", "1"), "--port"),
    "unknown command": (("sreve",), "sreve"),
    "port too high": (("serve", "--port", "70000"), "70000 is not in the range 0<=x<=65535"),
    "port no number": (("serve", "--port", "http"), "'http' is not a valid integer"),
    "bad auth": (("serve", "--auth", "on"), "'on' is not one of 'required', 'off'"),
    "bad unknown": (("serve", "--unknown", "drop"), "'drop' is not one of 'reject', 'top'"),
    "profile misspelt": (("serve", "--profile", "opnai"), "openai"),
    "profile missing": (("serve", "--profile", "./absent.yaml"), "absent.yaml"),
    "profile a directory": (("serve", "--profile", "/"), "/"),
    "bad path": (("serve", "--reject", "input[*.x"), "input[*.x"),
    "empty path": (("serve", "--reject", ""), "field path"),
    "bad size": (("serve", "--body-limit", "lots"), "'lots' is no size; give bytes from 1"),
    "no size": (("serve", "--body-limit", "0"), "'0' is no size"),
    "key variable unset": (("serve", "--api-key-env", "ABSENT"), "'ABSENT' is not set"),
    "key variable empty": (("serve", "--api-key-env", "EMPTY"), "'EMPTY' is empty"),
    "empty key": (("serve", "--api-key", ""), "--api-key is empty"),
    "keys without auth": (("serve", "--auth", "off", "--api-key", "k"), "leave out --api-key"),
    "states without auth": (
        ("serve", "--auth", "off", "--key-state", "expired=k"),
        "leave out --api-key",
    ),
    "unknown state": (
        ("serve", "--key-state", "expird=k"),
        "takes STATE=KEY, with a state of valid",
    ),
    "state without key": (("serve", "--key-state", "expired="), "takes STATE=KEY"),
    "unknown state of a variable": (("serve", "--key-state-env", "A"), "takes STATE=NAME"),
    "state variable unset": (("serve", "--key-state-env", "expired=ABSENT"), "'ABSENT' is not set"),
    "two states": (
        ("serve", "--api-key", "k", "--key-state", "expired=k"),
        "A key is named as valid and as expired",
    ),
}


@pytest.mark.parametrize(("arguments", "said"), USAGE_ERRORS.values(), ids=USAGE_ERRORS.keys())
def test_bad_input_is_explained(arguments: tuple[str, ...], said: str) -> None:
    """What cannot be used is exit code 2 and a sentence on stderr, never a traceback."""
    done = run(*arguments, EMPTY="")
    assert (done.returncode, done.stdout) == (EXIT_USAGE, "")
    assert said in " ".join(done.stderr.split())
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_an_invalid_profile_names_file_and_place(tmp_path: Path) -> None:
    """A profile with a key that does not exist is refused with the file and the nearest key."""
    profile = tmp_path / "mine.yaml"
    profile.write_text("name: mine\nabuot: x\n", "utf-8")
    done = run("serve", "--profile", str(profile))
    assert done.returncode == EXIT_USAGE
    assert str(profile) in done.stderr
    assert "abuot" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_on_the_command_line_is_not_repeated_in_an_error() -> None:
    """An error about another option does not show the key."""
    done = run("serve", "--api-key", "key-from-option", "--profile", "opnai")
    assert "key-from-option" not in done.stdout + done.stderr


@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.1"])
def test_an_address_that_cannot_be_had_is_explained(address: str) -> None:
    """An occupied port, or an address of another machine, is exit code 3 and a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--host", address, "--port", port)
    assert (done.returncode, done.stdout) == (EXIT_CANNOT_LISTEN, "")
    assert done.stderr.startswith(f"Error: Cannot listen on {address} port {port}: ")
    assert "choose another one" in done.stderr or "use 127.0.0.1" in done.stderr


def test_help_has_examples_and_exit_codes() -> None:
    """`--help` shows every option, commands to copy and what the exit codes mean."""
    done = run("serve", "--help")
    assert done.returncode == 0
    for word in ("--reject", "--api-key-env", "--body-limit", "Examples:", "Exit codes:"):
        assert word in done.stdout


def test_profiles_are_listed_one_a_line() -> None:
    """`profiles` names each shipped profile and says what it is."""
    lines = run("profiles").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(profile_names())
    assert all(len(line.split()) > 3 for line in lines)


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("4096", 4096), ("64KiB", 65536), ("2 MiB", 2 * 2**20), ("1gib", 2**30), ("7B", 7)],
)
def test_sizes_are_read(text: str, size: int) -> None:
    """A size is a number of bytes, or one with a binary unit."""
    assert byte_size(text) == size


def test_a_server_error_is_one_sentence() -> None:
    """The error of the Python API is that of the command."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ServerStartError) as caught,
    ):
        listen("127.0.0.1", taken.getsockname()[1])
    assert str(caught.value).endswith("choose another one, or 0 for a free one.")


def test_quirks_are_listed_one_a_line() -> None:
    """`quirks` names each quirk of replies and says what it does."""
    lines = run("quirks").stdout.splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [list(pair) for pair in QUIRKS.items()]


def test_replies_are_served_in_the_style_of_the_options(command: Any) -> None:
    """`--dialect` and `--quirk` change the replies of the served mock."""
    served = command("--dialect", "sparse", "--quirk", "no-usage", "--quirk", "crlf", "--quiet")
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    key = {"authorization": "Bearer key-from-call"}
    streamed = httpx.post(f"{served.url}/v1/chat/completions", json=body, headers=key)
    assert streamed.text.startswith("data: {")
    assert streamed.text.endswith("}\r\n\r\ndata: [DONE]\r\n\r\n")
    assert "system_fingerprint" not in streamed.text
    served.stop()


def test_a_quirk_that_is_unknown_is_explained() -> None:
    """A misspelt quirk is exit code 2 and the nearest right word."""
    done = run("serve", "--quirk", "no-usages")
    assert (done.returncode, done.stdout) == (EXIT_USAGE, "")
    assert "did you mean 'no-usage'?" in done.stderr
