"""The default reply, written once: for one model and one choice of settings only a number differs.

A test suite, and a load test more so, asks the same thing over and over. The reply is rendered with
a blank for the number, and later ones have the blank filled in: the same bytes as rendering gives,
which a test holds it to.
"""

import secrets
from dataclasses import dataclass
from typing import Final

import orjson

from mock_upstream.replies.planned_reply import completion, keep, planned_reply, response
from mock_upstream.replies.rendering import Rendering, digits
from mock_upstream.replies.reply_plan import DEFAULT_PLAN
from mock_upstream.replies.response_store import ResponseStore
from mock_upstream.verdict import Api
from mock_upstream.wire import REQUEST_ID, WireReply, json_reply, stream_reply

_MOST: Final = 64
"""Forms that are kept; then all are forgotten, so that a run of ever new requests stays small."""

_LARGEST: Final = 64 * 1024
"""Bytes of a form that is kept."""

_DIGITS: Final = 10**30

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A reply in pieces, the number of its request between them.

    `response` is the response object that is kept for later requests, None for Chat Completions.
    """

    status: int
    streamed: bool
    body: tuple[bytes, ...]
    response: tuple[bytes, ...] | None

    def filled(self, number: bytes) -> WireReply:
        """Write the reply to one request."""
        body, tag = number.join(self.body), ((REQUEST_ID, b"req_mock" + number),)
        return stream_reply(body, tag) if self.streamed else json_reply(body, self.status, tag)


class ReplyForms:
    """The forms of one style. May be used from any thread: the worst is a form made twice."""

    def __init__(self) -> None:
        self._kept: dict[Key, Form] = {}
        self._blank = _DIGITS + secrets.randbelow(_DIGITS)
        """No request that a reply repeats knows these 31 digits."""

    def __len__(self) -> int:
        return len(self._kept)

    def reply(self, reply: Rendering, api: Api, store: ResponseStore) -> WireReply:
        """Render a reply, the default plan's by its form; a response is kept in the store."""
        if reply.plan is not DEFAULT_PLAN or reply.style.quirks:
            return planned_reply(reply, api, store)
        key = _key(reply, api)
        form = self._kept.get(key)
        if form is None:
            form = self._made(reply, api)
            self._keep(key, form)
        number = digits(reply.number).encode("ascii")
        if form.response is not None:
            keep(reply, number.join(form.response), store)
        return form.filled(number)

    def _made(self, reply: Rendering, api: Api) -> Form:
        blank, kept = reply._replace(number=self._blank), None
        if api == "responses":
            whole, wire = response(blank)
            kept = self._pieces(whole)
        else:
            wire = completion(blank)
        body = b"".join(chunk for chunk in wire.chunks if isinstance(chunk, bytes))
        streamed = reply.asked.stream
        return Form(wire.status, streamed, self._pieces(body), kept)

    def _pieces(self, written: bytes) -> tuple[bytes, ...]:
        return tuple(written.split(digits(self._blank).encode("ascii")))

    def _keep(self, key: Key, form: Form) -> None:
        if sum(map(len, form.body)) > _LARGEST:
            return
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = form


def _key(reply: Rendering, api: Api) -> Key:
    """Say what besides the number a reply depends on."""
    asked = reply.asked
    settings = orjson.dumps(asked.settings) if asked.settings else b""
    extras = (asked.stream, asked.encrypted, asked.sources, asked.include_usage, asked.named)
    return (api, reply.model, reply.style.full, extras, settings)
