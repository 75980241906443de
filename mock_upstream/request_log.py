"""One log line a request, on the logger `mock_upstream.requests` at INFO.

A library logs and leaves it to the program what becomes of it; the command shows it on stderr.
"""

import logging

from mock_upstream.journal import JournalEntry

LOGGER = logging.getLogger("mock_upstream.requests")


def log_request(entry: JournalEntry) -> None:
    """Log an entry, if anybody listens."""
    if LOGGER.isEnabledFor(logging.INFO):
        LOGGER.info(request_line(entry))


def request_line(entry: JournalEntry) -> str:
    """Write an entry as one line: method, path, status, the rule and place of a refusal, faults."""
    status = "-" if entry.status is None else entry.status
    line = f"{entry.method} {entry.path} {status}"
    if not entry.verdict.accepted:
        first = entry.verdict.violations[0]
        line += f" refused: {first.rule}" + (f" at {first.path}" if first.path else "")
    if entry.fault is not None:
        line += f" fault: {entry.fault}"
    return line.encode("unicode_escape").decode("ascii")
