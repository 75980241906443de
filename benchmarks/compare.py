"""How many requests a second the mock answers, beside a bare app and beside aimock, in one run.

`python benchmarks/compare.py [--seconds S] [--rounds N] [--aimock FILE] [--json]`. Three servers
are started, each a process of its own: ours (`mock-upstream serve`, profile `openai`, strict,
journal on), a bare Starlette app under uvicorn (`bare.py`), which answers the very bytes that ours
answers, and aimock (npm `@copilotkit/aimock`), whose `dist/cli.js` is named by `--aimock` or by the
environment's MOCK_UPSTREAM_AIMOCK; where neither does, `npx --no-install` is asked for it, and
where that has none the column says so. Nothing is downloaded.

Each row is one request on 1, 16 and 32 connections: a small chat, a small response, a response's
stream, and a Claude Code request of 115 KB. The servers take turns, N times; the table has the
median rate with its spread, the processor time a request, which says more on a busy machine, and
the median of the ratios round by round. The aims: 0.9 of the bare app, 1.25 of aimock. `load.py`
is what asks; the last column is how busy it was: near 1.0 it, not a server, would be measured.
Exits 1 if an aim is missed.
"""

import base64
import http.client
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click
import orjson
from judge import FIXTURES, SMALL, responses_request

HERE = Path(__file__).parent
CONNECTIONS = (1, 16, 32)
AIMS = {"bare": 0.9, "aimock": 1.25}
_PATIENCE = 20.0

SMALL_CHAT = {key: value for key, value in SMALL["chat"].items() if key != "stream_options"}


@dataclass(frozen=True, slots=True)
class Row:
    """One request: its name, and itself as bytes."""

    name: str
    path: str
    payload: dict[str, Any]

    @property
    def request(self) -> bytes:
        """The request as it goes over the wire, with the headers that a client has."""
        body = orjson.dumps(self.payload)
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
            "User-Agent: benchmark\r\nAuthorization: Bearer key-from-benchmark\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


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


@dataclass(slots=True)
class Measured:
    """What was measured of one server in one row: a value a round."""

    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    generator: list[float] = field(default_factory=list)


def rows() -> list[Row]:
    """List the requests."""
    recorded = orjson.loads((FIXTURES / "tool-results-with-image.json").read_bytes())["body"]
    fixture = responses_request(recorded) | {"stream": False}
    return [
        Row("small chat", "/v1/chat/completions", SMALL_CHAT | {"stream": False}),
        Row("small response", "/v1/responses", SMALL["responses"] | {"stream": False}),
        Row("response stream", "/v1/responses", SMALL["responses"]),
        Row("fixture, 115 KB", "/v1/responses", fixture),
    ]


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


class Load:
    """The load generator's process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- ours
            (sys.executable, str(HERE / "load.py")), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def put(self, server: Server, row: Row, connections: int, requests: int) -> dict[str, float]:
        """Have it send requests; return seconds, its own processor time, and an answer's size."""
        request = base64.b64encode(row.request).decode()
        job = {"port": server.port, "request": request}
        job |= {"connections": connections, "requests": requests}
        if self._process.stdin is None or self._process.stdout is None:
            raise SystemExit("the load generator has no pipes")
        self._process.stdin.write(orjson.dumps(job) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{server.name}: the load generator ended")
        result: dict[str, float] = orjson.loads(line)
        return result

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def measure(
    load: Load, running: list[Server], row: Row, connections: int, seconds: float, rounds: int
) -> dict[str, Measured]:
    """Measure one row on some connections, the servers in turn."""
    counts = {}
    for server in running:
        tried = load.put(server, row, connections, 8 * connections)
        counts[server.name] = max(connections, round(8 * connections * seconds / tried["seconds"]))
    measured = {server.name: Measured() for server in running}
    for turn in range(rounds):
        at = turn % len(running)
        for server in (*running[at:], *running[:at]):
            requests, used = counts[server.name], server.processor
            result = load.put(server, row, connections, requests)
            one = measured[server.name]
            one.rates.append(requests / result["seconds"])
            one.processor.append((server.processor - used) / requests * 1e6)
            one.generator.append(result["own_processor"] / result["seconds"])
    return measured


def ratios(measured: dict[str, Measured]) -> dict[str, float]:
    """Give our rate by each other's, the median of the rounds."""
    ours = measured["ours"].rates
    return {
        name: statistics.median(mine / other for mine, other in zip(ours, one.rates, strict=True))
        for name, one in measured.items()
        if name != "ours"
    }


def line(row: Row, connections: int, measured: dict[str, Measured]) -> str:
    """Write one line of the table."""
    cells = []
    for name in ("ours", *AIMS):
        one = measured.get(name)
        cells.append(f"{'absent':>32}" if one is None else _cell(one))
    found = ratios(measured)
    told = [f"{found[name]:>8.2f}" if name in found else f"{'-':>8}" for name in AIMS]
    missed = [name for name, ratio in found.items() if ratio < AIMS[name]]
    busy = max(statistics.median(one.generator) for one in measured.values())
    mark = f"  below the aim: {', '.join(missed)}" if missed else ""
    return (
        f"{row.name:<16}{connections:>3}" + "".join(cells) + "".join(told) + f"{busy:>6.2f}{mark}"
    )


def _cell(one: Measured) -> str:
    spread = f"{min(one.rates):.0f}-{max(one.rates):.0f}"
    rate, processor = statistics.median(one.rates), statistics.median(one.processor)
    return f"{rate:>8.0f} {spread:>13} {processor:>6.0f} µs"


@click.command()
@click.option("--seconds", type=click.FloatRange(0.02, 60), default=0.4, show_default=True)
@click.option("--rounds", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--aimock", metavar="FILE", help="aimock's dist/cli.js.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(seconds: float, rounds: int, aimock: str | None, *, as_json: bool) -> None:
    """Measure and print."""
    missed, told = 0, []
    with servers(aimock) as running:
        load = Load()
        if not as_json:
            _head(running)
        for row in rows():
            for connections in CONNECTIONS:
                measured = measure(load, running, row, connections, seconds, rounds)
                found = ratios(measured)
                missed += any(ratio < AIMS[name] for name, ratio in found.items())
                values = {name: asdict(one) for name, one in measured.items()}
                told.append({"row": row.name, "connections": connections, "ratios": found} | values)
                if not as_json:
                    click.echo(line(row, connections, measured))
        load.close()
    if as_json:
        click.echo(orjson.dumps({"load": os.getloadavg(), "aims": AIMS, "rows": told}))
    sys.exit(1 if missed else 0)


def _head(running: list[Server]) -> None:
    if all(server.name != "aimock" for server in running):
        click.echo("aimock is absent: name its dist/cli.js with --aimock or MOCK_UPSTREAM_AIMOCK")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    click.echo(f"requests a second, their spread, processor time a request; load average {load}")
    columns = "".join(f"{name:>32}" for name in ("ours", *AIMS))
    click.echo(f"{'':<19}{columns}" + "".join(f"{'/' + name:>8}" for name in AIMS) + f"{'busy':>6}")


if __name__ == "__main__":
    main()
