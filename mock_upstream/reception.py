"""What happens to a request before it is answered: path, method, size, key, content, the rules.

Everything here is synchronous and pure: nothing is taken from queue or script.
"""

from http import HTTPStatus

import orjson

from mock_upstream import refusals
from mock_upstream.call import Accepted, Answer, Call
from mock_upstream.content_headers import content_violation
from mock_upstream.endpoints import Endpoint, endpoint_of
from mock_upstream.judging.compiled_conditions import Headers
from mock_upstream.judging.door import lower
from mock_upstream.moment import Moment
from mock_upstream.replies.resources import unknown_previous
from mock_upstream.request_body import BodyState
from mock_upstream.verdict import ACCEPTED, Api, Verdict, Violation
from mock_upstream.wire import error_reply
from mock_upstream.wordings import envelope


def received(now: Moment, call: Call, body_limit: int) -> Answer | Accepted:
    """Judge a request: the refusal, or what was accepted. Never raises, whatever the request."""
    endpoint = endpoint_of(call.path)
    if endpoint is None:
        return refused(now, call, refusals.unknown_url(call.method, call.path))
    violation = _unreadable(call, endpoint, body_limit)
    if violation is not None:
        return refused(now, call, violation)
    api = endpoint.api
    denial = now.gate.denial(call.headers, billed=api is not None)
    if denial is not None:
        return Answer(call.tagged(error_reply(denial.reply)), Verdict((denial.note,)))
    headers = lower(call.headers) if now.judgement.reads_headers else None
    stopped = now.judgement.door.check(api, call.path, headers)
    if stopped is not None:
        return _turned_away(now, call, stopped)
    return Accepted(None, {}, ACCEPTED) if api is None else _judged(now, call, api, headers)


def _unreadable(call: Call, endpoint: Endpoint, body_limit: int) -> Violation | None:
    """Check what is checked before the credential: the method, the body's size."""
    if call.method not in endpoint.methods:
        return refusals.wrong_method(endpoint.methods)
    if call.body.state is BodyState.TOO_LARGE:
        return refusals.body_too_large(body_limit)
    if call.body.state is BodyState.TIMED_OUT:
        return refusals.body_timed_out(len(call.body.data))
    return None


def _judged(now: Moment, call: Call, api: Api, headers: Headers | None) -> Answer | Accepted:
    violation = content_violation(call.headers, now.journal.fingerprints.mask_text)
    if violation is not None:
        return refused(now, call, violation)
    try:
        payload = orjson.loads(call.body.data)
    except orjson.JSONDecodeError:
        return refused(now, call, refusals.not_json())
    if not isinstance(payload, dict):
        return refused(now, call, refusals.not_an_object(payload))
    verdict = now.judge(api, payload, headers)
    if not verdict.accepted:
        return _turned_away(now, call, verdict)
    lost = unknown_previous(now, api, payload)
    if lost is not None:
        return refused(now, call, lost)
    return Accepted(api, payload, verdict)


def _turned_away(now: Moment, call: Call, verdict: Verdict) -> Answer:
    refusal = now.judgement.refusal(verdict)
    return Answer(call.tagged(error_reply(refusal)), verdict)


def refused(now: Moment, call: Call, violation: Violation) -> Answer:
    """Refuse in the envelope of the profile."""
    reply = error_reply(envelope.error_reply(now.profile.envelope, violation))
    if violation.status == HTTPStatus.METHOD_NOT_ALLOWED:
        endpoint = endpoint_of(call.path)
        reply = reply.plus(b"allow", ", ".join(endpoint.methods) if endpoint else "")
    return Answer(call.tagged(reply), Verdict((violation,)))
