"""The mock in a process of its own, which gives an account of itself at the end.

`python -m fuzz.served PROFILE`: prints its URL; when its stdin ends, prints the account as JSON.
"""

import logging
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import orjson

from mock_upstream import Journal, MockServer, Session, create_app, load_profile
from mock_upstream.request_log import LOGGER

JOURNAL_BYTES: Final = 16 * 2**20
BODY_LIMIT: Final = 300_000
PATIENCE: Final = 0.3
"""Seconds that a body is waited for."""


class _Account(logging.Handler):
    """Counts what the server logs: a line a request, and every error."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: Counter[str] = Counter()
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record."""
        if record.name == LOGGER.name:
            status = record.getMessage().split(" refused: ")[0].rsplit(" ", 1)[-1]
            self.statuses[status] += 1
        elif record.levelno >= logging.ERROR:
            self.errors.append(logging.Formatter().format(record)[-3000:])


def main(profile: str) -> None:
    """Serve until stdin ends."""
    account = _Account()
    logging.basicConfig(handlers=[account], level=logging.WARNING)
    LOGGER.setLevel(logging.INFO)
    journal = Journal(max_bytes=JOURNAL_BYTES)
    session = Session(load_profile(profile), journal=journal)
    with MockServer(create_app(session, BODY_LIMIT, PATIENCE)) as server:
        print(server.url, flush=True)
        sys.stdin.read()
    told = {
        "statuses": account.statuses,
        "errors": account.errors[:5],
        "error_count": len(account.errors),
        "journal": len(journal.entries) + journal.evicted,
        "numbered": session.next_number() - 1,
        "peak_mib": _peak_mib(),
    }
    sys.stdout.buffer.write(orjson.dumps(told))


def _peak_mib() -> int:
    """Read this process's peak of memory; getrusage would begin with its parent's."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    main(sys.argv[1])
