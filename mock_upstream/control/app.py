"""The control API as an ASGI app: who may call, which call it is, and what it is answered."""

import logging
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote

from mock_upstream.control.access import ControlAccess
from mock_upstream.control.context import Context
from mock_upstream.control.control_error import ControlError, bad_request, not_found
from mock_upstream.request_body import BodyLimits, BodyState

if TYPE_CHECKING:
    from mock_upstream.control.request import Answer
    from mock_upstream.control.routes import Call

CONTROL_PREFIX: Final = "/_mock"
"""Where the mock's own paths live, off the upstream's."""

CONTROL_BODY: Final = 8 * 2**20
"""Bytes of a control call's body, at most."""

LOGGER: Final = logging.getLogger("mock_upstream.control")

_PATIENCE: Final = 30.0
_MOST_PARAMETERS: Final = 100
_HARNESS: Final = (b"x-mock-upstream", b"control")
_HEALTH: Final = f"{CONTROL_PREFIX}/health"
_HEALTHY: Final = b'{"status":"ok"}'
_ONLY_RECORDED: Final = (
    "this mock records: it passes on what the real upstream answers, and nothing that is put here "
    "would change that; put it into a mock of `mock-upstream serve`"
)
_FAILED: Final = HTTPStatus.INTERNAL_SERVER_ERROR


def is_control(path: str) -> bool:
    """Say whether a path is the mock's own."""
    return path.startswith(CONTROL_PREFIX) and path[len(CONTROL_PREFIX) :][:1] in ("", "/")


class Control:
    """Answers control calls. What they need is loaded with the first one."""

    def __init__(
        self, context: Context, access: ControlAccess | None = None, patience: float = _PATIENCE
    ) -> None:
        self._context = context
        self._access = access or ControlAccess()
        self._limits = BodyLimits(CONTROL_BODY, patience)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one HTTP request."""
        if scope["path"] == _HEALTH and scope["method"] in ("GET", "HEAD"):
            await _say_healthy(scope["method"], send)
            return
        import orjson

        from mock_upstream.control.request import Answer

        method = scope["method"]
        try:
            answer = await self._answered(scope, receive)
        except ControlError as error:
            said = self._context.masked(error.message, scope["headers"], scope["query_string"])
            answer = Answer(orjson.dumps(error.body(said)), error.status, headers=error.headers)
        except Exception:
            LOGGER.exception("A control call failed: %s %s", method, scope["path"])
            failed = ControlError(_FAILED, "internal", "The mock failed; its log says where.")
            answer = Answer(orjson.dumps(failed.body(failed.message)), _FAILED)
        await _send(answer, receive, send, head_only=method == "HEAD")

    async def _answered(self, scope: Any, receive: Any) -> "Answer":
        from mock_upstream.control.request import Request

        path = scope["path"][len(CONTROL_PREFIX) :]
        self._access.check(scope)
        call, place = _call(scope["method"], path)
        if call.schema is not None and self._context.drafts is not None:
            raise ControlError(HTTPStatus.CONFLICT, "recording", _ONLY_RECORDED)
        body = await self._body(scope, receive)
        if call.takes == "nothing" and body.strip() not in (b"", b"{}"):
            raise bad_request("this call takes no body; leave it out")
        query = _query(scope["query_string"])
        request = Request(self._context, unquote(place), query, scope["headers"], body)
        return await call.handle(request)

    async def _body(self, scope: Any, receive: Any) -> bytes:
        body = await self._limits.read(scope["headers"], receive)
        if body.state is BodyState.TOO_LARGE:
            raise ControlError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_large",
                f"the body is larger than the mock reads: {CONTROL_BODY} bytes; send less",
            )
        if body.state is not BodyState.WHOLE:
            raise ControlError(
                HTTPStatus.REQUEST_TIMEOUT,
                "timeout",
                f"{len(body.data)} bytes of the body arrived, then nothing more",
            )
        return body.data


def _call(method: str, path: str) -> "tuple[Call, str]":
    from mock_upstream.control.routes import ROUTES, found
    from mock_upstream.nearest import nearest

    there = found(path)
    if there is None:
        known = [CONTROL_PREFIX + one for one in ROUTES]
        shown = f"{CONTROL_PREFIX}{path}"[:200]
        raise not_found(
            f"no control call {shown!r}; expected one of {', '.join(known)}{nearest(shown, known)}"
        )
    calls, place = there
    call = calls.get("GET" if method == "HEAD" else method)
    if call is None:
        allowed = ", ".join(calls)
        raise ControlError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "method",
            f"received {method[:20]}; expected {allowed}",
            (("allow", allowed),),
        )
    return call, place


def _query(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise bad_request(
            f"the query cannot be read; expected at most {_MOST_PARAMETERS} parameters in UTF-8"
        ) from None


async def _say_healthy(method: str, send: Any) -> None:
    """Answer whoever asks, and quickly: those who wait for the mock ask this."""
    body = b"" if method == "HEAD" else _HEALTHY
    length = (b"content-length", str(len(_HEALTHY)).encode("ascii"))
    headers = [(b"content-type", b"application/json"), _HARNESS, length]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _send(answer: "Answer", receive: Any, send: Any, *, head_only: bool) -> None:
    headers = [(b"content-type", answer.content_type.encode("ascii")), _HARNESS]
    headers += [(b"cache-control", b"no-store")]
    headers += [(name.encode("ascii"), value.encode("latin-1")) for name, value in answer.headers]
    whole = answer.body if isinstance(answer.body, bytes) else None
    if whole is not None:
        headers.append((b"content-length", str(len(whole)).encode("ascii")))
    start = {"type": "http.response.start", "status": int(answer.status), "headers": headers}
    await send(start)
    if isinstance(answer.body, bytes) or head_only:
        body = b"" if head_only else whole
        await send({"type": "http.response.body", "body": body, "more_body": False})
        return
    await _send_pieces(answer.body, receive, send)


async def _send_pieces(pieces: AsyncIterator[bytes], receive: Any, send: Any) -> None:
    """Send a body piece by piece, and stop making them when the client has left."""
    import asyncio

    left = asyncio.ensure_future(_left(receive))
    try:
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if left.done():
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        left.cancel()


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
