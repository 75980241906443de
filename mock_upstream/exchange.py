"""One request judged and answered: auth, content, the profile's rules, the reply.

Everything here is synchronous and pure but for the session's queue and counter: a request that
has been read is answered without waiting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import orjson

from mock_upstream import envelope, refusals
from mock_upstream.auth import INVALID_RULE, MISSING_RULE, bearer_token
from mock_upstream.model_list import model_list_json
from mock_upstream.render_chat import chat_json, chat_stream, wants_usage
from mock_upstream.render_responses import responses_json
from mock_upstream.rendering import Rendering, rendering
from mock_upstream.reply_plan import RawReply
from mock_upstream.request_body import BodyState, RequestBody
from mock_upstream.session import Session
from mock_upstream.stream_responses import responses_stream
from mock_upstream.verdict import ACCEPTED, Api, Payload, Verdict, Violation
from mock_upstream.wire import WireReply, error_reply, json_reply, raw_reply, stream_reply


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of the upstream's paths: the method it takes and the API it speaks, if any."""

    method: str
    api: Api | None = None


ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    "/v1/responses": Endpoint("POST", "responses"),
    "/v1/chat/completions": Endpoint("POST", "chat"),
    "/v1/models": Endpoint("GET"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request as far as answering it needs: where it went, the key header, the body."""

    method: str
    path: str
    authorization: bytes | None
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
    violation = _unreadable(call, body_limit)
    if violation is not None:
        return _refused(session, call, violation)
    refusal = session.gate.authenticate(call.authorization)
    if refusal is not None:
        missing = bearer_token(call.authorization) is None
        note = refusals.bad_credential(MISSING_RULE if missing else INVALID_RULE, refusal.status)
        return Answer(_tagged(error_reply(refusal), call), Verdict((note,)))
    api = ENDPOINTS[call.path].api
    if api is None:
        return Answer(_tagged(json_reply(model_list_json()), call), ACCEPTED)
    return _judged(session, call, api)


def _unreadable(call: Call, body_limit: int) -> Violation | None:
    """Check what is checked before the credential: the URL, the method, the body's size."""
    endpoint = ENDPOINTS.get(call.path)
    if endpoint is None:
        return refusals.unknown_url(call.method, call.path)
    if call.method != endpoint.method:
        return refusals.wrong_method(endpoint.method)
    if call.body.state is BodyState.TOO_LARGE:
        return refusals.body_too_large(body_limit)
    if call.body.state is BodyState.TIMED_OUT:
        return refusals.body_timed_out(len(call.body.data))
    return None


def _judged(session: Session, call: Call, api: Api) -> Answer:
    try:
        payload = orjson.loads(call.body.data)
    except orjson.JSONDecodeError:
        return _refused(session, call, refusals.not_json())
    if not isinstance(payload, dict):
        return _refused(session, call, refusals.not_an_object(payload))
    verdict = session.judge(api, payload)
    if not verdict.accepted:
        refusal = session.judgement.refusal(verdict)
        return Answer(_tagged(error_reply(refusal), call), verdict)
    return Answer(_reply(session, call, api, payload), verdict)


def _reply(session: Session, call: Call, api: Api, payload: Payload) -> WireReply:
    planned = session.next_reply()
    if isinstance(planned, RawReply):
        return raw_reply(planned)
    return _tagged(_rendered(rendering(planned, payload, call.number), api, payload), call)


def _rendered(reply: Rendering, api: Api, payload: Payload) -> WireReply:
    stream = payload.get("stream") is True
    if api == "responses":
        return (
            stream_reply(responses_stream(reply)) if stream else json_reply(responses_json(reply))
        )
    if stream:
        return stream_reply(chat_stream(reply, include_usage=wants_usage(payload)))
    return json_reply(chat_json(reply))


def _refused(session: Session, call: Call, violation: Violation) -> Answer:
    """Refuse in the envelope of the profile."""
    reply = error_reply(envelope.error_reply(session.profile.envelope, violation))
    if violation.status == HTTPStatus.METHOD_NOT_ALLOWED:
        reply = reply.plus(b"allow", ENDPOINTS[call.path].method)
    return Answer(_tagged(reply, call), Verdict((violation,)))


def _tagged(reply: WireReply, call: Call) -> WireReply:
    """Add OpenAI's header that names the request."""
    return reply.plus(b"x-request-id", f"req_mock{call.number:06d}")
