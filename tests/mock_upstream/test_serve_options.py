"""The options of `serve` about scripts, the journal and the control API; and in-process use."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_upstream import (
    ControlAccess,
    MockProcess,
    ReplyPlan,
    Session,
    create_app,
    load_profile,
)
from mock_upstream.cli import EXIT_USAGE

KEY = {"authorization": "Bearer key-from-call"}
SMALL = {"model": "m", "input": "hi"}
SCRIPT = "entries: [{reply: {text: from the script}}]\n"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `serve` to its end."""
    return subprocess.run(  # noqa: S603 -- our own command
        (sys.executable, "-m", "mock_upstream", "serve", *arguments),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env=os.environ | environment,
    )


def test_a_script_file_is_played(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(SCRIPT, "utf-8")
    with MockProcess("--script", str(path)) as mock:
        reply = httpx.post(f"{mock.url}/v1/responses", json=SMALL, headers=KEY)
        assert "from the script" in reply.text
        assert httpx.get(f"{mock.url}/_mock/script").json()["origin"] == str(path)


def test_the_journal_s_bound_is_given() -> None:
    with MockProcess("--journal-bytes", "10KiB") as mock:
        for _ in range(30):
            httpx.post(f"{mock.url}/v1/responses", json=SMALL, headers=KEY)
        account = httpx.get(f"{mock.url}/_mock/journal").json()["account"]
    assert account["max_bytes"] == 10 * 1024
    assert account["bytes"] <= 10 * 1024
    assert account["kept"] + account["evicted"] == account["requests"] == 30
    assert account["evicted"] > 0


def other_address() -> str | None:
    """An address of this machine that is not loopback, if it has one."""
    hostname = shutil.which("hostname")
    if hostname is None:
        return None
    done = subprocess.run((hostname, "-I"), capture_output=True, text=True, check=False)  # noqa: S603 -- found above
    return next((one for one in done.stdout.split() if "." in one), None)


def status_at(url: str, *headers: str) -> int:
    """Ask as another program does: a test itself may reach loopback alone."""
    code = (
        "import sys, httpx; url, *pair = sys.argv[1:]; "
        "print(httpx.get(url, headers=[tuple(pair)] if pair else []).status_code)"
    )
    done = subprocess.run(  # noqa: S603 -- our own program
        (sys.executable, "-c", code, url, *headers), capture_output=True, text=True, check=True
    )
    return int(done.stdout)


EVERYWHERE = ("--host", "0.0.0.0")  # noqa: S104 -- what is tested


def test_on_every_address_control_is_off_and_said_so() -> None:
    """Without a token nobody may call, this machine neither; health is answered; stderr says so."""
    with MockProcess(*EVERYWHERE, "--quiet") as mock:
        for method, path in (("GET", "journal"), ("GET", "state"), ("POST", "reset")):
            refused = httpx.request(method, f"{mock.url}/_mock/{path}")
            assert refused.status_code == 403
            assert "--control-token-env" in refused.json()["error"]["message"]
        assert httpx.get(f"{mock.url}/_mock/health").is_success
    assert mock.stderr.splitlines() == [
        "Other machines can reach this mock: it does not listen on loopback only.",
        "The control API is off here but for /_mock/health; --control-token-env NAME turns it on.",
    ]


def test_with_a_token_control_is_on_and_what_it_shows_is_said() -> None:
    """The token is asked for from every address and shown nowhere; stderr names what it opens."""
    options = (*EVERYWHERE, "--control-token-env", "TOKEN")
    with MockProcess(*options, environment={"TOKEN": "token-of-control"}) as mock:
        addresses = {mock.url}
        if other := other_address():
            addresses.add(f"http://{other}:{mock.url.rpartition(':')[2]}")
        for url in addresses:
            assert status_at(f"{url}/_mock/state") == 401
            assert status_at(f"{url}/_mock/state", "x-mock-token", "token-of-control") == 200
    assert "they can drive it under /_mock" in mock.stderr
    assert "texts of requests included" in mock.stderr
    assert "token-of-control" not in mock.stderr


EVERYWHERE_PROGRAM = """
import sys, httpx
from mock_upstream import MockServer, Session, create_app, load_profile
with MockServer(create_app(Session(load_profile("openai"))), host="0.0.0.0") as server:
    port = server.url.rpartition(":")[2]
    for host in ("127.0.0.1", sys.argv[1]):
        for path in ("_mock/state", "_mock/health", "v1/models"):
            key = {"authorization": "Bearer key-from-call"}
            print(httpx.get(f"http://{host}:{port}/{path}", headers=key).status_code)
"""


def test_another_machine_s_address_is_not_loopback() -> None:
    """A server of a thread that listens everywhere answers control calls on loopback alone."""
    other = other_address()
    if other is None:
        pytest.skip("this machine has no address but loopback")
    done = subprocess.run(  # noqa: S603 -- our own program
        (sys.executable, "-c", EVERYWHERE_PROGRAM, other),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["200", "200", "200", "403", "200", "200"]


def test_control_can_be_turned_off() -> None:
    with MockProcess("--control", "off") as mock:
        assert httpx.get(f"{mock.url}/_mock/journal").status_code == 403
        assert httpx.get(f"{mock.url}/_mock/health").is_success


USAGE_ERRORS = {
    "no file to watch": (("--watch",), "there is no file to watch"),
    "script missing": (("--script", "absent.yaml"), "absent.yaml: cannot read the script"),
    "script a directory": (("--script", "/"), "/: cannot read the script"),
    "journal without size": (("--journal-bytes", "0"), "'0' is no size"),
    "control misspelt": (("--control", "of"), "'of' is not one of 'on', 'off'"),
    "token unset": (("--control-token-env", "ABSENT"), "'ABSENT' is not set"),
    "token empty": (("--control-token-env", "EMPTY"), "'EMPTY' is empty"),
    "token of two lines": (("--control-token-env", "LINES"), "no header carries"),
    "token for nothing": (("--control", "off", "--control-token-env", "EMPTY"), "needs no token"),
    "grace below zero": (("--grace", "-1"), "is not in the range"),
}


@pytest.mark.parametrize(("arguments", "said"), USAGE_ERRORS.values(), ids=USAGE_ERRORS.keys())
def test_bad_input_is_explained(arguments: tuple[str, ...], said: str) -> None:
    """What cannot be used is exit code 2 and a sentence on stderr, never a traceback."""
    done = run(*arguments, EMPTY="", LINES="a\nb")
    assert (done.returncode, done.stdout) == (EXIT_USAGE, "")
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_token_in_the_place_of_its_variable_is_not_repeated() -> None:
    done = run("--control-token-env", "token-of-control")
    assert done.returncode == EXIT_USAGE
    assert "token-of-control" not in done.stderr


def test_a_bad_script_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text("strict: true\nentries:\n  - repyl: {text: a}\n", "utf-8")
    done = run("--script", str(path))
    assert done.returncode == EXIT_USAGE
    assert f"{path}:3: entries[0].repyl: unknown key" in done.stderr


# In the process, without a socket


def in_process(app: Any, method: str, path: str, **options: Any) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await client.request(method, path, headers=KEY, **options)

    return asyncio.run(call())


def test_the_app_is_used_in_the_process() -> None:
    """httpx.ASGITransport reaches the upstream and the control API, as over a socket."""
    session = Session(load_profile("gateway"))
    session.reply_with(ReplyPlan(text="in the process"))
    app = create_app(session)
    assert "in the process" in in_process(app, "POST", "/v1/responses", json=SMALL).text
    refused = in_process(app, "POST", "/v1/responses", json=SMALL | {"metadata": {}})
    assert refused.json() == {"detail": "Unsupported parameter: metadata"}
    page = in_process(app, "GET", "/_mock/journal").json()
    assert [entry["status"] for entry in page["entries"]] == [200, 400]
    exported = in_process(app, "GET", "/_mock/journal?format=jsonl").text
    assert exported.count("\n") == 2
    assert in_process(app, "GET", "/_mock/health").json() == {"status": "ok"}


def test_control_of_an_app_is_given() -> None:
    app = create_app(Session(load_profile("openai")), control=ControlAccess(token="t-1"))
    assert in_process(app, "GET", "/_mock/state").status_code == 401
    off = create_app(Session(load_profile("openai")), control=ControlAccess(off=True))
    assert in_process(off, "GET", "/_mock/state").status_code == 403
