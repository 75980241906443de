"""A control call as its handler sees it, and what it gives back."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import orjson

from mock_upstream.control.context import Context
from mock_upstream.control.control_error import ControlError, bad_request, not_found
from mock_upstream.nearest import nearest
from mock_upstream.session import Session
from mock_upstream.sessions import DEFAULT_NAME, SESSION_HEADER

JSON: Final = "application/json"
_YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
_SHOWN: Final = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """A control call's answer: a body at once, or in pieces."""

    body: bytes | AsyncIterator[bytes] = b""
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def told(value: object, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """Answer with JSON."""
    return Answer(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE), status)


@dataclass(frozen=True, slots=True)
class Request:
    """A control call: `place` is what stands in the path where the route has a name."""

    context: Context
    place: str
    query: Sequence[tuple[str, str]]
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def header(self, wanted: str) -> str | None:
        """Return the first value of a header, or None."""
        name = wanted.encode("ascii")
        found = next((value for key, value in self.headers if key == name), None)
        return None if found is None else found.decode("latin-1").strip()

    def parameters(self, known: Collection[str]) -> dict[str, str]:
        """Read the query. Raises `ControlError` for a parameter that is unknown or given twice."""
        given: dict[str, str] = {}
        for name, value in self.query:
            if name not in known:
                expected = f"expected {', '.join(known)}" if known else "expected none"
                raise bad_request(
                    f"unknown parameter {name[:_SHOWN]!r}; {expected}{nearest(name, known)}"
                )
            if name in given:
                raise bad_request(f"{name}: given twice; give it once")
            given[name] = value
        return given

    @property
    def session_name(self) -> str:
        """The session that the call is about, by `?session=` or the header `x-mock-session`."""
        asked = next((value for name, value in self.query if name == "session"), None)
        header = self.header(SESSION_HEADER)
        if asked is not None and header is not None and asked != header:
            raise bad_request(
                f"session: received {asked[:_SHOWN]!r}, and another one in the header "
                f"{SESSION_HEADER}; give one of them"
            )
        return asked if asked is not None else header if header is not None else DEFAULT_NAME

    @property
    def session(self) -> Session:
        """The session itself. Raises `ControlError` if there is none of that name."""
        return self.named(self.session_name)

    def named(self, name: str) -> Session:
        """Look a session up. Raises `ControlError`."""
        known = self.context.sessions.named
        if name not in known:
            listed = ", ".join(sorted(known)[:20])
            raise not_found(
                f"no session {name[:_SHOWN]!r}; expected one of {listed}"
                f"{nearest(name[:_SHOWN], known)}"
            )
        return known[name]

    def text(self) -> str:
        """Read the body as YAML or JSON text. Raises `ControlError`."""
        kind = self._content_type()
        try:
            text = self.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise bad_request(
                f"the body is not UTF-8: {error.reason} at byte {error.start}"
            ) from None
        if not text.strip():
            raise bad_request("the body is empty; expected YAML, or JSON")
        if kind == JSON:
            data = self._parsed()
            return text if "\t" not in text else orjson.dumps(data).decode("utf-8")
        return text

    def json(self) -> object:
        """Read the body as JSON. Raises `ControlError`."""
        if self._content_type() != JSON:
            raise _unsupported(f"expected {JSON}")
        return self._parsed()

    def _parsed(self) -> object:
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise bad_request(
                f"the body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
            ) from None

    def _content_type(self) -> str:
        encoding = self.header("content-encoding")
        if encoding and encoding.lower() != "identity":
            raise _unsupported("expected a body that is not compressed")
        given = self.header("content-type") or ""
        kind = given.partition(";")[0].strip().lower()
        if kind not in (JSON, *_YAML):
            received = repr(given[:_SHOWN]) if given else "no Content-Type"
            raise _unsupported(f"received {received}; expected {JSON} or {_YAML[0]}")
        return kind


def _unsupported(message: str) -> ControlError:
    return ControlError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_type", message)
