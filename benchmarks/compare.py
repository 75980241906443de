"""How many requests a second the mock answers, beside a bare app and beside aimock, in one run.

`python benchmarks/compare.py [--seconds S] [--rounds N] [--aimock FILE] [--json]`. Three servers
are started, each a process of its own: ours (`mock-upstream serve`, profile `openai`, strict,
journal on), a bare Starlette app under uvicorn (`bare.py`), which answers the very bytes that ours
answers, and aimock (npm `@copilotkit/aimock`), whose `dist/cli.js` is named by `--aimock` or by the
environment's MOCK_UPSTREAM_AIMOCK; where neither does, `npx --no-install` is asked for it, and
where that has none the column says so. Nothing is downloaded.

Each row is one request on 1, 16 and 32 connections: a small chat, a small response, a response's
stream, and a Claude Code request of 115 KB. Each server is warmed up, then they take turns, N
times; the table has the median rate with its spread, the processor time a request, and the median
of the ratios round by round. The aims: 0.9 of the bare app, 1.25 of aimock. In brackets stands the
same ratio of processor times, the least of all rounds by the least: what a busy machine adds is
never less than nothing. `load.py` is what asks; the last column is how busy it was: near 1.0 it,
not a server, would be measured. Exits 1 if an aim is missed.
"""

import base64
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
import orjson
from rows import Row, rows
from servers import Server, servers

HERE = Path(__file__).parent
CONNECTIONS = (1, 16, 32)
AIMS = {"bare": 0.9, "aimock": 1.25}


@dataclass(slots=True)
class Measured:
    """What was measured of one server in one row: a value a round."""

    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    generator: list[float] = field(default_factory=list)


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
    counts = {server.name: warmed_up(load, server, row, connections, seconds) for server in running}
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


def warmed_up(load: Load, server: Server, row: Row, connections: int, seconds: float) -> int:
    """Send until a quarter of a round has passed; return how many requests make a round."""
    requests = 8 * connections
    while (took := load.put(server, row, connections, requests)["seconds"]) < seconds / 4:
        requests *= 2
    return max(connections, round(requests * seconds / took))


def ratios(measured: dict[str, Measured]) -> dict[str, float]:
    """Give our rate by each other's, the median of the rounds."""
    ours = measured["ours"].rates
    return _others(
        measured,
        lambda one: statistics.median(
            mine / other for mine, other in zip(ours, one.rates, strict=True)
        ),
    )


def processor_ratios(measured: dict[str, Measured]) -> dict[str, float]:
    """Give each other's processor time a request by ours, the least of the rounds."""
    ours = min(measured["ours"].processor)
    return _others(measured, lambda one: min(one.processor) / ours)


def _others(measured: dict[str, Measured], value: Callable[[Measured], float]) -> dict[str, float]:
    return {name: value(one) for name, one in measured.items() if name != "ours"}


def line(row: Row, connections: int, measured: dict[str, Measured]) -> str:
    """Write one line of the table."""
    cells = []
    for name in ("ours", *AIMS):
        one = measured.get(name)
        cells.append(f"{'absent':>32}" if one is None else _cell(one))
    found, processor = ratios(measured), processor_ratios(measured)
    told = [
        f"{found[name]:>8.2f} ({processor[name]:.2f})" if name in found else f"{'-':>15}"
        for name in AIMS
    ]
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
                by = {"ratios": found, "processor_ratios": processor_ratios(measured)}
                told.append({"row": row.name, "connections": connections} | by | values)
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
    click.echo(
        f"{'':<19}{columns}" + "".join(f"{'/' + name:>15}" for name in AIMS) + f"{'busy':>6}"
    )


if __name__ == "__main__":
    main()
