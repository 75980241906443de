"""The servers that `compare.py` compares: ours, the bare app, and aimock where there is one."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import orjson
from rows import Row, rows

HERE = Path(__file__).parent
_PATIENCE = 20.0


@dataclass(slots=True)
class Server:
    """A running server: its port, and the processor time of its process."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def processor(self) -> float:
        """Seconds that all threads of the process have run, by the scheduler's own account."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def started(name: str, port: int, command: Sequence[str]) -> Iterator[Server]:
    """Start a server, wait until it listens, and end it."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 -- ours
    try:
        limit = time.monotonic() + _PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                if process.poll() is not None or time.monotonic() > limit:
                    raise SystemExit(f"{name} did not start: {' '.join(command)}") from None
                time.sleep(0.02)
        yield Server(name, port, process)
    finally:
        process.terminate()
        process.wait()


def aimock_command(given: str | None) -> list[str] | None:
    """Find aimock: the file that was named, or what npx knows without asking the network."""
    named = given or os.environ.get("MOCK_UPSTREAM_AIMOCK")
    if named:
        if not Path(named).is_file():
            raise click.BadParameter(f"{named}: no such file; give aimock's dist/cli.js")
        return ["node", named]
    npx = shutil.which("npx")
    if npx is None:
        return None
    found = [npx, "--no-install", "-p", "@copilotkit/aimock", "llmock"]
    asked = subprocess.run([*found, "--help"], capture_output=True, check=False)  # noqa: S603 -- ours
    return found if asked.returncode == 0 else None


def answer(port: int, row: Row) -> bytes:
    """Ask once, and return the body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    key = {"authorization": "Bearer key-from-benchmark", "content-type": "application/json"}
    connection.request("POST", row.path, orjson.dumps(row.payload), key)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != http.client.OK:
        raise SystemExit(f"{row.name} was answered {response.status}: {body[:300]!r}")
    return body


@contextmanager
def servers(given: str | None) -> Iterator[list[Server]]:
    """Start all three, or the two that there are."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        serve = (sys.executable, "-m", "mock_upstream", "serve", "--quiet", "--port")
        port = free_port()
        ours = stack.enter_context(started("ours", port, (*serve, str(port))))
        for name, row in zip(("chat", "responses", "stream"), rows(), strict=False):
            (folder / name).write_bytes(answer(port, row))
        port = free_port()
        bare = (sys.executable, str(HERE / "bare.py"), str(port), str(folder))
        running = [ours, stack.enter_context(started("bare", port, bare))]
        command = aimock_command(given)
        if command is not None:
            fixture = {"fixtures": [{"match": {}, "response": {"content": "Hello."}}]}
            (folder / "aimock.json").write_bytes(orjson.dumps(fixture))
            port = free_port()
            options = ("-p", str(port), "-f", str(folder / "aimock.json"), "--log-level", "silent")
            running.append(stack.enter_context(started("aimock", port, (*command, *options))))
        yield running
