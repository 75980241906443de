"""The fault that answers with a status, as a gateway before the upstream does, or the upstream's
own overload.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import ClassVar, Final

from mock_upstream.faults.fault import Stage
from mock_upstream.replies.reply_checks import check_header, check_takes_body
from mock_upstream.verdict import Violation
from mock_upstream.wire import WireReply
from mock_upstream.wordings import envelope
from mock_upstream.wordings.envelope import ENVELOPES, Envelope

_STATUSES: Final = range(200, 600)
_LONGEST_WAIT: Final = 10**9

_WORDS: Final[Mapping[int, tuple[str, str, str | None]]] = {
    429: ("Rate limit reached for requests", "requests", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request", "server_error", None),
    503: ("The engine is currently overloaded, please try again later", "server_error", None),
}
"""Message, type and code by status; the messages are headings of OpenAI's guide to error codes."""


@dataclass(frozen=True, slots=True)
class Status:
    """Answers with a status instead of the upstream.

    Without a `body` the profile's envelope words it. `retry_after` is in seconds and stands in the
    header `Retry-After`; `headers` are further ones. Raises `ValueError` for what HTTP cannot send.
    """

    name: ClassVar[str] = "status"
    stage: ClassVar[Stage] = Stage.INSTEAD

    status: int
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", MappingProxyType(dict(self.headers)))
        if isinstance(self.status, bool) or self.status not in _STATUSES:
            raise ValueError(
                f"received {self.status!r} as status; expected a number from 200 to 599"
            )
        if self.body:
            check_takes_body(self.status)
        if self.retry_after is not None and not 0 <= self.retry_after <= _LONGEST_WAIT:
            raise ValueError(f"received {self.retry_after!r} as retry_after; expected seconds")
        for name, value in self.headers.items():
            check_header(name, value)

    def worded(self, shape: Envelope) -> "Status":
        """Copy the fault with the body that an envelope gives it, unless it has one."""
        if self.body is not None or self.status < HTTPStatus.BAD_REQUEST:
            return self
        written = envelope.error_reply(shape, _violation(self.status))
        return replace(self, body=written.body, headers={**dict(written.headers), **self.headers})

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Put the status in the place of a reply; its request id stays."""
        fault = self.worded(ENVELOPES["openai"])
        kept = tuple(pair for pair in reply.headers if pair[0] == b"x-request-id")
        headers = [(name.lower().encode(), one.encode()) for name, one in fault.headers.items()]
        if fault.retry_after is not None:
            headers.append((b"retry-after", f"{fault.retry_after:g}".encode()))
        body = fault.body or b""
        headers.append((b"content-length", str(len(body)).encode()))
        return WireReply(fault.status, (*headers, *kept), (body,))


def _violation(status: int) -> Violation:
    server = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    phrase = next((one.phrase for one in HTTPStatus if one == status), f"Status {status}")
    kind = "server_error" if server else "invalid_request_error"
    message, kind, code = _WORDS.get(status, (phrase, kind, None))
    return Violation("fault-status", "", message, status, type=kind, code=code)
