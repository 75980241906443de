"""The mock as one Starlette app: the same object for the command, a thread and in-process use.

Starlette routes what is the mock's own (`/_mock/health`); every other path belongs to the
upstream and goes to one thin ASGI endpoint, without a `Request` object or a regular expression.
"""

import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from mock_upstream.endpoints import endpoint_of
from mock_upstream.exchange import Answer, Call, answer
from mock_upstream.journal import JournalEntry
from mock_upstream.journal.head import Head
from mock_upstream.request_body import BodyLimits, RequestBody
from mock_upstream.request_log import log_request
from mock_upstream.session import Session
from mock_upstream.wire import send_reply

BODY_LIMIT = 32 * 2**20
"""The default limit of a request body, in bytes."""

BODY_PATIENCE = 30.0
"""How many seconds a body may take to arrive, by default."""

CONTROL_PREFIX = "/_mock"
"""Where the mock's own paths live, off the upstream's."""


def create_app(
    session: Session, body_limit: int = BODY_LIMIT, body_patience: float = BODY_PATIENCE
) -> Starlette:
    """Create the app that serves a session.

    `body_limit` is in bytes; a longer body is answered 413. `body_patience` is in seconds; a body
    that has not arrived by then is answered 408. Raises `ValueError` if one is not positive.
    """
    if body_limit < 1 or not body_patience > 0:
        raise ValueError(
            f"body_limit is {body_limit}, body_patience is {body_patience}; "
            "give a number of bytes from 1 and a number of seconds above 0"
        )
    app = Starlette(routes=[Route(f"{CONTROL_PREFIX}/health", _health)])
    app.state.session = session
    app.router.default = Upstream(session, BodyLimits(body_limit, body_patience))
    app.router.redirect_slashes = False
    return app


async def _health(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


class Upstream:
    """The upstream's paths: reads a request, has it answered, notes it, sends the reply."""

    def __init__(self, session: Session, limits: BodyLimits) -> None:
        self._session = session
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request; a WebSocket is closed at once."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        body = await self._limits.read(scope["headers"], receive)
        call = self._call(scope, body)
        answered = answer(self._session, call, self._limits.size)
        self._note(scope, call, answered)
        if answered.reply is not None:
            await send_reply(answered.reply, receive, send)

    def _call(self, scope: Scope, body: RequestBody) -> Call:
        number = self._session.next_number()
        path = self._session.journal.fingerprints.mask_path(_path(scope["path"]))
        return Call(scope["method"], path, scope["headers"], body, number)

    def _note(self, scope: Scope, call: Call, answered: Answer) -> None:
        """Write the journal before the reply goes out: who has the reply finds the entry."""
        fingerprints = self._session.journal.fingerprints
        endpoint = endpoint_of(call.path)
        entry = JournalEntry(
            number=call.number,
            method=call.method,
            path=call.path,
            head=Head(scope["query_string"], scope["headers"], fingerprints),
            body=call.body.data,
            api=endpoint.api if endpoint else None,
            status=answered.reply.status if answered.reply else None,
            verdict=answered.verdict,
            complete=call.body.whole,
            time=time.time(),
        )
        self._session.journal.add(entry)
        log_request(entry)


def _path(path: str) -> str:
    """Reduce a target in absolute form, as proxies get it, to its path; it may name a user."""
    return path if path.startswith("/") else "/" + path.partition("://")[2].partition("/")[2]
