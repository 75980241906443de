"""What a fault is: a callable from reply to reply, with a name and a stage; how several compose.

A fault never looks at a clock and never throws dice. The stage says where it stands among others,
so that the order in which a test writes them down means nothing.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Protocol, TypeAlias, runtime_checkable

from mock_upstream.wire import WireReply
from mock_upstream.wordings.envelope import Envelope


class Stage(IntEnum):
    """Where a fault stands among those that strike the same reply; the lower one comes first.

    `INSTEAD`: answers in the upstream's place. `CONTENT`: changes the bytes. `TIMING`: holds them
    back. `CONNECTION`: breaks how they are carried.
    """

    INSTEAD = 0
    CONTENT = 1
    TIMING = 2
    CONNECTION = 3


@runtime_checkable
class NamedFault(Protocol):
    """A fault of this room: its name is the word that scripts, the journal and the log use."""

    @property
    def name(self) -> str:
        """The word for it, such as `latency`."""

    @property
    def stage(self) -> Stage:
        """Where it stands among others."""

    def __call__(self, reply: WireReply, /) -> WireReply:
        """Break a reply."""


Fault: TypeAlias = NamedFault | Callable[[WireReply], WireReply]
"""Any callable from reply to reply. One without a stage changes the content."""


def stage_of(fault: Fault) -> Stage:
    """Say where a fault stands."""
    stage = getattr(fault, "stage", Stage.CONTENT)
    return stage if isinstance(stage, Stage) else Stage.CONTENT


def name_of(fault: Fault) -> str:
    """Give the word for a fault: its own, or the function's name; empty for one not to be told."""
    name = getattr(fault, "name", getattr(fault, "__name__", None))
    return name if isinstance(name, str) else type(fault).__name__


class FaultFailedError(RuntimeError):
    """A fault of a test's own that raised, or gave something else than a reply."""


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Order faults by their stages; of several that answer instead, the first one stays."""
    ordered = sorted(faults, key=stage_of)
    instead = sum(stage_of(fault) is Stage.INSTEAD for fault in ordered)
    return tuple(ordered[:1] + ordered[instead:] if instead else ordered)


def composed(reply: WireReply, faults: Iterable[Fault]) -> WireReply:
    """Let faults strike a reply in their order. Raises `FaultFailedError` for one that fails."""
    for fault in in_order(faults):
        reply = _struck(fault, reply)
    return reply


def _struck(fault: Fault, reply: WireReply) -> WireReply:
    try:
        broken = fault(reply)
    except Exception as error:
        raise FaultFailedError(f"The fault {name_of(fault)!r} raised {error!r}.") from error
    if not isinstance(broken, WireReply):
        kind = type(broken).__name__
        raise FaultFailedError(f"The fault {name_of(fault)!r} gave {kind}; expected a WireReply.")
    return broken


def worded(fault: Fault, shape: Envelope) -> Fault:
    """Give a fault that answers instead the words of a profile's envelope; others stay."""
    words: Callable[[Envelope], Fault] | None = getattr(fault, "worded", None)
    return fault if words is None else words(shape)
