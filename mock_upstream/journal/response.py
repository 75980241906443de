"""What a real upstream answered to a request that was recorded."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mock_upstream.journal.head import Head

Ending: TypeAlias = Literal["whole", "upstream broke off", "client left", "not kept"]
"""How a response ended; `not kept` is one larger than the journal, of which no body is kept."""

_RESPONSE = 400
"""Bytes that a response takes besides what differs."""


@dataclass(frozen=True, slots=True)
class Response:
    """An upstream's response: its head, its body as it came over the wire, compressed or not.

    `headers` of `head` have their names as they were written; `seconds` is how long it took from
    the request to the response's end.
    """

    status: int
    reason: str
    head: Head = field(repr=False)
    body: bytes = field(repr=False)
    ending: Ending = "whole"
    seconds: float = 0.0

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers in their order, secrets replaced by fingerprints, in Location's query too."""
        return tuple((name, self._shown(name, value)) for name, value in self.head.headers)

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        return len(self.body) + self.head.weight + _RESPONSE

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever the name's case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def _shown(self, name: str, value: str) -> str:
        if name.lower() != "location" or "?" not in value:
            return value
        where, _, query = value.partition("?")
        return f"{where}?{self.head.fingerprints.mask_query(query.encode('latin-1'))}"
