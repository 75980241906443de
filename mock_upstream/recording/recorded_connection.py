"""A client's connection to the recorder: it keeps what a server else forgets of a head."""

from typing import Final

from mock_upstream.protocol import UpstreamProtocol

HEADERS: Final = "mock_upstream.headers"
"""The key in a scope under which the headers stand as they were written."""

TARGET: Final = "mock_upstream.target"
"""The key in a scope under which the request line's target stands as it was written."""


class RecordedConnection(UpstreamProtocol):
    """Puts target and headers into the scope as they were written, upper and lower case too."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope[HEADERS] = []  # type: ignore[typeddict-unknown-key]  # our own

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header."""
        super().on_header(name, value)
        self.scope[HEADERS].append((name, value))  # type: ignore[typeddict-item]  # our own

    def on_headers_complete(self) -> None:
        """Begin the body."""
        self.scope[TARGET] = self.url  # type: ignore[typeddict-unknown-key]  # our own
        super().on_headers_complete()
