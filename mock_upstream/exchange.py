"""One request answered: judged, then from the queue, from the script, or of the mock's own.

Everything here is synchronous and pure but for the session's queue and counters: a request that
has been read is answered without waiting. A fault that answers in the upstream's place takes
nothing from queue or script: the request never got there.
"""

import logging
from http import HTTPStatus
from typing import Final, NamedTuple

from mock_upstream import refusals
from mock_upstream.call import Accepted, Answer, Call
from mock_upstream.faults.fault import (
    Fault,
    FaultFailedError,
    Stage,
    composed,
    in_order,
    name_of,
    stage_of,
    worded,
)
from mock_upstream.moment import Moment
from mock_upstream.reception import received, refused
from mock_upstream.replies.default_reply import DefaultReply, default_reply
from mock_upstream.replies.rendering import rendering
from mock_upstream.replies.reply_plan import RawReply
from mock_upstream.replies.resources import resource
from mock_upstream.request_body import BodyState
from mock_upstream.scripts.fault_play import FaultPlay
from mock_upstream.scripts.incoming import Incoming
from mock_upstream.scripts.play import Taken
from mock_upstream.session import Session
from mock_upstream.verdict import Verdict, Violation
from mock_upstream.wire import WireReply, harness_reply, json_reply, raw_reply

__all__ = ["Answer", "Call", "answer"]

LOGGER: Final = logging.getLogger("mock_upstream.faults")

_NOT_LET_IN: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class _Base(NamedTuple):
    """An answer before any fault has struck it, and the faults that the script lays over it."""

    answer: Answer
    faults: tuple[Fault, ...] = ()


def answer(session: Session, call: Call, body_limit: int) -> Answer:
    """Answer a request; never raises, whatever the request."""
    if call.body.state is BodyState.CUT_OFF:
        return Answer(None, Verdict((refusals.client_left(len(call.body.data)),)))
    now = session.now
    judged = received(now, call, body_limit)
    if now.faults is not None:
        return _struck(now, call, judged, now.faults)
    if isinstance(judged, Answer):
        return judged
    base = _directed(now, call, judged)
    if base is None:
        return _own(now, call, judged)
    return _broken(now, base.answer, base.faults)


def _struck(now: Moment, call: Call, judged: Answer | Accepted, play: FaultPlay) -> Answer:
    """Let the session's faults strike; where one answers instead, nothing else is asked."""
    let_in = isinstance(judged, Accepted) or judged.status not in _NOT_LET_IN
    strikes = play.strikes(_incoming(call, judged), let_in=let_in)
    if _answers(strikes):
        return _broken(now, _nothing(call, judged), strikes)
    base = _base(now, call, judged)
    return _broken(now, base.answer, (*base.faults, *strikes))


def _answers(faults: tuple[Fault, ...]) -> bool:
    return any(stage_of(fault) is Stage.INSTEAD for fault in faults)


def _nothing(call: Call, judged: Answer | Accepted) -> Answer:
    """Give what a fault that answers instead takes the place of."""
    return Answer(call.tagged(json_reply(b"")), judged.verdict)


def _broken(now: Moment, whole: Answer, faults: tuple[Fault, ...]) -> Answer:
    """Let faults strike an answer, whose reply is there, in the order of their stages."""
    if whole.reply is None or not faults:
        return whole
    told = [worded(fault, now.profile.envelope) for fault in in_order(faults)]
    names = tuple(name for name in map(name_of, told) if name)
    try:
        return Answer(composed(whole.reply, told), whole.verdict, whole.entry, names)
    except FaultFailedError as error:  # a test's own function: its writer has to learn of it
        LOGGER.exception("a fault failed")
        rule, kind = "fault-failed", "mock_upstream_fault_failed"
        violation = Violation(rule, "", str(error), 400, type=kind, code=rule)
        return Answer(harness_reply(violation), Verdict((violation,)), whole.entry, names)


def _base(now: Moment, call: Call, judged: Answer | Accepted) -> _Base:
    """Answer what was judged: as it was refused, as directed, or of the mock's own."""
    if isinstance(judged, Answer):
        return _Base(judged)
    directed = _directed(now, call, judged)
    return _Base(_own(now, call, judged)) if directed is None else directed


def _directed(now: Moment, call: Call, judged: Accepted) -> _Base | None:
    """Answer from the queue, then from the script; None if both leave it to the mock."""
    queued = now.next_reply() if judged.api is not None else None
    if queued is not None:
        return _given(now, call, judged, Taken(queued, None))
    return None if now.script.idle else _scripted(now, call, judged)


def _scripted(now: Moment, call: Call, judged: Accepted) -> _Base | None:
    play, incoming = now.script, _incoming(call, judged)
    taken = play.take(incoming)
    if taken is not None:
        return _given(now, call, judged, taken)
    if not play.strict.unmatched or judged.api is None:
        return None
    from mock_upstream.scripts.miss import missed

    violation = missed(play.played, incoming, now.journal.fingerprints)
    return _Base(Answer(call.tagged(harness_reply(violation)), Verdict((violation,))))


def _given(now: Moment, call: Call, judged: Accepted, taken: Taken) -> _Base:
    """Answer what queue or script say; a fault alone strikes what the mock answers of itself."""
    reply, faults = taken.answer.reply, taken.answer.faults
    if reply is None:
        own = _nothing(call, judged) if _answers(faults) else _own(now, call, judged)
        return _Base(Answer(own.reply, own.verdict, taken.entry), faults)
    if isinstance(reply, RawReply):
        return _Base(Answer(raw_reply(reply), judged.verdict, taken.entry), faults)
    rendered = _rendered(now, call, judged, DefaultReply(reply))
    return _Base(Answer(rendered, judged.verdict, taken.entry), faults)


def _own(now: Moment, call: Call, judged: Accepted) -> Answer:
    """Answer of the mock's own: the resource, what the request demands, or the default plan."""
    if judged.api is not None:
        own = default_reply(judged.api, judged.payload)
        return Answer(_rendered(now, call, judged, own), judged.verdict)
    found = resource(call.method, call.path, now.responses)
    if isinstance(found, Violation):
        return refused(now, call, found)
    return Answer(call.tagged(json_reply(found)), judged.verdict)


def _rendered(now: Moment, call: Call, judged: Accepted, own: DefaultReply) -> WireReply:
    """Render a plan in the API that was asked."""
    api, payload = judged.api or "responses", judged.payload
    planned = rendering(own.plan, api, payload, call.number, now.style)
    rendered = now.forms.reply(planned, api, now.responses)
    return rendered if own.note is None else rendered.noted(own.note)


def _incoming(call: Call, judged: Answer | Accepted) -> Incoming:
    payload = judged.payload if isinstance(judged, Accepted) else None
    return Incoming(call.method, call.path, call.headers, call.body.data, payload)
