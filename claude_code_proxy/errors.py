"""What the upstream refused, and LiteLLM's exception class for it.

LiteLLM loses param and code of a Responses error, and decides 401, 429 and 500 by the text; the
true status and body are on the HTTP error further down its chain of causes, and are taken from
there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx
from litellm import exceptions
from openai import APITimeoutError

from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.upstream_object import read
from common.errors import ProxyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_code_proxy.outbound import OutboundRequest

PROVIDER: Final = "claude_code_router"

_LONGEST_MESSAGE: Final = 2000
_SHORTEST_SECRET: Final = 8
_SERVER_ERROR: Final = 500
_CLASSES: Final[Mapping[int, type[Exception]]] = {
    401: exceptions.AuthenticationError,
    403: exceptions.PermissionDeniedError,
    404: exceptions.NotFoundError,
    429: exceptions.RateLimitError,
    500: exceptions.InternalServerError,
    503: exceptions.ServiceUnavailableError,
}
_HEADERS_KEPT: Final = ("retry-after", "retry-after-ms", "x-request-id")
_LITELLM_PREFIX: Final = re.compile(r"^(?:litellm\.\w+: )?(?:\w+: )?(?:\w+Exception - )?")
_BEARER: Final = re.compile(r"(?i)\b(bearer\s+)[^\s'\",}]+")
_SECRET_NAME: Final = re.compile(r"(?i)key|auth|token|secret|cookie")


@dataclass(slots=True)
class UpstreamError(ProxyError):
    """What the upstream answered instead of a reply; ``status`` is HTTP's, or what fits best."""

    status: int
    message: str
    param: str | None = None
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_reply(cls, error: object) -> UpstreamError:
        """Read an error object that came inside a reply or a stream that began with 200."""
        code = read(error, "code")
        kind = f"{code or ''} {read(error, 'type', '')}"
        if "rate_limit" in kind or "quota" in kind:
            status = 429
        else:
            status = 400 if "invalid" in kind or "image" in kind else _SERVER_ERROR
        message = read(error, "message", "the upstream says that the response failed")
        return cls(status, str(message), read(error, "param"), None if code is None else str(code))

    @classmethod
    def from_exception(cls, error: BaseException) -> UpstreamError:
        """Read the exception of a downstream call."""
        http = next((e for e in _chain(error) if isinstance(e, httpx.HTTPStatusError)), None)
        text = _LITELLM_PREFIX.sub("", str(error))
        if http is None:
            status = getattr(error, "status_code", None) or _SERVER_ERROR
            return cls(int(status), *_read_body(text))
        headers = http.response.headers
        return cls(
            http.response.status_code,
            *_read_body(_body_text(http) or text),
            headers={name: headers[name] for name in _HEADERS_KEPT if name in headers},
        )


@contextmanager
def litellm_errors(model: str, request: OutboundRequest | None = None) -> Iterator[None]:
    """Raise whatever goes wrong inside as the LiteLLM exception that fits.

    Without its cause: that may hold a key or a prompt, and LiteLLM logs tracebacks. ``request`` is
    None while there is none yet; what is wrong then is ours to refuse.
    """
    try:
        yield
    except UpstreamError as error:
        raise _litellm_exception(error, model, request) from None
    except ProxyError as error:
        raise exceptions.BadRequestError(
            message=str(error), model=model, llm_provider=PROVIDER
        ) from None
    except Exception as error:
        if request is None:
            raise
        raise _from_downstream(error, model, request) from None


def _from_downstream(error: Exception, model: str, request: OutboundRequest) -> Any:
    chain = list(_chain(error))
    answered = any(isinstance(e, httpx.HTTPStatusError) for e in chain)
    if not answered and any(_is_timeout(e) for e in chain):
        return exceptions.Timeout("the upstream did not answer in time", model, PROVIDER)
    found = UpstreamError.from_exception(error)
    if not answered and isinstance(error, exceptions.APIConnectionError | httpx.TransportError):
        message = _scrubbed(f"no answer from the upstream: {found.message}", request)
        return exceptions.APIConnectionError(message, PROVIDER, model)
    return _litellm_exception(found, model, request)


def _litellm_exception(error: UpstreamError, model: str, request: OutboundRequest | None) -> Any:
    status = error.status
    response = httpx.Response(
        status, headers=dict(error.headers), request=httpx.Request("POST", "http://upstream")
    )
    exception = _class_for(error)(
        message=_scrubbed(_sentence(error, model, request), request),
        model=model,
        llm_provider=PROVIDER,
        response=response,
    )
    exception.status_code = status
    exception.param, exception.code = error.param, error.code
    exception.body = {"message": exception.message, "param": error.param, "code": error.code}
    exception.litellm_response_headers = dict(error.headers)
    return exception


def _class_for(error: UpstreamError) -> Any:
    if error.code == "context_length_exceeded":
        return exceptions.ContextWindowExceededError
    fallback = _CLASSES[_SERVER_ERROR] if error.status >= _SERVER_ERROR else None
    return _CLASSES.get(error.status, fallback or exceptions.BadRequestError)


def _sentence(error: UpstreamError, model: str, request: OutboundRequest | None) -> str:
    facts = [f"{name}: {value}" for name in ("param", "code") if (value := getattr(error, name))]
    told = f" ({', '.join(facts)})" if facts else ""
    message = error.message[:_LONGEST_MESSAGE]
    return f"upstream answered {error.status}: {message}{told}{_cure(error, model, request)}"


def _cure(error: UpstreamError, model: str, request: OutboundRequest | None) -> str:
    """Return the hint of the first flag, not yet set, whose field the upstream refused."""
    if request is None or error.status not in (400, 422):
        return ""
    culprit = error.param or error.message
    for flag in DROP_FLAGS:
        if (
            flag.api == request.api
            and flag.name not in request.settings.drop_flags
            and re.search(rf"(?<![\w-]){re.escape(flag.field)}(?![\w-])", culprit)
        ):
            return f"; upstream refused {flag.field!r}: set {flag.name}: true for {model}"
    return ""


def _read_body(text: str) -> tuple[str, str | None, str | None]:
    """Return message, param and code of an error body in any of the vendors' envelopes."""
    start = text.find("{")
    try:
        body, _ = json.JSONDecoder().raw_decode(text[start:]) if start >= 0 else (None, 0)
    except ValueError:
        body = None
    if not isinstance(body, Mapping):
        return text.strip() or "no message", None, None
    error = body.get("error", body)
    if isinstance(error, str):
        return error, None, None
    message = read(error, "message") or read(error, "detail") or error
    if not isinstance(message, str):
        message = json.dumps(message, ensure_ascii=False, default=str)
    param, code = read(error, "param"), read(error, "code")
    return message, param and str(param), code and str(code)


def _body_text(http: httpx.HTTPStatusError) -> str:
    try:
        return http.response.text
    except httpx.ResponseNotRead:
        return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error`` and all that led to it."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__, getattr(link, "original_exception", None)]


def _is_timeout(error: BaseException) -> bool:
    return isinstance(
        error, exceptions.Timeout | httpx.TimeoutException | APITimeoutError | TimeoutError
    )


def _scrubbed(text: str, request: OutboundRequest | None) -> str:
    """Return ``text`` without the key that we sent, should the upstream have echoed it."""
    secrets = [os.environ.get("OPENAI_API_KEY")]
    if request is not None:
        secrets += [request.settings.api_key]
        secrets += [str(v) for name, v in request.headers.items() if _SECRET_NAME.search(name)]
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "[key]")
    return _BEARER.sub(r"\1[key]", text)
