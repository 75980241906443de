"""One request in the journal: its exact bytes, and the answer it got."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from mock_upstream.access.credentials import Credential, ShownHeaders, credential_in
from mock_upstream.journal.head import Head
from mock_upstream.journal.response import Response
from mock_upstream.verdict import Api, Verdict

DEFAULT_SESSION: Final = "default"

_VIOLATION: Final = 500
"""Bytes that a violation takes besides its texts."""

_ENTRY: Final = 900
"""Bytes that an entry takes besides what differs."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One request: its exact bytes, and the answer it got.

    `number` counts the session's requests from 1 and stands in the ids of the reply, `time` is
    when the request had been read, in seconds since 1970. `path` is percent-decoded, without the
    query; `query` and `headers` are as they came, in order, secrets replaced by fingerprints
    (`("authorization", "Bearer fingerprint:…")`). `api` is None on other paths than the two
    endpoints. `status` is None when nothing was answered: the client left, or a fault cut it off.
    `complete` is False when `body` is not the whole body: it was over the limit (then `body` is
    empty), or the client stopped sending.

    `session` names the session that answered, `fault` the fault that was laid over the reply and
    `script_entry` the entry of the script that gave it, where there was one. `response` is what a
    real upstream answered, where one was recorded.
    """

    number: int
    method: str
    path: str
    head: Head = field(repr=False)
    body: bytes = field(repr=False)
    api: Api | None
    status: int | None
    verdict: Verdict
    complete: bool = True
    time: float = 0.0
    session: str = DEFAULT_SESSION
    fault: str | None = None
    script_entry: str | None = None
    response: Response | None = None

    @property
    def query(self) -> str:
        """The query string, secrets in it replaced by fingerprints."""
        return self.head.query

    @property
    def headers(self) -> ShownHeaders:
        """The headers in their order, secrets replaced by fingerprints."""
        return self.head.headers

    @property
    def credential(self) -> Credential | None:
        """What the request showed to be let in, as scheme and fingerprint."""
        return credential_in(self.headers)

    @property
    def weight(self) -> int:
        """About how many bytes of memory the entry takes, with its body."""
        weight = len(self.body) + len(self.path) + self.head.weight + _ENTRY
        for one in (*self.verdict.violations, *self.verdict.noted):
            weight += len(one.path) + len(one.message) + _VIOLATION
        return weight if self.response is None else weight + self.response.weight

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
