"""What a judgement says: the violations that a request meets, the verdict, the error reply.

Plain data that travels between the judge, the app and the journal. Nothing here decides anything.
`mock_upstream.judge` makes verdicts, `mock_upstream.auth` makes 401 replies, and
`mock_upstream.envelope` writes the bodies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Api: TypeAlias = Literal["responses", "chat"]
"""The upstream API that a request speaks."""

Payload: TypeAlias = Mapping[str, object]
"""A request body after JSON parsing: an object at the top."""

APIS: tuple[Api, ...] = ("responses", "chat")


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule met by a request, at one concrete place.

    `rule` is the rule's id in the profile, `path` the concrete location as the mock renders it
    (`input[1].thinking_blocks`), `message` the upstream's words, `status` the HTTP status.
    `type`, `param` and `code` are what the envelope shows beside the message, if it shows them.
    """

    rule: str
    path: str
    message: str
    status: int = 400
    type: str | None = "invalid_request_error"
    param: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one request: its violations in document order, the first one answers."""

    violations: tuple[Violation, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the upstream would take the request."""
        return not self.violations


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """A refusal as it goes over the wire: status, headers in order, body bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


ACCEPTED = Verdict()
"""The verdict on a request that met no rule."""
