"""A mock in a process of its own, for tests: `with MockProcess() as mock: mock.url`."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import IO, Final

from mock_upstream.listener import ServerStartError

_ENDED: Final = 10.0
"""Seconds that a process gets to end after it was told to, besides the grace of its replies."""

_TAIL: Final = 4000
"""Characters of stderr that an error shows."""


class MockProcess:
    """Runs `mock-upstream serve` with options; ready when the block is entered.

    `options` are those of the command: `MockProcess("--profile", "gateway")`. `environment` is
    laid over this process's own. `ready_within` is in seconds. Leaving the block sends SIGTERM and
    waits; running replies are finished. Raises `ServerStartError` with what the command said when
    it does not start, and `RuntimeError` when it ended badly.
    """

    def __init__(
        self,
        *options: str,
        environment: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        ready_within: float = 15.0,
    ) -> None:
        self._options = options
        self._environment = environment
        self._cwd = cwd
        self._ready_within = ready_within
        self._url: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._said = ""

    @property
    def url(self) -> str:
        """The base URL, without `/v1`."""
        if self._url is None:
            raise RuntimeError("the mock is not running; use it in a with block, or call start()")
        return self._url

    @property
    def pid(self) -> int:
        """The number of the process."""
        if self._process is None:
            raise RuntimeError("the mock is not running; use it in a with block, or call start()")
        return self._process.pid

    @property
    def stderr(self) -> str:
        """What it has said on stderr so far, and after it has ended all of it."""
        if self._stderr is None:
            return self._said
        size = os.fstat(self._stderr.fileno()).st_size
        return os.pread(self._stderr.fileno(), size, 0).decode("utf-8", "replace")

    def start(self) -> "MockProcess":
        """Start the process, and return when it accepts connections."""
        if self._process is not None:
            raise RuntimeError(f"the mock is already running at {self.url}; stop it first")
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by stop: a pipe would fill
        self._process = subprocess.Popen(  # noqa: S603 -- our own command
            (sys.executable, "-m", "mock_upstream", "serve", *self._options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            cwd=self._cwd,
            env={**os.environ, **(self._environment or {})},
        )
        try:
            self._url = self._ready_line(self._process)
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> int:
        """Send SIGTERM, wait, and return the exit code; 0 if it is not running."""
        process = self._process
        if process is None:
            return 0
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(_ENDED + self._grace())
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(
                f"the mock did not end on SIGTERM; it said:\n{self._tail()}"
            ) from None
        self._close()
        return code

    def kill(self) -> None:
        """End the process now."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._close()

    def __enter__(self) -> "MockProcess":
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        code = self.stop()
        if code != 0 and exc_info[0] is None:
            raise RuntimeError(f"the mock ended with exit code {code}; it said:\n{self._tail()}")

    def _grace(self) -> float:
        """Read the grace that the options ask for, as the command will."""
        try:
            return float(self._options[self._options.index("--grace") + 1])
        except (ValueError, IndexError):
            return 3.0

    def _ready_line(self, process: "subprocess.Popen[bytes]") -> str:
        lines: list[bytes] = []
        reader = Thread(target=_read_line, args=(process.stdout, lines), daemon=True)
        reader.start()
        reader.join(self._ready_within)
        url = lines[0].decode("utf-8", "replace").strip() if lines else ""
        if url.startswith("http"):
            return url
        if reader.is_alive():
            raise ServerStartError(
                f"the mock was not ready within {self._ready_within:g} s; it said:\n{self._tail()}"
            )
        code = process.wait(_ENDED)
        raise ServerStartError(
            f"the mock did not start (exit code {code}); it said:\n{self._tail()}"
        )

    def _tail(self) -> str:
        return self.stderr[-_TAIL:].strip() or "nothing"

    def _close(self) -> None:
        """Keep what was said, and let go of process and files."""
        self._said = self.stderr
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        if self._stderr is not None:
            self._stderr.close()
        self._process = self._stderr = self._url = None


def _read_line(stream: IO[bytes] | None, lines: list[bytes]) -> None:
    if stream is not None:
        lines.append(stream.readline())
