"""One answer of a script: a plan or raw bytes, and the faults that strike it."""

from dataclasses import dataclass
from typing import TypeAlias

from mock_upstream.faults.fault import Fault
from mock_upstream.replies.reply_plan import RawReply, Reply, ReplyPlan


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request is answered; without a reply, what the mock answers of itself.

    `fault` is one fault or several; their stages say in which order they strike.
    """

    reply: Reply | None = None
    fault: Fault | tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if self.reply is not None and not isinstance(self.reply, ReplyPlan | RawReply):
            kind = type(self.reply).__name__
            raise TypeError(f"reply is {kind}; give a ReplyPlan or a RawReply")
        object.__setattr__(self, "fault", faults_in(self.fault))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults, none or more."""
        return faults_in(self.fault)


Answering: TypeAlias = Reply | Fault | Answer
"""What may stand where an answer is asked for."""


def answer_of(one: Answering) -> Answer:
    """Take an answer, or make one of a reply or a fault. Raises `TypeError`."""
    if isinstance(one, Answer):
        return one
    if isinstance(one, ReplyPlan | RawReply):
        return Answer(one)
    if callable(one):
        return Answer(None, one)
    raise TypeError(
        f"reply is {type(one).__name__}; give a ReplyPlan or a RawReply, a fault or an Answer"
    )


def faults_in(given: object) -> tuple[Fault, ...]:
    """Take one fault, or a tuple of them. Raises `TypeError` for what is none."""
    faults = given if isinstance(given, tuple) else (given,)
    for one in faults:
        if not callable(one):
            raise TypeError(f"fault is {type(one).__name__}; give a fault, or a tuple of faults")
    return faults
