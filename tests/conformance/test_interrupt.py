"""Ctrl-C ends a run with what it has found, and leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.reports.result_file import read_result

MARK = "LITELLM_LOCAL_MARK"  # handed on to every process of a run, the proxy among them
SECONDS = 300.0


@pytest.fixture
def mark() -> str:
    """What every process of one run has in its environment."""
    return uuid.uuid4().hex


@pytest.fixture
def running(tmp_path: Path, mark: str) -> Iterator[subprocess.Popen[str]]:
    """A run that has recorded its first cases, in a process group of its own."""
    command = [sys.executable, "-m", "conformance", "run", "--scenario", "thinking-history"]
    with (
        (tmp_path / "stderr").open("w") as stderr,
        subprocess.Popen(  # noqa: S603 -- our own command
            [*command, "--save", "run.jsonl"],
            cwd=tmp_path,
            env={**os.environ, MARK: mark, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        wait_until(lambda: " of " in (tmp_path / "stderr").read_text("utf-8"))
        yield process
        process.kill()


@pytest.mark.parametrize("to", [os.kill, os.killpg], ids=["to the command", "to the group"])
def test_ctrl_c_reports_what_was_run_and_leaves_nothing(
    running: subprocess.Popen[str], tmp_path: Path, mark: str, to: Callable[[int, int], None]
) -> None:
    to(running.pid, signal.SIGINT)
    stdout, _ = running.communicate(timeout=SECONDS)
    stderr = (tmp_path / "stderr").read_text("utf-8")
    assert running.returncode == 130, stdout + stderr
    assert "Traceback" not in stderr
    assert "claims" in stdout
    assert read_result(tmp_path / "run.jsonl").partial
    wait_until(lambda: not processes_with(mark))


def processes_with(mark: str) -> list[str]:
    """The command lines of the processes that have the mark in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}" in (process / "environ").read_text("utf-8", errors="replace"):
                found.append((process / "cmdline").read_text("utf-8", errors="replace"))
        except OSError:  # it has ended meanwhile, or is another user's
            continue
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the time is over"
        time.sleep(0.1)
