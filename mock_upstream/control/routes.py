"""Every control call: where it is, what it takes, what it gives. The OpenAPI document is made of
this table, and the calls are found in it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from mock_upstream.control import journal_calls, recording_calls, server_calls, session_calls
from mock_upstream.control.openapi import document
from mock_upstream.control.request import Answer, Request

Handle: TypeAlias = Callable[[Request], Awaitable[Answer]]
Takes: TypeAlias = Literal["nothing", "yaml", "json"]


@dataclass(frozen=True, slots=True)
class Call:
    """One control call. `takes` says what its body is, `schema` of which shape."""

    handle: Handle
    query: tuple[str, ...] = ()
    takes: Takes = "nothing"
    schema: str | None = None
    gives: str = "Anything"
    status: int = 200
    refuses: tuple[int, ...] = ()


async def openapi(request: Request) -> Answer:
    """Give this document."""
    import orjson

    request.parameters(())
    return Answer(orjson.dumps(document(ROUTES), option=orjson.OPT_INDENT_2))


_SESSION: Final = ("session",)

ROUTES: Final[Mapping[str, Mapping[str, Call]]] = {
    "/health": {"GET": Call(server_calls.health, gives="Health")},
    "/openapi.json": {"GET": Call(openapi)},
    "/state": {"GET": Call(server_calls.state, gives="State")},
    "/sessions": {"GET": Call(server_calls.sessions, gives="Sessions")},
    "/sessions/{name}": {
        "PUT": Call(
            server_calls.make_session,
            takes="json",
            schema="NewSession",
            gives="Session",
            status=201,
            refuses=(409,),
        ),
        "DELETE": Call(server_calls.remove_session, gives="Session", refuses=(404, 409)),
    },
    "/profile": {
        "GET": Call(session_calls.show_profile, _SESSION, gives="Profile", refuses=(404,)),
        "PUT": Call(
            session_calls.put_profile,
            _SESSION,
            "yaml",
            "ProfileText",
            "Profile",
            refuses=(404, 409),
        ),
    },
    "/script": {
        "GET": Call(session_calls.show_script, _SESSION, gives="Script", refuses=(404,)),
        "PUT": Call(
            session_calls.put_script,
            _SESSION,
            "yaml",
            "ScriptText",
            "Script",
            refuses=(404, 409),
        ),
        "DELETE": Call(session_calls.delete_script, _SESSION, gives="Script", refuses=(404,)),
    },
    "/faults": {
        "GET": Call(session_calls.show_faults, _SESSION, gives="Faults", refuses=(404,)),
        "PUT": Call(
            session_calls.put_faults,
            _SESSION,
            "yaml",
            "FaultsText",
            "Faults",
            refuses=(404, 409),
        ),
        "DELETE": Call(session_calls.delete_faults, _SESSION, gives="Faults", refuses=(404,)),
    },
    "/journal": {
        "GET": Call(
            journal_calls.show,
            (*_SESSION, "format", *journal_calls.QUERY),
            gives="Page",
            refuses=(404,),
        ),
        "DELETE": Call(journal_calls.clear, _SESSION, gives="Cleared", refuses=(404,)),
    },
    "/journal/{number}": {
        "GET": Call(journal_calls.show_one, _SESSION, gives="Entry", refuses=(404,)),
    },
    "/recording/script": {
        "POST": Call(recording_calls.write_script, gives="Yaml", refuses=(404,)),
    },
    "/recording/profile": {
        "POST": Call(recording_calls.write_profile, gives="Yaml", refuses=(404,)),
    },
    "/reset": {
        "POST": Call(session_calls.reset, _SESSION, gives="Cleared", refuses=(404,)),
    },
}


def found(path: str) -> tuple[Mapping[str, Call], str] | None:
    """Find what a path below the prefix leads to, and what stands in the place of its name."""
    if path in ROUTES:
        return ROUTES[path], ""
    above, _, last = path.rpartition("/")
    for template, calls in ROUTES.items():
        if template.endswith("}") and template.rpartition("/")[0] == above and last:
            return calls, last
    return None
