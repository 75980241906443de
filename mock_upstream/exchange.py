"""One request judged and answered: auth, content, the profile's rules, the reply.

Everything here is synchronous and pure but for the session's queue and counter: a request that
has been read is answered without waiting.
"""

from dataclasses import dataclass
from http import HTTPStatus

import orjson

from mock_upstream import refusals
from mock_upstream.access.presented_key import RawHeaders
from mock_upstream.content_headers import content_violation
from mock_upstream.endpoints import Endpoint, endpoint_of
from mock_upstream.judging.compiled_conditions import Headers
from mock_upstream.judging.door import lower
from mock_upstream.replies.default_reply import DefaultReply, default_reply
from mock_upstream.replies.planned_reply import planned_reply
from mock_upstream.replies.rendering import rendering
from mock_upstream.replies.reply_plan import DEFAULT_PLAN, RawReply
from mock_upstream.replies.resources import resource, unknown_previous
from mock_upstream.request_body import BodyState, RequestBody
from mock_upstream.session import Session
from mock_upstream.verdict import ACCEPTED, Api, Payload, Verdict, Violation
from mock_upstream.wire import WireReply, error_reply, json_reply, raw_reply
from mock_upstream.wordings import envelope


@dataclass(frozen=True, slots=True)
class Call:
    """A request as far as answering it needs: where it went, its headers, the body."""

    method: str
    path: str
    headers: RawHeaders
    body: RequestBody
    number: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A judged request: the reply, which is None if nobody is left to read it, and the verdict."""

    reply: WireReply | None
    verdict: Verdict


def answer(session: Session, call: Call, body_limit: int) -> Answer:
    """Answer a request; never raises, whatever the request."""
    if call.body.state is BodyState.CUT_OFF:
        return Answer(None, Verdict((refusals.client_left(len(call.body.data)),)))
    endpoint = endpoint_of(call.path)
    if endpoint is None:
        return _refused(session, call, refusals.unknown_url(call.method, call.path))
    violation = _unreadable(call, endpoint, body_limit)
    if violation is not None:
        return _refused(session, call, violation)
    api = endpoint.api
    denial = session.gate.denial(call.headers, billed=api is not None)
    if denial is not None:
        return Answer(_tagged(error_reply(denial.reply), call), Verdict((denial.note,)))
    headers = lower(call.headers) if session.judgement.reads_headers else None
    stopped = session.judgement.door.check(api, call.path, headers)
    if stopped is not None:
        return _turned_away(session, call, stopped)
    return _looked_up(session, call) if api is None else _judged(session, call, api, headers)


def _unreadable(call: Call, endpoint: Endpoint, body_limit: int) -> Violation | None:
    """Check what is checked before the credential: the method, the body's size."""
    if call.method not in endpoint.methods:
        return refusals.wrong_method(endpoint.methods)
    if call.body.state is BodyState.TOO_LARGE:
        return refusals.body_too_large(body_limit)
    if call.body.state is BodyState.TIMED_OUT:
        return refusals.body_timed_out(len(call.body.data))
    return None


def _looked_up(session: Session, call: Call) -> Answer:
    found = resource(call.method, call.path, session.responses)
    if isinstance(found, Violation):
        return _refused(session, call, found)
    return Answer(_tagged(json_reply(found), call), ACCEPTED)


def _judged(session: Session, call: Call, api: Api, headers: Headers | None) -> Answer:
    violation = content_violation(call.headers, session.journal.fingerprints.mask_text)
    if violation is not None:
        return _refused(session, call, violation)
    try:
        payload = orjson.loads(call.body.data)
    except orjson.JSONDecodeError:
        return _refused(session, call, refusals.not_json())
    if not isinstance(payload, dict):
        return _refused(session, call, refusals.not_an_object(payload))
    verdict = session.judge(api, payload, headers)
    if not verdict.accepted:
        return _turned_away(session, call, verdict)
    lost = unknown_previous(session, api, payload)
    if lost is not None:
        return _refused(session, call, lost)
    return Answer(_reply(session, call, api, payload), verdict)


def _turned_away(session: Session, call: Call, verdict: Verdict) -> Answer:
    refusal = session.judgement.refusal(verdict)
    return Answer(_tagged(error_reply(refusal), call), verdict)


def _reply(session: Session, call: Call, api: Api, payload: Payload) -> WireReply:
    planned = session.next_reply()
    if isinstance(planned, RawReply):
        return raw_reply(planned)
    own = default_reply(api, payload) if planned is DEFAULT_PLAN else DefaultReply(planned)
    reply = rendering(own.plan, api, payload, call.number, session.style)
    rendered = _tagged(planned_reply(reply, api, session.responses), call)
    return rendered if own.note is None else rendered.noted(own.note)


def _refused(session: Session, call: Call, violation: Violation) -> Answer:
    """Refuse in the envelope of the profile."""
    reply = error_reply(envelope.error_reply(session.profile.envelope, violation))
    if violation.status == HTTPStatus.METHOD_NOT_ALLOWED:
        endpoint = endpoint_of(call.path)
        reply = reply.plus(b"allow", ", ".join(endpoint.methods) if endpoint else "")
    return Answer(_tagged(reply, call), Verdict((violation,)))


def _tagged(reply: WireReply, call: Call) -> WireReply:
    """Add OpenAI's header that names the request."""
    return reply.plus(b"x-request-id", f"req_mock{call.number:06d}")
