"""A plan turned into what goes over the wire, in the API that was asked and the session's style."""

import orjson

from mock_upstream.replies.output_items import output_items
from mock_upstream.replies.render_chat import chat_json, failure_body, failure_status
from mock_upstream.replies.render_responses import response_object
from mock_upstream.replies.rendering import Rendering
from mock_upstream.replies.reply_plan import ReplyPlan
from mock_upstream.replies.response_store import ResponseStore, StoredResponse
from mock_upstream.replies.stream_chat import chat_stream
from mock_upstream.replies.stream_responses import responses_stream
from mock_upstream.verdict import Api
from mock_upstream.wire import REQUEST_ID, Headers, WireReply, bytewise, json_reply, stream_reply


def planned_reply(reply: Rendering, api: Api, store: ResponseStore) -> WireReply:
    """Render a reply; a response is kept in the store unless the request says not to."""
    if api == "responses":
        body, rendered = response(reply)
        keep(reply, body, store)
    else:
        rendered = completion(reply)
    if reply.plan.timed:
        rendered = _timed(rendered, reply.plan)
    return bytewise(rendered) if reply.has("one-byte-chunks") else rendered


def _timed(rendered: WireReply, plan: ReplyPlan) -> WireReply:
    from mock_upstream.faults.timing import timed

    return timed(rendered, plan.delay, plan.first_token, plan.tokens_per_second)


def completion(reply: Rendering) -> WireReply:
    """Render a chat completion."""
    if reply.asked.stream:
        return stream_reply(chat_stream(reply), _tags(reply))
    failure = reply.plan.failure
    if failure is not None:
        body = orjson.dumps(failure_body(failure))
        return json_reply(body, failure_status(failure), _tags(reply))
    return json_reply(_written(reply, chat_json(reply)), more=_tags(reply))


def response(reply: Rendering) -> tuple[bytes, WireReply]:
    """Render a response: the whole object, and what is sent, which may be a stream."""
    items = output_items(reply)
    body = orjson.dumps(response_object(reply, items))
    if not reply.asked.stream:
        return body, json_reply(_written(reply, body), more=_tags(reply))
    begun, ended = response_object(reply, None), orjson.Fragment(body)
    return body, stream_reply(responses_stream(reply, begun, ended, items), _tags(reply))


def keep(reply: Rendering, body: bytes, store: ResponseStore) -> None:
    """Keep a response in the store, unless the request says not to."""
    settings = reply.asked.settings
    if settings.get("store") is not False:
        previous = settings.get("previous_response_id")
        calls = tuple(call_id for _, call_id, _ in reply.calls()) if reply.plan.tool_calls else ()
        link = previous if isinstance(previous, str) else None
        store.keep(StoredResponse(reply.id("resp"), body, link, calls))


def _tags(reply: Rendering) -> Headers:
    return ((REQUEST_ID, reply.id("req").encode("ascii")),)


def _written(reply: Rendering, body: bytes) -> bytes:
    return body[:-1] if reply.has("malformed-json") else body
