"""The real `litellm` command as a process of its own, on a free port of this machine."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import httpx

START_SECONDS: Final = 180  # about 13 s alone on two cores; generous where tests run beside it
STOP_SECONDS: Final = 10
TAIL_LINES: Final = 150  # a failed import's cause stands above 60 frames of framework
LISTENING: Final = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


GUARD: Final = """
import os, signal, sys
sys.stdin.read()
try:
    os.killpg(int(sys.argv[1]), signal.SIGKILL)
except ProcessLookupError:
    pass
"""
"""Waits until nobody holds the other end of its stdin, then ends the proxy's process group.

So nothing is left of a test run that was killed outright and could not end it itself.
"""


class LiteLLMStartError(RuntimeError):
    """The proxy ended or did not answer in time; the message ends with its log's last lines."""


class LiteLLMProcess:
    """A started proxy; a context manager that waits until it answers and stops all it started.

    ``command`` is the whole command line, ``environment`` the whole environment: nothing is
    inherited. Port 0 makes the server choose a free port, which its log then tells. The log is in
    ``log_path``, or else in the directory that it is started in.
    """

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        cwd: Path,
        log_path: Path | None = None,
    ) -> None:
        self.log_path = log_path or cwd / "litellm.log"
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the tests' own command line
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a process group, so that workers of it can be stopped
            )
        self.url = ""
        self._guard = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-S", "-c", GUARD, str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        try:
            self._wait_until_ready(time.monotonic() + START_SECONDS)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def exit_code(self) -> int | None:
        """What the process ended with; None while it runs."""
        return self._process.poll()

    def ended(self, seconds: float) -> int | None:
        """Return what the process ends with within ``seconds``; None if it runs on."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    @property
    def log(self) -> str:
        """All that the process has written to stdout and stderr so far."""
        return self.log_path.read_text("utf-8", errors="replace")

    def tail(self) -> str:
        """The last lines of the log, for the message of a failure."""
        return "\n".join(self.log.splitlines()[-TAIL_LINES:])

    def stop(self) -> None:
        """End the whole process group: politely first, then surely. Twice is harmless."""
        self._guard.kill()  # before the number of the group can be another's
        self._guard.communicate()
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait(STOP_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def _wait_until_ready(self, deadline: float) -> None:
        while not self._answers():
            if self.exit_code is not None:
                raise LiteLLMStartError(
                    f"litellm ended with exit code {self.exit_code}.\n{self.tail()}"
                )
            if time.monotonic() > deadline:
                raise LiteLLMStartError(
                    f"litellm did not answer within {START_SECONDS} s.\n{self.tail()}"
                )
            time.sleep(0.2)

    def _answers(self) -> bool:
        listening = LISTENING.search(self.log)
        if listening is None:
            return False
        self.url = listening[1]
        try:
            return httpx.get(f"{self.url}/health/readiness", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False
