"""What an upstream answered instead of a reply, read from wherever LiteLLM left it.

LiteLLM loses param and code of a Responses error, and decides 401, 429 and 500 by the text; the
true status and body are on the HTTP error further down its chain of causes, and are taken from
there.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import httpx

from claude_code_proxy.error_body import ErrorBody, word
from claude_code_proxy.upstream_object import read
from common.errors import ProxyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OK: Final = 200
BAD_REQUEST: Final = 400
RATE_LIMITED: Final = 429
SERVER_ERROR: Final = 500
BAD_GATEWAY: Final = 502

_NO_STATUS: Final = 600
_MEANINGS: Final = (
    ("rate_limit", RATE_LIMITED),
    ("quota", RATE_LIMITED),
    ("api_key", 401),
    ("authentication", 401),
    ("overloaded", 503),
    ("unavailable", 503),
    ("invalid", BAD_REQUEST),
    ("image", BAD_REQUEST),
    ("context_length", BAD_REQUEST),
)
_HEADERS_KEPT: Final = ("retry-after", "retry-after-ms", "x-request-id")
_LITELLM_PREFIX: Final = re.compile(r"^(?:litellm\.\w+: )?(?:\w+: )?(?:\w+Exception - )?")


@dataclass(slots=True, eq=False)
class UpstreamError(ProxyError):
    """A refusal or a failure; ``status`` is HTTP's, or what fits best where that says no error.

    ``answered`` is the status that the upstream's answer began with, None where none came.
    """

    status: int
    message: str
    param: str | None = None
    code: str | None = None
    type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    answered: int | None = OK

    @property
    def retry_after(self) -> str | None:
        """When to come again, as the upstream's header says it."""
        return self.headers.get("retry-after")

    @classmethod
    def from_reply(cls, error: object) -> UpstreamError:
        """Read an error that came inside a reply or a stream that began with 200.

        Its status is the one that its code is or its words mean, a server's failure if none does.
        """
        if isinstance(error, str):
            error = {"message": error}
        message = read(error, "message", "the upstream says that the response failed")
        param, code, kind = (word(error, name) for name in ("param", "code", "type"))
        return cls(_status_meant(f"{code} {kind}".lower()), str(message), param, code, kind)

    @classmethod
    def from_exception(
        cls, error: BaseException, ambient: BaseException | None = None
    ) -> UpstreamError | None:
        """Read the exception of a downstream call; None if no upstream's answer is behind it.

        ``ambient`` is as `causes` takes it.
        """
        error = getattr(error, "original_exception", None) or error  # of a MidStreamFallbackError
        text = _LITELLM_PREFIX.sub("", str(error))
        http = next(
            (e for e in causes(error, ambient) if isinstance(e, httpx.HTTPStatusError)), None
        )
        if http is not None:
            headers = http.response.headers
            kept = {name: headers[name] for name in _HEADERS_KEPT if name in headers}
            body = ErrorBody.read(_body_text(http) or text)
            return cls._told(body, http.response.status_code, kept)
        status = getattr(error, "status_code", None)
        if not isinstance(status, int):
            return None
        told = cls._told(ErrorBody.read(text), status)
        return told if status < BAD_REQUEST else replace(told, answered=None)  # LiteLLM's own

    @classmethod
    def _told(
        cls, body: ErrorBody, status: int, headers: Mapping[str, str] | None = None
    ) -> UpstreamError:
        said = (body.message, body.param, body.code, body.type)
        return cls(_failure(status), *said, headers or {}, answered=status)


@contextmanager
def reply_errors() -> Iterator[None]:
    """Raise as an `UpstreamError` what any value of a reply does that nobody has thought of.

    A list in the place of an id, text in that of a link: no reader is ready for all of it, and an
    exception that LiteLLM does not know would become a 500 of ours, asked for three times.
    """
    try:
        yield
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        message = f"a part of the reply has not the form of its API ({type(error).__name__})"
        raise UpstreamError(BAD_GATEWAY, message) from error


def _status_meant(kind: str) -> int:
    """Return the status that ``kind``, the code and the type of an error, stands for."""
    number = kind.partition(" ")[0]
    if number.isdecimal() and BAD_REQUEST <= int(number) < _NO_STATUS:
        return int(number)
    return next((status for word, status in _MEANINGS if word in kind), SERVER_ERROR)


def _failure(status: int) -> int:
    """Return ``status``, or 502 where it says success: the answer was not one."""
    return status if status >= BAD_REQUEST else BAD_GATEWAY


def causes(error: BaseException, ambient: BaseException | None = None) -> Iterator[BaseException]:
    """Yield ``error`` and all that led to it, nearest first, save ``ambient`` and what led to that.

    ``ambient`` is what the caller was handling when it called us. Python makes it the context of
    whatever is raised meanwhile, though it is an earlier attempt's and not this one's.
    """
    seen = {id(link) for link in causes(ambient)} if ambient else set()
    waiting: list[Any] = [error]
    while waiting:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__, getattr(link, "original_exception", None)]


def _body_text(http: httpx.HTTPStatusError) -> str:
    """Return the answer's body, empty where a stream broke off before it was read."""
    try:
        return http.response.text
    except httpx.ResponseNotRead:
        return ""
