"""How long `mock-upstream serve` takes from being started to its first answer.

`python benchmarks/start.py [RUNS]` starts the command RUNS times (20), one after the other, and
prints a table in milliseconds: until the URL stood on stdout, and until a `POST /v1/responses` was
answered 200. The aim is 350 ms for the answer. The first run warms the file cache, writes bytecode
as an installation does, and is left out.
The last line is the processor time of the whole life of the process: on a busy machine it says more
than the clock.
"""

import http.client
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import click

AIM = 350.0
COMMAND = (sys.executable, "-m", "mock_upstream", "serve", "--port", "0", "--quiet")


@dataclass(frozen=True, slots=True)
class Start:
    """One start, in milliseconds since the process was spawned, and its processor time."""

    ready: float
    answered: float
    processor: float


def measure(bytecode: str) -> Start:
    """Start the command once, ask it once, stop it; Python keeps its bytecode in a directory."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
    used, begun = processor_time(), time.perf_counter()
    spawned = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603 -- ours
    with spawned as process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            ready = time.perf_counter()
            status = ask(url)
            answered = time.perf_counter()
        finally:
            process.terminate()
    if status != http.client.OK:
        raise SystemExit(f"the first request was answered {status}, not 200")
    seconds = (ready - begun, answered - begun, processor_time() - used)
    return Start(*(1000 * value for value in seconds))


def processor_time() -> float:
    """Return the processor time of all processes that were waited for, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def ask(url: str) -> int:
    """Send one small request, and return the status of the answer."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    headers = {"authorization": "Bearer key-from-benchmark", "content-type": "application/json"}
    connection.request("POST", "/v1/responses", b'{"model":"gpt-5.2","input":"hi"}', headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def row(name: str, values: list[float]) -> str:
    """Write one line of the table."""
    figures = (min(values), statistics.median(values), statistics.mean(values), max(values))
    return f"{name:<14}" + "".join(f"{figure:>9.1f}" for figure in figures)


@click.command()
@click.argument("runs", type=click.IntRange(1, 1000), default=20)
def main(runs: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as bytecode:
        measure(bytecode)
        starts = [measure(bytecode) for _ in range(runs)]
    click.echo(f"mock-upstream serve, {runs} runs, milliseconds since the start of the process")
    click.echo(f"{'':<14}{'min':>9}{'median':>9}{'mean':>9}{'max':>9}")
    click.echo(row("ready line", [start.ready for start in starts]))
    click.echo(row("first answer", [start.answered for start in starts]))
    click.echo(row("processor", [start.processor for start in starts]))
    slowest = max(start.answered for start in starts)
    click.echo(f"aim {AIM:.0f} ms: {'held' if slowest <= AIM else 'MISSED'} by the slowest run")


if __name__ == "__main__":
    main()
