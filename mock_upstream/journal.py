"""The journal: every request as it came over the wire, and what the mock made of it."""

import hashlib
from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import orjson

from mock_upstream.access.credentials import Credential, Fingerprints
from mock_upstream.verdict import Api, Verdict

_PAIR = 160
"""Bytes that two short strings in a tuple take besides their text."""

_VIOLATION = 500
"""Bytes that a violation takes besides its texts."""

_ENTRY = 700
"""Bytes that an entry takes besides what differs."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One request: its exact bytes, and the answer it got.

    `number` counts the session's requests from 1 and stands in the ids of the reply. `path` is
    percent-decoded, without the query; `query` and `headers` are as they came, in order, secrets
    replaced by fingerprints (`("authorization", "Bearer fingerprint:…")`). `api` is None on other
    paths than the two endpoints. `status` is None when the client left before an answer.
    `complete` is False when `body` is not the whole body: it was over the limit (then `body` is
    empty), or the client stopped sending.
    """

    number: int
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    api: Api | None
    status: int | None
    verdict: Verdict
    credential: Credential | None
    complete: bool = True

    @property
    def weight(self) -> int:
        """About how many bytes of memory the entry takes, with its body."""
        texts = sum(len(name) + len(value) + _PAIR for name, value in self.headers)
        met = (*self.verdict.violations, *self.verdict.noted)
        told = sum(len(one.path) + len(one.message) + _VIOLATION for one in met)
        return len(self.body) + len(self.path) + len(self.query) + texts + told + _ENTRY

    @property
    def sha256(self) -> str:
        """The SHA-256 of the raw body, in hexadecimal; computed when asked for."""
        return hashlib.sha256(self.body).hexdigest()

    def json(self) -> Any:
        """Parse the body anew, so that the caller may change what it gets.

        Raises `ValueError` if the body is not JSON.
        """
        return orjson.loads(self.body)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever the name's case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Journal:
    """The requests of one session, oldest first. May be read from any thread.

    Keeps every entry, or, with `max_bytes`, as many of the newest as weigh that much together:
    bodies, headers and what was refused. `evicted` counts those that had to go.
    """

    def __init__(self, max_bytes: int | None = None) -> None:
        if max_bytes is not None and max_bytes < 1:
            raise ValueError(f"max_bytes is {max_bytes}; give a number of bytes from 1, or None")
        self.fingerprints = Fingerprints()
        self._max_bytes = max_bytes
        self._entries: deque[JournalEntry] = deque()
        self._bytes = 0
        self._evicted = 0
        self._lock = Lock()

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """A snapshot of the entries, oldest first."""
        with self._lock:
            return tuple(self._entries)

    @property
    def evicted(self) -> int:
        """How many entries were dropped to stay within `max_bytes`."""
        with self._lock:
            return self._evicted

    def fingerprint(self, key: str) -> str:
        """Compute the fingerprint that this journal shows for a key."""
        return self.fingerprints.of(key)

    def clear(self) -> None:
        """Forget all entries, and the count of those evicted."""
        with self._lock:
            self._entries.clear()
            self._bytes = self._evicted = 0

    def add(self, entry: JournalEntry) -> None:
        """Append an entry, dropping the oldest ones if there is a bound and it is passed."""
        with self._lock:
            self._entries.append(entry)
            if self._max_bytes is None:
                return
            self._bytes += entry.weight
            while self._bytes > self._max_bytes:
                self._bytes -= self._entries.popleft().weight
                self._evicted += 1
