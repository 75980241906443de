"""Sends wrong requests to every shipped profile, and holds the mock to what it promises.

`python -m fuzz.requests --count 200000 --seed 1`: no 500, no hang, nothing but JSON where JSON is
announced, no key repeated, the account adds up, the server is in good health at the end, and its
memory is bounded. Exit code 1 and the findings if one is broken; a seed sends the same bytes again.
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import orjson

from fuzz.http_mutations import KEY, Sent, batch
from fuzz.replies import fault, replies
from mock_upstream import profile_names

DEADLINE = 10.0
"""Seconds in which a connection must have been answered."""

QUIET = 0.8
"""Seconds without a byte after which a connection that is not well framed is closed by us."""

MOST_MIB = 250
"""What a served mock may use at its peak, with a journal of 16 MiB."""

CONNECTIONS = 32
_MOST_FINDINGS = 20
_ROOT = Path(__file__).parent.parent


@dataclass(slots=True)
class Run:
    """What one profile was sent, what it answered, and what was wrong."""

    profile: str
    random: Random
    left: int
    sent: int = 0
    answered: Counter[int] = field(default_factory=Counter)
    uncertain: int = 0
    slowest: float = 0.0
    findings: list[str] = field(default_factory=list)

    def next_batch(self) -> Sent | None:
        """Take the next requests, or None when enough were sent."""
        if self.left <= 0 or len(self.findings) >= _MOST_FINDINGS:
            return None
        sent = batch(self.random)
        self.left -= sent.count
        self.sent += sent.count
        return sent

    def found(self, what: str, sent: Sent) -> None:
        """Note a finding, with the bytes that led to it."""
        self.findings.append(f"{self.profile}: {what}\n    sent: {sent.data[:1500]!r}")


def fuzz_profile(profile: str, count: int, seed: int) -> Run:
    """Send about `count` requests to one profile, served by a process of its own."""
    run = Run(profile, Random(f"{profile} {seed}"), count)
    with _served(profile) as process:
        assert process.stdout is not None  # noqa: S101 -- for mypy: it is a pipe
        url = process.stdout.readline().decode().strip()
        asyncio.run(_send_all(run, url))
        account, _ = process.communicate(timeout=30)
    check_account(run, orjson.loads(account))
    return run


@contextlib.contextmanager
def _served(profile: str) -> Iterator[subprocess.Popen[bytes]]:
    command = (sys.executable, "-m", "fuzz.served", profile)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=_ROOT, stdin=pipe, stdout=pipe) as process:  # noqa: S603 -- our own module
        try:
            yield process
        finally:
            process.kill()


async def _send_all(run: Run, url: str) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_keep_sending(run, url))
    health = Sent(
        b"GET /_mock/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 1, framed=True
    )
    if b'{"status":"ok"}' not in await _exchange(url, health):
        run.found("the server is not in good health", health)


async def _keep_sending(run: Run, url: str) -> None:
    while (sent := run.next_batch()) is not None:
        start = time.monotonic()
        try:
            async with asyncio.timeout(DEADLINE):
                data = await _exchange(url, sent)
        except TimeoutError:
            run.found(f"no answer within {DEADLINE:g} s", sent)
            continue
        run.slowest = max(run.slowest, time.monotonic() - start)
        check(run, sent, data)


async def _exchange(url: str, sent: Sent) -> bytes:
    """Send bytes on a connection of their own; return what came until the server closed it."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**24)
    came = bytearray()
    try:
        sending = asyncio.create_task(_write(writer, sent.data))
        with contextlib.suppress(ConnectionError):
            while piece := await _read(reader, sent, came):
                came += piece
        await sending
    finally:
        writer.close()
    return bytes(came)


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        writer.write(data)
        await writer.drain()


async def _read(reader: asyncio.StreamReader, sent: Sent, came: bytearray) -> bytes:
    """Read on until all replies that are due have come, or nothing comes for a while."""
    if sent.framed and came.count(b"HTTP/1.1 ") >= sent.count and _count(came) >= sent.count:
        return b""
    try:
        async with asyncio.timeout(None if sent.framed else QUIET):
            return await reader.read(2**16)
    except TimeoutError:
        return b""


def _count(came: bytearray) -> int:
    try:
        return sum(1 for _ in replies(bytes(came)))
    except ValueError:
        return sys.maxsize


def check(run: Run, sent: Sent, data: bytes) -> None:
    """Compare what came on a connection with what was due."""
    try:
        got = list(replies(data))
    except ValueError as error:
        run.found(f"what came is not HTTP: {error}", sent)
        return
    for reply in got:
        if reply.tagged:
            run.answered[reply.status] += 1
        wrong = fault(reply, KEY)
        if wrong:
            run.found(wrong, sent)
    if sent.framed and (len(got) != sent.count or not all(reply.tagged for reply in got)):
        run.found(f"{sent.count} requests, {len(got)} replies, ends {data[-300:]!r}", sent)
    if not sent.framed:
        run.uncertain += sent.data.count(b" HTTP/1.1")


def check_account(run: Run, account: dict[str, Any]) -> None:
    """Compare the server's account with the replies that came."""
    statuses: dict[str, int] = account["statuses"]
    noted = {int(status): count for status, count in statuses.items() if status.isdigit()}
    lost = sum(noted.values()) - run.answered.total()
    whole = account["journal"] == account["numbered"] == sum(statuses.values())
    known = all(noted.get(status, 0) >= count for status, count in run.answered.items())
    if not (whole and known and 0 <= lost <= run.uncertain):
        run.findings.append(f"{run.profile}: the account {account} is not {dict(run.answered)}")
    if account["error_count"]:
        run.findings.append(f"{run.profile}: {account['error_count']} errors: {account['errors']}")
    if account["peak_mib"] > MOST_MIB:
        run.findings.append(f"{run.profile}: at its peak {account['peak_mib']} of {MOST_MIB} MiB")
    print(
        f"{run.profile:20} {run.sent:7} sent, {run.answered.total():7} answered "
        f"{dict(sorted(run.answered.items()))}, slowest {run.slowest:.2f} s, "
        f"peak {account['peak_mib']} MiB",
        flush=True,
    )


def profiles_of(named: list[str] | None) -> tuple[str, ...]:
    """Return the profiles to fuzz: those that were named, or all that are shipped."""
    return tuple(named) if named else profile_names()


def main() -> int:
    """Fuzz the named profiles, or all; print the findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="requests in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", action="append", help="a shipped profile; all without it")
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)  # bodies are nested deeply, and copied by recursion
    names = profiles_of(options.profile)
    start = time.monotonic()
    runs = [fuzz_profile(name, -(-options.count // len(names)), options.seed) for name in names]
    findings = [finding for run in runs for finding in run.findings]
    seconds = time.monotonic() - start
    total = sum(run.sent for run in runs)
    print(f"{total} requests in {seconds:.0f} s, {len(findings)} findings")
    print("\n".join(findings[:_MOST_FINDINGS]))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
