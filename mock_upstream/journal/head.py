"""A request's query and headers, kept as they came and shown masked."""

import marshal
from collections.abc import Sequence
from typing import Final

from mock_upstream.access.credentials import Fingerprints, ShownHeaders, secrets_in

RawHeaders = Sequence[tuple[bytes, bytes]]

_FORM: Final = 2
"""The form of marshal's that looks for no repetitions, which would take four times as long."""


class Head:
    """What came before a body. Masking waits until somebody looks: most entries are never read.

    Neither its printed form nor a copy of the entry as a dict shows what it keeps. The headers are
    kept in one piece, not as thirty objects: a journal of many small requests stays small, and
    neither Python's garbage collector nor the end of an entry has to visit them all.
    """

    __slots__ = ("_fingerprints", "_headers", "_query")

    def __init__(
        self, query: bytes = b"", headers: RawHeaders = (), fingerprints: Fingerprints | None = None
    ) -> None:
        self._query = query
        self._headers = marshal.dumps(list(headers), _FORM)
        self._fingerprints = fingerprints or Fingerprints()

    @property
    def fingerprints(self) -> Fingerprints:
        """What masks it."""
        return self._fingerprints

    @property
    def query(self) -> str:
        """The query string, secrets in it replaced by fingerprints."""
        return self._fingerprints.mask_query(self._query)

    @property
    def headers(self) -> ShownHeaders:
        """The headers in their order, secrets replaced by fingerprints."""
        return self._fingerprints.mask_headers(self._pairs())

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        return len(self._query) + len(self._headers)

    def secrets(self) -> frozenset[bytes]:
        """Collect what the request presented as a secret, raw; only masking may see it."""
        return secrets_in(self._pairs(), self._query) | self._fingerprints.known

    def _pairs(self) -> RawHeaders:
        pairs: RawHeaders = marshal.loads(self._headers)  # noqa: S302 -- what it was given, no more
        return pairs
