"""A request's query and headers, kept as they came and shown masked."""

from collections.abc import Sequence
from typing import Final

from mock_upstream.access.credentials import Fingerprints, ShownHeaders, secrets_in

RawHeaders = Sequence[tuple[bytes, bytes]]

_PAIR: Final = 160
"""Bytes that two short strings in a tuple take besides their text."""


class Head:
    """What came before a body. Masking waits until somebody looks: most entries are never read.

    Neither its printed form nor a copy of the entry as a dict shows what it keeps.
    """

    __slots__ = ("_fingerprints", "_headers", "_query")

    def __init__(
        self, query: bytes = b"", headers: RawHeaders = (), fingerprints: Fingerprints | None = None
    ) -> None:
        self._query = query
        self._headers = headers
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
        return self._fingerprints.mask_headers(self._headers)

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        pairs = self._headers
        return len(self._query) + sum(len(name) + len(value) + _PAIR for name, value in pairs)

    def secrets(self) -> frozenset[bytes]:
        """Collect what the request presented as a secret, raw; only masking may see it."""
        return secrets_in(self._headers, self._query) | self._fingerprints.known
