"""A client's connection to the recorder: it keeps what a server else forgets of a head."""

from typing import TYPE_CHECKING

from mock_upstream.control.app import is_control
from mock_upstream.request_body import BodyState, RequestBody
from mock_upstream.serving.connection import Connection, Phase, Request

if TYPE_CHECKING:
    from mock_upstream.serving.site import Site

HEADERS = "mock_upstream.headers"
"""The key in a scope under which the headers stand as they were written."""

TARGET = "mock_upstream.target"
"""The key in a scope under which the request line's target stands as it was written."""


class RecordedConnection(Connection):
    """Puts target and headers into the scope as they were written, upper and lower case too."""

    def __init__(self, site: "Site") -> None:
        super().__init__(site)
        self._written: list[tuple[bytes, bytes]] = []

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._written = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header; those behind a chunked body do not count."""
        before = len(self._headers)
        super().on_header(name, value)
        if len(self._headers) > before:
            self._written.append((name, value))

    def on_headers_complete(self) -> None:
        """Begin the body."""
        super().on_headers_complete()
        self._scope[HEADERS] = self._written
        self._scope[TARGET] = self._url

    def _cut_off(self) -> None:
        """Have a request noted whose body did not arrive whole, unless it is the mock's own."""
        if self._phase is Phase.BODY and not is_control(self._scope["path"]):
            self._phase = Phase.REST
            body = RequestBody(b"".join(self._parts), BodyState.CUT_OFF)
            self._handled(Request(self._scope, self._asked, body))
