"""The journal of a session: bounded by bytes, and never silently."""

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Final

from mock_upstream.access.credentials import Fingerprints
from mock_upstream.journal.entry import JournalEntry

JOURNAL_BYTES: Final = 64 * 2**20
"""The bound of a journal, by default."""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of all requests since the journal was made or cleared, evicted ones included.

    `accepted` and `refused` add up to all, and so do `kept` and `evicted`; `faulted` counts those
    of either kind that a fault was laid over. `bytes` is what the kept ones weigh.
    """

    accepted: int
    refused: int
    faulted: int
    kept: int
    evicted: int
    bytes: int
    max_bytes: int | None

    @property
    def requests(self) -> int:
        """All of them."""
        return self.accepted + self.refused


class Journal:
    """The requests of one session, oldest first. May be read from any thread.

    Keeps as many of the newest entries as weigh `max_bytes` together: bodies, headers and what was
    refused; with None, every one. `evicted` counts those that had to go.
    """

    def __init__(self, max_bytes: int | None = JOURNAL_BYTES) -> None:
        if max_bytes is not None and max_bytes < 1:
            raise ValueError(f"max_bytes is {max_bytes}; give a number of bytes from 1, or None")
        self.fingerprints = Fingerprints()
        self._max_bytes = max_bytes
        self._entries: deque[JournalEntry] = deque()
        self._weights: deque[int] = deque()
        self._lock = Lock()
        self._start()

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """A snapshot of the entries, oldest first."""
        with self._lock:
            return tuple(self._entries)

    @property
    def evicted(self) -> int:
        """How many entries were dropped to stay within `max_bytes`."""
        return self._evicted

    @property
    def account(self) -> Account:
        """The account of all requests; its sums agree, whoever writes meanwhile."""
        with self._lock:
            return Account(
                accepted=self._accepted,
                refused=self._refused,
                faulted=self._faulted,
                kept=len(self._entries),
                evicted=self._evicted,
                bytes=self._bytes,
                max_bytes=self._max_bytes,
            )

    def fingerprint(self, key: str) -> str:
        """Compute the fingerprint that this journal shows for a key."""
        return self.fingerprints.of(key)

    def clear(self) -> None:
        """Forget all entries, and the account."""
        with self._lock:
            self._entries.clear()
            self._weights.clear()
            self._start()

    def add(self, entry: JournalEntry) -> None:
        """Append an entry, dropping the oldest ones if there is a bound and it is passed."""
        weight = entry.weight
        with self._lock:
            self._entries.append(entry)
            self._weights.append(weight)
            self._bytes += weight
            if entry.verdict.accepted:
                self._accepted += 1
            else:
                self._refused += 1
            if entry.fault is not None:
                self._faulted += 1
            if self._max_bytes is not None:
                self._evict(self._max_bytes)

    def _start(self) -> None:
        self._bytes = self._evicted = self._accepted = self._refused = self._faulted = 0

    def _evict(self, most: int) -> None:
        while self._bytes > most:
            self._entries.popleft()
            self._bytes -= self._weights.popleft()
            self._evicted += 1
