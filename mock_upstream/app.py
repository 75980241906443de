"""The mock as one ASGI app: the same object for the command, a thread and in-process use.

What is the mock's own stands under `/_mock`; every other path belongs to the upstream.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from mock_upstream.control.access import ControlAccess
from mock_upstream.control.app import Control, is_control
from mock_upstream.control.context import Context
from mock_upstream.endpoints import endpoint_of
from mock_upstream.exchange import Answer, Call, answer
from mock_upstream.journal import JournalEntry
from mock_upstream.journal.head import Head
from mock_upstream.request_body import BODY_LIMIT, BODY_PATIENCE, BodyLimits, RequestBody
from mock_upstream.request_log import log_request
from mock_upstream.session import Session
from mock_upstream.sessions import Belonging, Sessions, unknown_session
from mock_upstream.verdict import Verdict
from mock_upstream.wire import CONNECTION, WireReply, harness_reply, send_reply

_NOTHING: Final[Mapping[str, Any]] = {}


def create_app(
    session: Session | Sessions,
    body_limit: int = BODY_LIMIT,
    body_patience: float = BODY_PATIENCE,
    control: Control | ControlAccess | None = None,
) -> "MockApp":
    """Create the app that serves a session, or several beside each other.

    `body_limit` is in bytes; a longer body is answered 413. `body_patience` is in seconds; a body
    that has not arrived by then is answered 408. `control` says who may call what is under
    `/_mock`; without it, whoever calls from this machine. Raises `ValueError` if a limit is not
    positive.
    """
    if body_limit < 1 or not body_patience > 0:
        raise ValueError(
            f"body_limit is {body_limit}, body_patience is {body_patience}; "
            "give a number of bytes from 1 and a number of seconds above 0"
        )
    sessions = session if isinstance(session, Sessions) else Sessions(session)
    limits = BodyLimits(body_limit, body_patience)
    if not isinstance(control, Control):
        control = Control(Context(sessions), control, body_patience)
    return MockApp(sessions, limits, control)


class MockApp:
    """The app: the upstream's paths, and the mock's own."""

    def __init__(self, sessions: Sessions, limits: BodyLimits, control: Control) -> None:
        self.sessions = sessions
        self.limits = limits
        self.control = control

    @property
    def session(self) -> Session:
        """The session of requests that name none."""
        return self.sessions.default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as an ASGI server or client hands it over; a WebSocket is closed."""
        if scope["type"] != "http":
            await _LIFE[scope["type"]](receive, send)
        elif is_control(scope["path"]):
            await self.control(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a request to the upstream, answer it, send the reply."""
        body = await self.limits.read(scope["headers"], receive)
        reply = self._answered(scope, body)
        if reply is not None:
            await send_reply(reply, receive, send, scope.get("state", _NOTHING).get(CONNECTION))

    def at_once(self, scope: Scope, body: bytes) -> WireReply | None:
        """Answer a request whose body is there; None for a path of the mock's own."""
        if is_control(scope["path"]):
            return None
        return self._answered(scope, self.limits.of(body))

    def _answered(self, scope: Scope, body: RequestBody) -> WireReply | None:
        """Answer a request, and note it; None if nobody is left to read the reply."""
        home = self.sessions.of(scope["headers"])
        call = _call(home.session, scope, body)
        answered = self._answer(home, call)
        _note(home, scope, call, answered)
        return answered.reply

    def _answer(self, home: Belonging, call: Call) -> Answer:
        if home.unknown is None:
            return answer(home.session, call, self.limits.size)
        violation = unknown_session(home.unknown, self.sessions.named)
        return Answer(harness_reply(violation), Verdict((violation,)))


async def _lifespan(receive: Receive, send: Send) -> None:
    """Follow a server that tells its apps when it starts and stops."""
    for moment in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{moment}.complete"})


async def _websocket(receive: Receive, send: Send) -> None:
    """Close a WebSocket at once."""
    await receive()
    await send({"type": "websocket.close", "code": 1000, "reason": ""})


_LIFE: Final[Mapping[str, Callable[[Receive, Send], Awaitable[None]]]] = {
    "lifespan": _lifespan,
    "websocket": _websocket,
}


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
