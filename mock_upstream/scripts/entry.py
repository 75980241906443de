"""An entry of a script: for which requests, how many, and what they are answered."""

from dataclasses import dataclass

from mock_upstream.faults.fault import Fault
from mock_upstream.replies.reply_plan import RawReply, ReplyPlan
from mock_upstream.scripts.answer import Answer, Answering, answer_of
from mock_upstream.scripts.match import Match

ANY = Match()


@dataclass(frozen=True, slots=True)
class Entry:
    """What requests that match are answered, and how many of them.

    Give a `reply` (a plan), a `raw` reply or a `fault`, or a reply with a fault; or a `sequence` of
    them, one after another. `times` is how many requests the entry answers: left out, a single
    answer is given to every request, and a sequence once through. Where `times` goes beyond a
    sequence, its last answer is repeated. After that the entry is used up: it no longer matches.

    Raises `ValueError` for an entry without an answer, or `times` too small for its sequence.
    """

    reply: ReplyPlan | None = None
    raw: RawReply | None = None
    fault: Fault | tuple[Fault, ...] = ()
    sequence: tuple[Answering, ...] = ()
    match: Match = ANY
    times: int | None = None
    name: str | None = None
    line: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sequence", tuple(self.sequence))
        single = self.reply is not None or self.raw is not None or self.fault != ()
        if single == bool(self.sequence):
            raise ValueError("an entry answers with a reply, raw or fault, or with a sequence")
        if self.reply is not None and self.raw is not None:
            raise ValueError("an entry has both reply and raw; give one of them")
        if self.times is not None and self.times < max(1, len(self.sequence)):
            raise ValueError(
                f"received {self.times} as times; expected at least {max(1, len(self.sequence))}, "
                "so that every answer can be given"
            )

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers, at least one, in their order."""
        if self.sequence:
            return tuple(map(answer_of, self.sequence))
        return (Answer(self.reply if self.reply is not None else self.raw, self.fault),)

    @property
    def limit(self) -> int | None:
        """How many requests it answers, None for any number."""
        return (len(self.sequence) or None) if self.times is None else self.times
