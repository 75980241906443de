"""The command `mock-upstream record`: its line, its files, its exit codes."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_upstream import ReplyPlan, load_profile, load_script, parse_script
from mock_upstream.recording.record_command import record as record_options

KEY = "key-of-the-upstream"
COMMAND = (sys.executable, "-m", "mock_upstream", "record")


@pytest.fixture
def record(start: Any) -> Callable[..., Any]:
    """Start `mock-upstream record` with options, and wait for its line on stdout."""
    return partial(start, "record")


def ask(running: Any, **fields: Any) -> httpx.Response:
    """Ask the recorder for a response."""
    headers = {"authorization": f"Bearer {KEY}"}
    body = {"model": "gpt-5.2", "input": "Hello", **fields}
    with httpx.Client(trust_env=False, headers=headers) as client:
        return client.post(f"{running.url}/v1/responses", json=body)


def refused(*options: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 -- our own command
        (*COMMAND, *options),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=os.environ | environment,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


PAGE = Path(__file__).parents[2] / "docs" / "recording.md"


def test_the_page_shows_what_is_there(tmp_path: Path) -> None:
    """Its script and its profile are good, and the options that it names exist."""
    text = PAGE.read_text(encoding="utf-8")
    script, profile = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert parse_script(script).entries[0].name == "request 2"
    (tmp_path / "draft.yaml").write_text(profile, encoding="utf-8")
    assert load_profile(tmp_path / "draft.yaml").rules[0].forbid == "metadata"
    known = {option for parameter in record_options.params for option in parameter.opts}
    named = set(
        re.findall(r"(?<!serve )(--[a-z][a-z-]+)", text.replace("--profile permissive", ""))
    )
    assert named - known <= {"--auth", "--script", "--rule"}


def test_it_records_and_writes_both_files(serve: Any, record: Any, tmp_path: Path) -> None:
    """A line with the URL, a line a request, both files in the end, and no key anywhere."""
    mock = serve("gateway")
    script, profile = tmp_path / "script.yaml", tmp_path / "draft.yaml"
    running = record(
        *("--upstream", mock.url, "--write-script", str(script), "--write-profile", str(profile))
    )
    assert ask(running).status_code == 200
    assert ask(running, metadata={"a": KEY}).status_code == 400
    code, stdout, stderr = running.stop()
    assert (code, stdout) == (0, "")
    lines = stderr.splitlines()
    assert lines[0] == f"Recording {mock.url} at {running.url}"
    assert lines[1].startswith("POST /v1/responses 200: accepted, as by azure, ")
    assert lines[2].startswith("POST /v1/responses 400: refused at metadata; at the same field by ")
    assert lines[3:] == [f"Wrote the script to {script}.", f"Wrote the profile to {profile}."]
    assert len(load_script(script).entries) == 2
    assert [rule.forbid for rule in load_profile(profile).rules] == ["metadata"]
    assert KEY not in stderr + script.read_text() + profile.read_text()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["draft.yaml", "script.yaml"]


def test_the_command_line_is_refused_plainly(tmp_path: Path) -> None:
    """2 with what was received and what to give, and never a key."""
    for options, words in (
        ((), "Missing option '--upstream'"),
        (("--upstream", "api.openai.com"), "'api.openai.com' is no URL; give a base URL such as"),
        (("--upstream", f"https://a:{KEY}@host"), "names a user or key; leave it out"),
        (("--upstream", "http://a", "--write-script", "/nowhere/a"), "no directory '/nowhere'"),
        (("--upstream", "http://a", "--read-timeout", "0"), "--read-timeout"),
        (("--upstream", "https://a", "--ca", str(tmp_path / "none")), "cannot be used (No such"),
        (("--upstream", "http://a", "--proxy", f"ftp://{KEY}@b"), "the proxy is none that can be"),
        (("--upstream", "http://a", "--proxy", "http://a", "--env-proxy"), "choose one"),
    ):
        code, stderr = refused(*options)
        assert (code, words in stderr, KEY in stderr) == (2, True, False), stderr


def test_a_port_that_is_taken_is_told(serve: Any) -> None:
    """3, as `serve` has it."""
    port = serve().url.rpartition(":")[2]
    code, stderr = refused("--upstream", "http://127.0.0.1:1", "--port", port)
    assert (code, "the port is in use" in stderr) == (3, True)


def test_a_missing_library_is_told(tmp_path: Path) -> None:
    """2 with the words that install it; the other commands do without."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u, sys\n"
        "found = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'httpcore' else found(name, *a)\n"
    )
    path = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    code, stderr = refused("--upstream", "http://a", PYTHONPATH=path)
    assert code == 2
    assert "recording needs httpcore, which is not installed" in stderr
    assert "pip install 'mock-upstream[record]'" in stderr


def test_no_other_command_loads_the_library() -> None:
    """`serve` and its like import neither httpcore nor what it stands on."""
    heavy = "{'httpcore', 'anyio', 'h11'}"
    code = f"import sys, mock_upstream.cli; sys.exit(bool({heavy} & {{*sys.modules}}))"
    assert subprocess.run((sys.executable, "-c", code), check=False).returncode == 0  # noqa: S603 -- ours


def test_a_file_that_cannot_be_written_is_told(serve: Any, record: Any, tmp_path: Path) -> None:
    """4, and the other file is written all the same."""
    mock = serve()
    lost, kept = tmp_path / "a" / "script.yaml", tmp_path / "draft.yaml"
    lost.parent.mkdir()
    running = record(
        *("--upstream", mock.url, "--write-script", str(lost), "--write-profile", str(kept))
    )
    lost.parent.rmdir()
    code, _, stderr = running.stop()
    assert (code, kept.exists()) == (4, True)
    assert f"Error: the script was not written to {lost} (No such file or directory)." in stderr


def test_sigterm_lets_a_running_reply_end(serve: Any, record: Any) -> None:
    """What is under way is passed on to its end, and recorded."""
    mock = serve()
    mock.session.reply_with(ReplyPlan("One two three", delay=1.0))
    running = record("--upstream", mock.url, "--quiet")
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(trust_env=False, timeout=10))
        request = client.build_request(
            "POST",
            f"{running.url}/v1/responses",
            json={"model": "m", "input": "a", "stream": True},
            headers={"authorization": f"Bearer {KEY}"},
        )
        got: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: got.append(client.send(request)))
        asking.start()
        end = time.monotonic() + 10
        while not mock.session.journal.entries and time.monotonic() < end:
            time.sleep(0.01)
        code, _, stderr = running.stop()
        asking.join()
    assert (code, stderr) == (0, "")
    assert got[0].text.rstrip().endswith("}")
    assert "response.completed" in got[0].text


def test_the_environments_proxy_is_asked_if_wanted(serve: Any, record: Any) -> None:
    """Not by itself; with --env-proxy it is."""
    mock = serve()
    down = {"http_proxy": "http://127.0.0.1:1", "no_proxy": ""}
    assert ask(record("--upstream", mock.url, **down)).status_code == 200
    assert ask(record("--upstream", mock.url, "--env-proxy", **down)).status_code == 502
