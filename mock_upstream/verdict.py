"""What a judgement says: the violations that a request meets, the verdict, the error reply.

Plain data that travels between the judge, the app and the journal. Nothing here decides anything.
`mock_upstream.judging.judge` makes verdicts, `mock_upstream.access.auth` makes 401 replies, and
`mock_upstream.wordings.envelope` writes the bodies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from mock_upstream.wordings.envelope import Envelope

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
    `envelope` is the rule's own, None for the profile's; `values` fills what else it may show.
    """

    rule: str
    path: str
    message: str
    status: int = 400
    type: str | int | None = "invalid_request_error"
    param: object = None
    code: str | int | None = None
    envelope: "Envelope | None" = field(default=None, repr=False, compare=False)
    values: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one request: its violations in their precedence, the first one answers.

    `noted` lists what the upstream takes but is worth knowing: keys that its API does not declare,
    where the profile records them.
    """

    violations: tuple[Violation, ...] = ()
    noted: tuple[Violation, ...] = ()

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
