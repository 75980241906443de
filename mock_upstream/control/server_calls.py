"""The control calls about the whole server: its health, its state, and its sessions."""

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, get_args

from mock_upstream.access.auth_policy import KeyState
from mock_upstream.control.context import Context
from mock_upstream.control.control_error import ControlError, bad_request
from mock_upstream.control.journal_calls import account_of
from mock_upstream.control.request import Answer, Request, told
from mock_upstream.control.session_calls import faults_summary, read_profile, script_summary
from mock_upstream.journal import Journal
from mock_upstream.profile_format.profile import UNKNOWN_POLICIES, Profile
from mock_upstream.replies.reply_quirks import Dialect
from mock_upstream.scripts.node import Node, RefusedError, Source
from mock_upstream.scripts.script import Script, ScriptError
from mock_upstream.session import Session

MOST_SESSIONS: Final = 1000
"""Sessions that may be made over HTTP: each has a journal of its own."""

HEALTHY: Final = b'{"status":"ok"}'

_SHOWN_KEYS: Final = ("profile", "auth", "unknown", "reject", "date", "states", "dialect", "quirks")
SESSION_KEYS: Final = (*_SHOWN_KEYS, "api_keys", "key_states", "keys", "script")


async def health(request: Request) -> Answer:
    """Say that the mock answers."""
    request.parameters(())
    return Answer(HEALTHY)


async def state(request: Request) -> Answer:
    """Tell the state of the mock: its sessions, and the files that it watches."""
    request.parameters(())
    context = request.context
    return told(
        {
            "started": context.started,
            "sessions": {name: _session(one) for name, one in context.sessions.named.items()},
            "watched": [_watched(context, one) for one in context.watched()],
        }
    )


def _watched(context: Context, file: dict[str, object]) -> dict[str, object]:
    error = file["error"]
    return {**file, "error": context.masked(error) if isinstance(error, str) else None}


def _session(session: Session) -> dict[str, object]:
    script = script_summary(session)
    return {
        "profile": session.profile.name,
        "script": script["origin"],
        "entries": len(session.script.script.entries),
        "unused": script["unused"],
        "queued_replies": session.replies_left,
        "faults": len(faults_summary(session)),
        "journal": account_of(session),
    }


async def sessions(request: Request) -> Answer:
    """List the sessions."""
    request.parameters(())
    named = request.context.sessions.named
    return told({"sessions": [{"name": name, **_session(one)} for name, one in named.items()]})


async def make_session(request: Request) -> Answer:
    """Make a session: a profile and overrides, the keys that lead to it, and a script."""
    request.parameters(())
    context, name = request.context, request.place
    data = request.json()
    if len(context.sessions.named) >= MOST_SESSIONS:
        raise _conflict(f"there are {MOST_SESSIONS} sessions; remove those that are done with")
    if name in context.sessions.named:
        raise _conflict(f"there is a session {name!r} already; remove it first")
    try:
        session, keys = await asyncio.to_thread(_made, context, Node(data, (), Source("the body")))
        context.sessions.add(name, session, keys)
    except ValueError as error:
        raise bad_request(str(error)) from None
    return told({"name": name, **_session(session)}, HTTPStatus.CREATED)


async def remove_session(request: Request) -> Answer:
    """Remove a session and its journal."""
    request.parameters(())
    session = request.named(request.place)
    try:
        request.context.sessions.remove(request.place)
    except KeyError:
        raise _conflict("the default session stays; reset it instead") from None
    return told({"name": request.place, **_session(session)})


def _conflict(message: str) -> ControlError:
    return ControlError(HTTPStatus.CONFLICT, "conflict", message)


def _made(context: Context, node: Node) -> tuple[Session, tuple[str, ...]]:
    """Make a session of a body. Raises `ValueError` with the words for what is wrong."""
    found = node.mapping(SESSION_KEYS)
    default = context.sessions.default
    given: dict[str, Any] = {
        name: read(found[name]) for name, read in _READERS.items() if name in found
    }
    profile = _profile(found["profile"]) if "profile" in found else default.profile
    script = _script(found["script"]) if "script" in found else Script()
    keys = _secrets(found["keys"]) if "keys" in found else ()
    journal = Journal(max_bytes=default.journal.account.max_bytes)
    session = Session(profile, journal=journal, **given)
    session.journal.fingerprints.know(keys)
    session.use_script(script, lasting=True)
    return session, keys


def _profile(node: Node) -> Profile:
    import orjson

    text = node.value if isinstance(node.value, str) else orjson.dumps(node.value).decode("utf-8")
    return node.made(lambda: read_profile(text))


def _script(node: Node) -> Script:
    from mock_upstream.scripts.script_file import script_from

    try:
        return script_from(node.value, "the body: script")
    except ScriptError as error:
        raise RefusedError(str(error)) from None


def _texts(node: Node) -> tuple[str, ...]:
    return tuple(one.text() for one in node.items())


def _secrets(node: Node) -> tuple[str, ...]:
    """Read a list of keys; what is none is not repeated: it may be a key."""
    values = node.value if isinstance(node.value, list) else None
    if values is None or not all(isinstance(one, str) and one.strip() for one in values):
        raise node.refuse("expected a list of keys, each a text that is not empty")
    return tuple(values)


def _key_states(node: Node) -> dict[str, KeyState]:
    states = node.value if isinstance(node.value, Mapping) else {None: None}
    known = get_args(KeyState)
    if not all(isinstance(key, str) and state in known for key, state in states.items()):
        raise node.refuse(f"expected a mapping of keys to states, of {', '.join(known)}")
    return dict(states)


def _date(node: Node) -> object:
    import datetime

    try:
        return datetime.date.fromisoformat(node.text())
    except ValueError:
        raise node.expected("a date such as 2026-01-31") from None


_READERS: Final[Mapping[str, Callable[[Node], object]]] = {
    "auth": lambda node: node.word(("required", "off")),
    "unknown": lambda node: node.word(UNKNOWN_POLICIES),
    "reject": _texts,
    "date": _date,
    "states": _texts,
    "dialect": lambda node: node.word(get_args(Dialect)),
    "quirks": _texts,
    "api_keys": _secrets,
    "key_states": _key_states,
}
