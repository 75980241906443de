"""A long run with faults on: does memory stay flat, and does the account agree?

`python benchmarks/soak.py [REQUESTS]` (200000) starts `mock-upstream serve` with a script of faults
and sends a mix on 16 connections: small requests of either API, streams, one Claude Code request of
115 KB in twenty, one that the profile refuses in ten, one with a wrong key in fifty. Two faults
strike: a 503 in the place of every 7th answer, and a disconnect in the middle of every 11th.

In the end it holds what the clients saw against the journal's account: accepted and refused add up
to the requests that were sent, and so do kept and evicted; refused and faulted are as many as the
clients know of. Memory is looked at twenty times; after the journal is full it must not grow by
more than 16 MiB, and never pass the journal's budget by more than 80 MiB. Exits 1 otherwise.
With `--large` all requests are those of 115 KB.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import click
import orjson
from rows import Row, rows
from servers import free_port

JOURNAL = 64 * 2**20
OVER = 80 * 2**20
GROWTH = 16 * 2**20
CONNECTIONS = 16
LOOKS = 20
KEY = b"key-from-benchmark"

SCRIPT = """
faults:
  - {fault: {status: 503}, every: 7}
  - {fault: {disconnect: {after_bytes: 20}}, every: 11}
"""


@dataclass(slots=True)
class Seen:
    """What the clients sent and saw."""

    sent: int = 0
    refused: int = 0
    broken: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


class Mix:
    """The requests in their order, each with whether the mock has to refuse it."""

    def __init__(self, *, large: bool) -> None:
        chat, response, stream, fixture = rows()
        bad = Row("bad", response.path, response.payload | {"no_such_parameter": 1})
        self._small = [row.request for row in (chat, response, stream)]
        self._fixture, self._bad = fixture.request, bad.request
        self._wrong = chat.request.replace(KEY, b"")
        self._large = large
        self._numbers = count()

    def next(self) -> tuple[bytes, bool]:
        """Give the next request, and whether it has to be refused."""
        number = next(self._numbers)
        if self._large:
            return self._fixture, False
        if number % 50 == 49:  # noqa: PLR2004 -- one in fifty
            return self._wrong, True
        if number % 10 == 9:  # noqa: PLR2004 -- one in ten
            return self._bad, True
        return (self._fixture if number % 20 == 0 else self._small[number % 3]), False


async def client(port: int, mix: Mix, seen: Seen, requests: Iterator[int]) -> None:
    """Send requests on one connection, a new one where it was cut."""
    reader = writer = None
    for _ in requests:
        request, refused = mix.next()
        seen.sent += 1
        seen.refused += refused
        if writer is None or reader is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        writer.write(request)
        try:
            status, last = await answer(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            status, last = 0, True
        seen.statuses[status] += 1
        seen.broken += status in (0, 503)
        if last:
            writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Read an answer to its end; return its status, and whether the connection ends with it."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    if length:
        await reader.readexactly(int(length))
    else:
        await reader.readuntil(b"0\r\n\r\n")
    return int(head[9:12]), b"connection: close" in head


def memory(pid: int) -> int:
    """Return the resident memory of a process, in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """Serve the mock with faults; give its port and process id."""
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as script:
        script.write(SCRIPT)
        script.flush()
        serve = (sys.executable, "-m", "mock_upstream", "serve", "--quiet", "--port", str(port))
        options = ("--journal-bytes", str(JOURNAL), "--script", script.name)
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        process = subprocess.Popen((*serve, *options), env=environment, stdout=subprocess.PIPE)  # noqa: S603 -- ours
        try:
            if process.stdout is None or not process.stdout.readline():
                raise SystemExit("the mock did not start")
            yield port, process.pid
        finally:
            process.terminate()
            process.wait()


def account(port: int) -> dict[str, int]:
    """Ask the control API for the journal's account."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_mock/state") as reply:
        state = orjson.loads(reply.read())
    found: dict[str, int] = state["sessions"]["default"]["journal"]
    return found


async def soak(port: int, pid: int, mix: Mix, requests: int) -> tuple[Seen, list[int]]:
    """Send everything, and look at the memory on the way."""
    seen, looks = Seen(), []
    for part in range(LOOKS):
        upto = requests * (part + 1) // LOOKS - requests * part // LOOKS
        numbers = iter(range(upto))
        await asyncio.gather(*(client(port, mix, seen, numbers) for _ in range(CONNECTIONS)))
        looks.append(memory(pid))
    return seen, looks


def faults_of(seen: Seen, kept: dict[str, int], looks: list[int]) -> Iterator[str]:
    """Yield what is wrong."""
    sums = {
        "accepted + refused": (kept["accepted"] + kept["refused"], seen.sent),
        "kept + evicted": (kept["kept"] + kept["evicted"], seen.sent),
        "refused": (kept["refused"], seen.refused),
        "faulted": (kept["faulted"], seen.broken),
    }
    for name, (told, known) in sums.items():
        if told != known:
            yield f"{name}: the journal says {told}, the clients know of {known}"
    if looks[-1] - looks[LOOKS // 2] > GROWTH:
        yield f"memory grew by {(looks[-1] - looks[LOOKS // 2]) / 2**20:.1f} MiB in the second half"
    if max(looks) > JOURNAL + OVER:
        yield f"memory reached {max(looks) / 2**20:.1f} MiB"


@click.command()
@click.argument("requests", type=click.IntRange(100, 10**9), default=200_000)
@click.option("--large", is_flag=True, help="Send the request of 115 KB alone.")
def main(requests: int, *, large: bool) -> None:
    """Run and print."""
    begun = time.perf_counter()
    with served() as (port, pid):
        seen, looks = asyncio.run(soak(port, pid, Mix(large=large), requests))
        kept = account(port)
    seconds = time.perf_counter() - begun
    click.echo(f"{seen.sent} requests in {seconds:.0f} s, load average {os.getloadavg()[0]:.1f}")
    click.echo(
        f"clients: {seen.refused} to be refused, {seen.broken} broken, {dict(seen.statuses)}"
    )
    click.echo(f"journal: {kept}")
    click.echo("memory, MiB: " + " ".join(f"{look / 2**20:.0f}" for look in looks))
    wrong = list(faults_of(seen, kept, looks))
    click.echo("\n".join(wrong) if wrong else "the sums agree, memory is flat")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
