"""The pytest plugin, in a pytest of its own, in a project that is not ours."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text("utf-8")
PAGE: Final = (ROOT / "docs" / "pytest-plugin.md").read_text("utf-8")

CHAT: Final = """
import json, urllib.request

def ask(base_url, key, text, **more):
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": text}], **more}
    request = urllib.request.Request(
        f"{base_url}/chat/completions",
        json.dumps(body).encode(),
        {"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["choices"][0]["message"]["content"]
"""
"""Somebody else's code, in a package that is called as one of ours is."""

NOT_THERE: Final = """
import sys

class NotThere:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("litellm", "openai", "httpx", "claude_code_proxy"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotThere())
"""
"""The project's conftest.py: what this environment has and that project has not."""


ASYNC: Final = {
    "httpx": """
import asyncio, httpx

async def ask(base_url, key):
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {key}"}) as client:
        body = {"model": "gpt-5.2", "input": "hi"}
        asked = [client.post(f"{base_url}/responses", json=body) for _ in range(8)]
        return [answer.json()["id"] for answer in await asyncio.gather(*asked)]

def test_it(mock_upstream):
    found = asyncio.run(ask(mock_upstream.base_url, mock_upstream.api_key))
    assert len(set(found)) == 8 == len(mock_upstream.requests)
""",
    "openai": """
import asyncio
from openai import AsyncOpenAI

async def ask(base_url, key):
    async with AsyncOpenAI(base_url=base_url, api_key=key) as client:
        asked = [client.responses.create(model="gpt-5.2", input="hi") for _ in range(8)]
        found = [answer.id for answer in await asyncio.gather(*asked)]
        async with await client.chat.completions.create(
            model="gpt-4.1", messages=[{"role": "user", "content": "hi"}], stream=True
        ) as stream:
            said = [chunk async for chunk in stream]
        return found, said

def test_it(mock_upstream):
    found, said = asyncio.run(ask(mock_upstream.base_url, mock_upstream.api_key))
    assert len(set(found)) == 8 and said[-1].choices[0].finish_reason == "stop"
    assert len(mock_upstream.requests) == 9
""",
}
"""Tests of projects with an asynchronous client."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project with its own `common`, and without LiteLLM."""

    folder: Path

    def run(self, test: str, *options: str) -> tuple[int, str]:
        """Run its tests; return the exit code and what was printed."""
        (self.folder / "test_it.py").write_text(test, "utf-8")
        command = (sys.executable, "-m", "pytest", "-p", "mock_upstream.pytest_plugin", *options)
        done = subprocess.run(  # noqa: S603 -- our own program
            (*command, "-p", "no:cacheprovider", "--strict-markers", "-W", "error"),
            cwd=self.folder,
            env=os.environ
            | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    def failure(self, test: str) -> str:
        """Run a test that has to fail; return what was printed."""
        code, printed = self.run(test)
        assert code == pytest.ExitCode.TESTS_FAILED, printed
        return printed


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "__init__.py").write_text("", "utf-8")
    (tmp_path / "common" / "chat.py").write_text(CHAT, "utf-8")
    (tmp_path / "conftest.py").write_text(NOT_THERE, "utf-8")
    return Project(tmp_path)


def test_the_five_lines_run_in_somebody_else_s_project(project: Project) -> None:
    """As they stand on the page, beside a `common` that is not ours, without LiteLLM."""
    block = re.search(r"Five lines are a test:\n\n```python\n(.+?)```", PAGE, re.DOTALL)
    assert block is not None
    code, printed = project.run(block[1])
    assert (code, "1 passed" in printed) == (0, True), printed
    assert len([line for line in block[1].splitlines() if line]) == 5
    assert f"```python\n{block[1]}```" in README


def test_each_test_has_a_mock_of_its_own(project: Project) -> None:
    """Port, replies and journal are fresh, and what a wrong key sends is in the test's journal."""
    code, printed = project.run(
        """
import pytest, urllib.error
from common.chat import ask
PORTS = set()

@pytest.mark.parametrize("turn", range(3))
def test_it(mock_upstream, turn):
    assert mock_upstream.requests == ()
    PORTS.add(mock_upstream.url)
    mock_upstream.reply_with(text="left over")
    mock_upstream.reply_with(text="left over")
    assert ask(mock_upstream.base_url, mock_upstream.api_key, "Hi") == "left over"
    assert len(PORTS) == turn + 1

@pytest.mark.mock_upstream(api_keys=["key-from-env"])
def test_keys(mock_upstream):
    assert mock_upstream.api_key == "key-from-env"
    with pytest.raises(urllib.error.HTTPError):
        ask(mock_upstream.base_url, "key-from-call", "Hi")
    assert mock_upstream.only_request.status == 401
"""
    )
    assert code == 0, printed


def test_a_request_is_asked_for_in_words(project: Project) -> None:
    """Body, bytes, headers, status; what was sent where; and any plan, raw reply or fault."""
    code, printed = project.run(
        """
import pytest
from common.chat import ask
from mock_upstream import RawReply, ReplyPlan

def test_it(mock_upstream):
    mock_upstream.reply_with(ReplyPlan(text="a"))
    assert ask(mock_upstream.base_url, "key-from-call", "Hi", temperature=1) == "a"
    sent = mock_upstream.only_request
    assert (sent.method, sent.path, sent.status) == ("POST", "/v1/chat/completions", 200)
    assert sent.body["messages"] == [{"role": "user", "content": "Hi"}]
    assert sent.raw.startswith(b'{"model": "gpt-4.1"')
    assert sent.headers["content-type"] == "application/json"
    assert "key-from-call" not in str(sent.headers)
    mock_upstream.assert_sent("messages[?role=user].content", "Hi")
    mock_upstream.assert_sent("temperature")
    mock_upstream.assert_not_sent("metadata")
    for path, value in (("temperature", True), ("temperature", 2), ("metadata", None)):
        with pytest.raises(AssertionError):
            mock_upstream.assert_sent(path, value)
    with pytest.raises(AssertionError):
        mock_upstream.assert_not_sent("temperature")
    with pytest.raises(TypeError):
        mock_upstream.reply_with()
"""
    )
    assert code == 0, printed


def test_a_failed_assertion_shows_what_was_sent_and_the_nearest_path(project: Project) -> None:
    """The value that stood there, or the nearest path, or the keys; and the test's requests."""
    printed = project.failure(
        """
from common.chat import ask

def test_it(mock_upstream):
    ask(mock_upstream.base_url, "key-from-call-" * 4, "Hi key-from-call-" * 4, user="u")
    mock_upstream.assert_sent("messages[*].content", "Hello")
"""
    )
    assert "no request sent 'Hello' at 'messages[*].content'; sent was:" in printed
    assert "1. POST /v1/chat/completions 200" in printed
    assert 'messages[0].content = "Hi ' in printed
    assert "- mock upstream -" in printed
    assert "1 request was made:" in printed
    section = printed.split("- mock upstream -")[1]
    assert '{"model": "gpt-4.1"' in section


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("message[0].content", 'nothing is there; nearest is messages[0].content = "Hi"'),
        ("zzz", "nothing is there; its keys: model, messages"),
    ],
)
def test_the_nearest_path_is_named(project: Project, path: str, told: str) -> None:
    printed = project.failure(
        f"""
from common.chat import ask

def test_it(mock_upstream):
    ask(mock_upstream.base_url, "k", "Hi")
    mock_upstream.assert_sent({path!r})
"""
    )
    assert told in printed


def test_no_key_is_shown(project: Project) -> None:
    """Neither the header's nor the same in the body, in the message or in the section."""
    printed = project.failure(
        """
from common.chat import ask

KEY = "sk-" + "abcdef0123456789" * 2

def test_it(mock_upstream):
    ask(mock_upstream.base_url, KEY, f"my key is {KEY}", user=KEY)
    mock_upstream.assert_sent("user", "me")
"""
    )
    assert "fingerprint:" in printed
    assert "abcdef0123456789abcdef" not in printed


def test_only_request_names_all_of_them(project: Project) -> None:
    printed = project.failure(
        """
from common.chat import ask

def test_it(mock_upstream):
    ask(mock_upstream.base_url, "k", "first")
    ask(mock_upstream.base_url, "k", "second")
    mock_upstream.only_request
"""
    )
    assert "AssertionError: expected one request; 2 requests were made:" in printed
    assert "no request was made" in project.failure("def test_it(mock_upstream): 1 / 0")


def test_a_miss_fails_the_test_though_the_client_swallows_it(project: Project) -> None:
    """A strict script's own 400 counts as a failure, with the nearest entry."""
    printed = project.failure(
        """
import contextlib, pytest
from common.chat import ask

SCRIPT = {"strict": {"unmatched": True}, "entries": [
    {"name": "greeting", "match": {"model": "gpt-5"}, "reply": {"text": "Hi"}}]}

@pytest.mark.mock_upstream(script=SCRIPT)
def test_it(mock_upstream):
    with contextlib.suppress(Exception):
        ask(mock_upstream.base_url, "k", "Hi")
"""
    )
    assert "1 failed" in printed
    assert "the mock itself refused:" in printed
    assert "'greeting'" in printed


def test_an_unused_entry_fails_the_test(project: Project) -> None:
    """Only where the script is strict about it, and only a test that went well."""
    test = """
import pytest

SCRIPT = {{"strict": {{"unused": {strict}}}, "entries": [
    {{"name": "greeting", "times": 2, "reply": {{"text": "Hi"}}}}]}}

@pytest.mark.mock_upstream(script=SCRIPT)
def test_it(mock_upstream):
    pass
"""
    printed = project.failure(test.format(strict=True))
    assert "entry 'greeting': 0 of 2 answers given; no request came" in printed
    assert project.run(test.format(strict=False))[0] == 0


def test_profile_and_script_are_found_beside_the_test(project: Project) -> None:
    """A marker's file names start at the test's directory; the nearest marker goes first."""
    (project.folder / "mine.yaml").write_text(
        "name: mine\nabout: mine\nrules: [{id: no-user, api: chat, forbid: user,"
        " error: {message: nothing of the kind}}]\n",
        "utf-8",
    )
    (project.folder / "turns.yaml").write_text("entries: [{reply: {text: scripted}}]\n", "utf-8")
    code, printed = project.run(
        """
import pytest, urllib.error
from common.chat import ask
from mock_upstream import FaultRule, load_profile
from mock_upstream.faults import Status

pytestmark = pytest.mark.mock_upstream(profile="gateway", script="turns.yaml")

@pytest.mark.mock_upstream(profile="mine.yaml")
def test_it(mock_upstream):
    assert mock_upstream.session.profile.name == "mine"
    assert ask(mock_upstream.base_url, "k", "Hi") == "scripted"
    with pytest.raises(urllib.error.HTTPError):
        ask(mock_upstream.base_url, "k", "Hi", user="u")

def test_module(mock_upstream):
    assert mock_upstream.session.profile.name == "gateway"

@pytest.mark.mock_upstream(faults=[FaultRule(Status(503))], profile=load_profile("permissive"))
def test_fault(mock_upstream):
    with pytest.raises(urllib.error.HTTPError, match="503"):
        ask(mock_upstream.base_url, "k", "Hi")
"""
    )
    assert code == 0, printed


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("profle='gateway'", "has no option 'profle'"),
        ("profle='gateway'", "did you mean 'profile'?"),
        ("'gateway'", "received 'gateway'; give each option by name"),
        ("profile='gatway'", "no profile 'gatway'"),
        ("script='none.yaml'", "none.yaml"),
    ],
)
def test_a_wrong_marker_is_explained(project: Project, marker: str, told: str) -> None:
    """The message names the test, what was received and the nearest right word."""
    code, printed = project.run(
        f"import pytest\n\n@pytest.mark.mock_upstream({marker})\ndef test_it(mock_upstream): pass\n"
    )
    assert code != 0
    assert told in printed


def test_async_tests_and_workers(project: Project) -> None:
    """Coroutines of the test's own loop reach it, and each worker of xdist has its own."""
    code, printed = project.run(
        """
import asyncio, pytest
from common.chat import ask

async def both(mock_upstream):
    one = asyncio.to_thread(ask, mock_upstream.base_url, "k", "1")
    other = asyncio.to_thread(ask, mock_upstream.base_url, "k", "2")
    return await asyncio.gather(one, other)

@pytest.mark.parametrize("turn", range(20))
def test_it(mock_upstream, turn):
    mock_upstream.reply_with(text="a")
    mock_upstream.reply_with(text="b")
    assert sorted(asyncio.run(both(mock_upstream))) == ["a", "b"]
    assert len(mock_upstream.requests) == 2

@pytest.mark.anyio
async def test_async(mock_upstream):
    mock_upstream.reply_with(text="a")
    assert await asyncio.to_thread(ask, mock_upstream.base_url, "k", "1") == "a"
""",
        *("-p", "xdist.plugin", "-n", "2", "-p", "anyio.pytest_plugin"),
    )
    assert (code, "21 passed" in printed) == (0, True), printed


@pytest.mark.parametrize("library", ["httpx", "openai"])
def test_asynchronous_clients_ask_it_at_once(project: Project, library: str) -> None:
    """Clients of an event loop of their own, several requests under way at a time."""
    pytest.importorskip(library)
    (project.folder / "conftest.py").unlink()  # this project has them
    code, out = project.run(ASYNC[library])
    assert code == 0, out


def test_nothing_is_loaded_or_started_for_a_test_that_does_not_ask(project: Project) -> None:
    """No server, no parser, no model of ours comes with the plugin itself."""
    code, printed = project.run(
        """
import sys, threading

def test_it(request):
    heavy = "asyncio", "starlette", "uvicorn", "pydantic", "yaml", "orjson", "httptools"
    assert not set(heavy) & set(sys.modules)
    ours = {name for name in sys.modules if name.startswith("mock_upstream")}
    assert ours == {"mock_upstream", "mock_upstream.pytest_plugin"}
    assert "common" not in sys.modules
    assert threading.active_count() == 1
"""
    )
    assert code == 0, printed
