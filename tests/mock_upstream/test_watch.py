"""Hot reload: what is served follows its files, and a fault in one changes nothing."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from mock_upstream.watch import Watched

KEY = {"authorization": "Bearer key-from-call"}
WITHIN = 30.0

PROFILE = "name: mine\nabout: In a test.\nextends: permissive\nrules: []\n"
SCRIPT = "entries: [{reply: {text: TEXT}}]\n"


def text_of(url: str) -> str:
    body = {"model": "m", "input": "hi"}
    reply = httpx.post(f"{url}/v1/responses", json=body, headers=KEY)
    return str(reply.json()["output"][0]["content"][0]["text"]) if reply.is_success else reply.text


def watched(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{url}/_mock/state").json()["watched"]
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; that it never does is the test's failure."""
    end = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def replace(path: Path, text: str) -> None:
    """Write as editors do: another file takes the place of the one."""
    beside = path.with_suffix(".new")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def test_a_script_is_followed(command: Any, tmp_path: Path) -> None:
    """A change is served without a restart, written in place or by another file in its place."""
    path = tmp_path / "script.yaml"
    path.write_text(SCRIPT.replace("TEXT", "one"), "utf-8")
    served = command("--script", str(path), "--watch")
    assert text_of(served.url) == "one"
    path.write_text(SCRIPT.replace("TEXT", "two"), "utf-8")
    until(lambda: text_of(served.url) == "two")
    replace(path, SCRIPT.replace("TEXT", "six"))
    until(lambda: text_of(served.url) == "six")
    (state,) = watched(served.url)
    assert (state["what"], state["file"], state["error"]) == ("script", str(path), None)
    code, _, log = served.stop()
    assert code == 0
    assert log.count("Loaded the script again") == 2


def test_an_error_keeps_the_former_script(command: Any, tmp_path: Path) -> None:
    """What cannot be used is told on stderr and in the state; put right, it is served."""
    path = tmp_path / "script.yaml"
    path.write_text(SCRIPT.replace("TEXT", "one"), "utf-8")
    served = command("--script", str(path), "--watch", "--quiet")
    path.write_text("entrys: []\n", "utf-8")
    until(lambda: watched(served.url)[0]["error"] is not None)
    error = watched(served.url)[0]["error"]
    assert f"{path}:1: entrys: unknown key" in error
    assert "did you mean 'entries'?" in error
    assert text_of(served.url) == "one"
    path.unlink()
    until(lambda: "cannot read" in str(watched(served.url)[0]["error"]))
    assert text_of(served.url) == "one"
    path.write_text(SCRIPT.replace("TEXT", "right"), "utf-8")
    until(lambda: text_of(served.url) == "right")
    assert watched(served.url)[0]["error"] is None
    _, _, log = served.stop()
    assert "The script changed and cannot be used; the former stays:" in log
    assert "did you mean 'entries'?" in log


def test_a_profile_is_followed_with_its_parents(command: Any, tmp_path: Path) -> None:
    """A change of a parent's file is a change of the profile; the options stay in force."""
    parent, child = tmp_path / "parent.yaml", tmp_path / "child.yaml"
    parent.write_text(PROFILE, "utf-8")
    child.write_text("name: child\nabout: In a test.\nextends: ./parent.yaml\n", "utf-8")
    served = command("--profile", str(child), "--reject", "store", "--watch")
    assert text_of(served.url) == "Hello from the mock upstream."
    assert set(map(str, (child, parent))) <= set(watched(served.url)[0]["files"])
    rule = "[{id: no-input, api: responses, forbid: input, error: {message: Not so.}}]"
    replace(parent, PROFILE.replace("[]", rule))
    until(lambda: "Not so." in text_of(served.url))
    replace(parent, "name: [\n")
    until(lambda: watched(served.url)[0]["error"] is not None)
    assert "Not so." in text_of(served.url)
    replace(parent, PROFILE)
    until(lambda: text_of(served.url) == "Hello from the mock upstream.")
    body = {"model": "m", "input": "hi", "store": True}
    assert httpx.post(f"{served.url}/v1/responses", json=body, headers=KEY).status_code == 400
    served.stop()


def test_a_reset_comes_back_to_the_file(command: Any, tmp_path: Path) -> None:
    """What control calls put in between is gone; what the file says now is what is served."""
    path = tmp_path / "script.yaml"
    path.write_text(SCRIPT.replace("TEXT", "one"), "utf-8")
    served = command("--script", str(path), "--watch")
    yaml = {"content-type": "application/yaml"}
    put = SCRIPT.replace("TEXT", "put")
    httpx.put(f"{served.url}/_mock/script", content=put, headers=yaml).raise_for_status()
    assert text_of(served.url) == "put"
    path.write_text(SCRIPT.replace("TEXT", "two"), "utf-8")
    until(lambda: text_of(served.url) == "two")
    httpx.put(f"{served.url}/_mock/script", content=put, headers=yaml).raise_for_status()
    httpx.post(f"{served.url}/_mock/reset").raise_for_status()
    assert text_of(served.url) == "two"
    served.stop()


def test_an_untouched_file_is_not_loaded_again(command: Any, tmp_path: Path) -> None:
    """A script goes on where it is as long as its file stays as it is."""
    path = tmp_path / "script.yaml"
    path.write_text("entries: [{sequence: [{reply: {text: a}}, {reply: {text: b}}]}]\n", "utf-8")
    served = command("--script", str(path), "--watch")
    assert text_of(served.url) == "a"
    loaded = watched(served.url)[0]["loaded"]
    time.sleep(1)
    assert text_of(served.url) == "b"
    assert watched(served.url)[0]["loaded"] == loaded
    os.utime(path)
    until(lambda: watched(served.url)[0]["loaded"] > loaded)
    served.stop()


def test_without_watch_a_file_is_read_once(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(SCRIPT.replace("TEXT", "one"), "utf-8")
    served = command("--script", str(path))
    path.write_text(SCRIPT.replace("TEXT", "two"), "utf-8")
    time.sleep(1)
    assert text_of(served.url) == "one"
    assert watched(served.url) == []
    served.stop()


def test_a_file_is_read_when_it_stands_still(tmp_path: Path) -> None:
    """While a file changes between two looks it is not read: it may be half of what it becomes."""
    path, used = tmp_path / "file", list[str]()
    path.write_text("one", "utf-8")
    file = Watched("script", path, lambda found: found.read_text("utf-8")).then(used.append)
    assert file.first() == "one"
    for text in ("tw", "two and", "two and a half"):
        path.write_text(text, "utf-8")
        file.look()
    assert used == []
    file.look()
    file.look()
    assert used == ["two and a half"]


def test_a_file_that_came_back_as_it_was_is_not_read(tmp_path: Path) -> None:
    """Only what differs from what was loaded is a change."""
    path, used = tmp_path / "file", list[str]()
    path.write_text("one", "utf-8")
    file = Watched("script", path, lambda found: found.read_text("utf-8")).then(used.append)
    file.first()
    aside = path.rename(tmp_path / "aside")
    file.look()
    aside.rename(path)
    file.look()
    file.look()
    assert used == []
    assert file.state()["error"] is None
