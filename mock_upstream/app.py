"""The mock as one Starlette app: the same object for the command, a thread and in-process use.

Starlette routes what is the mock's own (`/_mock/health`); every other path belongs to the
upstream and goes to one thin ASGI endpoint, without a `Request` object or a regular expression.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

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
from mock_upstream.sessions import Belonging, Sessions, unknown_session
from mock_upstream.verdict import Verdict
from mock_upstream.wire import CONNECTION, harness_reply, send_reply

BODY_LIMIT = 32 * 2**20
"""The default limit of a request body, in bytes."""

BODY_PATIENCE = 30.0
"""How many seconds a body may take to arrive, by default."""

_NOTHING: Final[Mapping[str, Any]] = {}

CONTROL_PREFIX = "/_mock"
"""Where the mock's own paths live, off the upstream's."""


def create_app(
    session: Session | Sessions, body_limit: int = BODY_LIMIT, body_patience: float = BODY_PATIENCE
) -> Starlette:
    """Create the app that serves a session, or several beside each other.

    `body_limit` is in bytes; a longer body is answered 413. `body_patience` is in seconds; a body
    that has not arrived by then is answered 408. Raises `ValueError` if one is not positive.
    """
    if body_limit < 1 or not body_patience > 0:
        raise ValueError(
            f"body_limit is {body_limit}, body_patience is {body_patience}; "
            "give a number of bytes from 1 and a number of seconds above 0"
        )
    app = Starlette(routes=[Route(f"{CONTROL_PREFIX}/health", _health)])
    sessions = session if isinstance(session, Sessions) else Sessions(session)
    app.state.session, app.state.sessions = sessions.default, sessions
    app.router.default = Upstream(sessions, BodyLimits(body_limit, body_patience))
    app.router.redirect_slashes = False
    return app


async def _health(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


class Upstream:
    """The upstream's paths: reads a request, has it answered, notes it, sends the reply."""

    def __init__(self, sessions: Sessions, limits: BodyLimits) -> None:
        self._sessions = sessions
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request; a WebSocket is closed at once."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        body = await self._limits.read(scope["headers"], receive)
        home = self._sessions.of(scope["headers"])
        call = _call(home.session, scope, body)
        answered = self._answer(home, call)
        _note(home, scope, call, answered)
        if answered.reply is not None:
            connection = scope.get("state", _NOTHING).get(CONNECTION)
            await send_reply(answered.reply, receive, send, connection)

    def _answer(self, home: Belonging, call: Call) -> Answer:
        if home.unknown is None:
            return answer(home.session, call, self._limits.size)
        violation = unknown_session(home.unknown, self._sessions.named)
        return Answer(harness_reply(violation), Verdict((violation,)))


def _call(session: Session, scope: Scope, body: RequestBody) -> Call:
    path = session.journal.fingerprints.mask_path(_path(scope["path"]))
    return Call(scope["method"], path, scope["headers"], body, session.next_number())


def _note(home: Belonging, scope: Scope, call: Call, answered: Answer) -> None:
    """Write the journal before the reply goes out: who has the reply finds the entry."""
    fingerprints = home.session.journal.fingerprints
    endpoint = endpoint_of(call.path)
    entry = JournalEntry(
        number=call.number,
        method=call.method,
        path=call.path,
        head=Head(scope["query_string"], scope["headers"], fingerprints),
        body=call.body.data,
        api=endpoint.api if endpoint else None,
        status=answered.status,
        verdict=answered.verdict,
        complete=call.body.whole,
        time=time.time(),
        session=home.name,
        fault="+".join(answered.faults) or None,
        script_entry=answered.entry,
    )
    home.session.journal.add(entry)
    log_request(entry)


def _path(path: str) -> str:
    """Reduce a target in absolute form, as proxies get it, to its path; it may name a user."""
    return path if path.startswith("/") else "/" + path.partition("://")[2].partition("/")[2]
