"""Outcomes: the requests that left in a case, and what came back to the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from conformance.matrix import Case
    from conformance.recorded_headers import Headers


UPSTREAM_TEXT: Final = 'The upstream says: naïve, 1 < 2, "quoted".\nTwo lines.'
"""What the upstream of a recorded case answers."""

BESIDE_TEXT: Final = "The other stream: one, two, three, four, five, six, seven."
"""What it answers to the second of two streams at once."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as the upstream got it.

    ``base`` names the source whose mock it reached. ``credential`` is the name of the marked key
    that came with it, ``none``, or ``unknown``.
    ``status`` is what the upstream answered, None if the client had gone before. ``headers`` are by
    allow-list (`conformance.recorded_headers`).
    """

    method: str
    base: str
    path: str
    body: bytes
    sha256: str
    credential: str
    status: int | None
    headers: Headers = ()

    def payload(self) -> Any:
        """Parse the body; raises `orjson.JSONDecodeError` if it is not JSON."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller got: the text, put together from the deltas of a stream.

    ``beside`` is the text of the second stream, where two were read at once. ``heard`` is all of
    it, in a variant (`conformance.heard`).
    """

    text: str
    beside: str = ""
    heard: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Failure:
    """The exception that the caller got; ``heard`` is all that came, in a variant."""

    kind: str
    status: int | None
    message: str
    heard: tuple[str, ...] = ()


NO_ANSWER: Final = "NoAnswerError"
"""The kind of a failure that is no exception: the time was over."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What our own engine could not do; never a verdict on the handler."""

    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one case did; ``touched`` names the caller's arguments that the handler changed."""

    sent: tuple[Sent, ...]
    answer: Answer | Failure | Broken
    touched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A case with its outcome; ``seconds`` is what it took, which makes it no other record."""

    case: Case
    outcome: Outcome
    seconds: float = field(default=0.0, compare=False)

    @classmethod
    def broken(cls, case: Case, reason: str) -> Record:
        """Return the record of a case that our own engine could not run."""
        return cls(case, Outcome((), Broken(reason)))

    @property
    def unanswered(self) -> bool:
        """Whether the case's time was over: something of it may still be running."""
        answer = self.outcome.answer
        return isinstance(answer, Failure) and answer.kind == NO_ANSWER
