"""An entry of a script: for which requests, how many, and what they are answered."""

from dataclasses import dataclass

from mock_upstream.faults.fault import Fault
from mock_upstream.faults.rate_limit import RateLimit
from mock_upstream.replies.reply_plan import Reply, ReplyPlan
from mock_upstream.scripts.answer import Answer, Answering, answer_of, faults_in
from mock_upstream.scripts.match import Match

ANY = Match()


@dataclass(frozen=True, slots=True)
class Entry:
    """What requests that match are answered, and how many of them.

    Give a `reply` (a plan or raw bytes), a `fault`, or both: a reply that the fault strikes; or a
    `sequence` of such answers, one after another. `times` is how many requests the entry answers:
    left out, a single answer is given to every request, and a sequence once through. Where `times`
    goes beyond a sequence, its last answer is repeated. After that the entry is used up: it no
    longer matches. `line` is where it stands in a file.

    Raises `ValueError` for an entry without an answer, or `times` too small for its sequence.
    """

    reply: Reply | None = None
    fault: Fault | tuple[Fault, ...] = ()
    sequence: tuple[Answering, ...] = ()
    match: Match = ANY
    times: int | None = None
    name: str | None = None
    line: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sequence", tuple(map(answer_of, self.sequence)))
        single = self.reply is not None or bool(faults_in(self.fault))
        if single == bool(self.sequence):
            raise ValueError("an entry answers with a reply, a fault or both, or with a sequence")
        least = max(1, len(self.sequence))
        if self.times is not None and (isinstance(self.times, bool) or self.times < least):
            raise ValueError(
                f"received {self.times!r} as times; expected a number from {least}, so that every "
                "answer can be given"
            )
        self._check_places()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers, at least one, in their order."""
        if self.sequence:
            return tuple(map(answer_of, self.sequence))
        return (Answer(self.reply, self.fault),)

    @property
    def limit(self) -> int | None:
        """How many requests it answers, None for any number."""
        return (len(self.sequence) or None) if self.times is None else self.times

    def _check_places(self) -> None:
        """Refuse a plan where no plan can be rendered, and a limit that counts by itself."""
        plans = any(isinstance(one.reply, ReplyPlan) for one in self.answers)
        if plans and self.match.endpoint in ("models", "stored"):
            raise ValueError(
                f"a reply plan cannot answer the endpoint {self.match.endpoint!r}; "
                "give raw bytes or a fault"
            )
        if any(isinstance(one, RateLimit) for answer in self.answers for one in answer.faults):
            raise ValueError("rate_limit counts requests; lay it over the script as a FaultRule")
