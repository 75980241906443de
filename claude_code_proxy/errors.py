"""Whatever goes wrong, raised as the LiteLLM exception that fits.

LiteLLM lets a class of its own through to the client with its status; anything else it turns into a
500, which the Router retries.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx
from litellm import exceptions
from openai import APIConnectionError, APITimeoutError

from claude_code_proxy.cure import cure
from claude_code_proxy.upstream_error import (
    RATE_LIMITED,
    SERVER_ERROR,
    UpstreamError,
    causes,
)
from common.errors import ProxyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from claude_code_proxy.outbound import OutboundRequest

PROVIDER: Final = "claude_code_router"

_LONGEST_MESSAGE: Final = 2000
_SHORTEST_SECRET: Final = 8
_SHORTEST_KEY: Final = 4
_NO_KEY: Final = "none"
_NO_ANSWER: Final = "no usable answer from the upstream"
_KEYS_IN_THE_ENVIRONMENT: Final = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")
_CLASSES: Final[Mapping[int, type[Exception]]] = {
    401: exceptions.AuthenticationError,
    403: exceptions.PermissionDeniedError,
    404: exceptions.NotFoundError,
    RATE_LIMITED: exceptions.RateLimitError,
    503: exceptions.ServiceUnavailableError,
}
_TYPES: Final[Mapping[int, str]] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    RATE_LIMITED: "rate_limit_error",
}
_FOR_THE_CLIENT: Final = ("retry-after", "retry-after-ms")
"""Those of the upstream's headers that LiteLLM's proxy is asked to answer its client with."""

_TIMEOUTS: Final = (exceptions.Timeout, httpx.TimeoutException, APITimeoutError, TimeoutError)
_NO_CONNECTION: Final = (APIConnectionError, httpx.TransportError)
_BEARER: Final = re.compile(r"(?i)\b(bearer\s+)[^\s'\",}]+")
_SECRET_NAME: Final = re.compile(r"(?i)key|auth|token|secret|cookie")


@contextmanager
def our_refusals(model: str) -> Iterator[None]:
    """Raise a request or a setting of ``model`` that cannot be used as LiteLLM's 400."""
    try:
        yield
    except ProxyError as error:
        raise exceptions.BadRequestError(str(error), model, PROVIDER) from None


@contextmanager
def upstream_errors(request: OutboundRequest) -> Iterator[None]:
    """Raise what the upstream answered to ``request`` as LiteLLM's exception for its status.

    Without its cause: that may hold a key or a prompt, and LiteLLM logs tracebacks. A mistake of
    our own passes as it is. Nor do we look behind the error that the caller is handling: LiteLLM's
    Router retries inside an ``except``.
    """
    ambient = sys.exception()
    try:
        yield
    except Exception as error:
        exception = _exception_for(error, request, ambient)
        if exception is None:
            raise
        raise exception from None


def _exception_for(
    error: Exception, request: OutboundRequest, ambient: BaseException | None
) -> Exception | None:
    if isinstance(error, UpstreamError):
        return _litellm_exception(error, request)
    chain = list(causes(error, ambient))
    if not any(isinstance(link, httpx.HTTPStatusError) for link in chain):
        if any(isinstance(link, _TIMEOUTS) for link in chain):
            message = "the upstream did not answer in time"
            return exceptions.Timeout(message, request.model, PROVIDER)
        if any(isinstance(link, _NO_CONNECTION) for link in chain):
            told = f"{_NO_ANSWER}: {_lost_connection(chain) or error}"
            message = _scrubbed(told, request)
            return exceptions.APIConnectionError(message, PROVIDER, request.model)
    answer = UpstreamError.from_exception(error, ambient)
    return answer and _litellm_exception(answer, request)


def _lost_connection(chain: list[BaseException]) -> str:
    """Return the words of the error nearest to the wire: those above it say less, and longer."""
    words = [str(link) for link in chain if isinstance(link, httpx.TransportError)]
    return next(filter(None, reversed(words)), "")


def _litellm_exception(error: UpstreamError, request: OutboundRequest) -> Exception:
    message = _scrubbed(_sentence(error, request), request)
    exception: Any = _class_for(error)(
        message=message,
        model=request.model,
        llm_provider=PROVIDER,
        response=httpx.Response(
            error.status,
            headers=dict(error.headers),
            request=httpx.Request("POST", "http://upstream"),
        ),
    )
    exception.status_code = error.status
    exception.param, exception.code = error.param, error.code
    exception.type = error.type or _TYPES.get(error.status, _type_of_the_rest(error.status))
    told = {name: getattr(exception, name) for name in ("param", "code", "type")}
    exception.body = {"message": message, **told}
    exception.litellm_response_headers = dict(error.headers)
    exception.headers = {key: error.headers[key] for key in _FOR_THE_CLIENT if key in error.headers}
    return exception  # type: ignore[no-any-return]  # one of LiteLLM's classes, picked at run time


def _type_of_the_rest(status: int) -> str:
    return "server_error" if status >= SERVER_ERROR else "invalid_request_error"


def _class_for(error: UpstreamError) -> Any:
    if error.code == "context_length_exceeded":
        return exceptions.ContextWindowExceededError
    if error.status >= SERVER_ERROR:
        return _CLASSES.get(error.status, exceptions.InternalServerError)
    return _CLASSES.get(error.status, exceptions.BadRequestError)


def _sentence(error: UpstreamError, request: OutboundRequest) -> str:
    given = {"param": error.param, "code": error.code, "retry-after": error.retry_after}
    facts = [f"{name}: {value}" for name, value in given.items() if value]
    told = f" ({', '.join(facts)})" if facts else ""
    message = error.message[:_LONGEST_MESSAGE]
    return f"{_answer(error)}: {message}{told}{cure(error, request)}"


def _answer(error: UpstreamError) -> str:
    """Say what the upstream answered: a status of our own choice is not its."""
    if error.answered is None:
        return _NO_ANSWER
    if error.answered == error.status:
        return f"upstream answered {error.status}"
    return f"upstream answered {error.answered}, but no usable reply"


def _scrubbed(text: str, request: OutboundRequest) -> str:
    """Return ``text`` without the key that we sent, should the upstream have echoed it.

    A short key is taken out only where it is a word of its own, and the ``none`` of an upstream
    without keys never: error messages say it for other reasons.
    """
    secrets = [*map(os.environ.get, _KEYS_IN_THE_ENVIRONMENT), request.settings.api_key]
    secret_headers = (v for name, v in request.headers.items() if _SECRET_NAME.search(name))
    secrets += [word for value in secret_headers for word in (value, *str(value).split())]
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "[key]")
    key = request.settings.api_key or ""
    if len(key) >= _SHORTEST_KEY and key != _NO_KEY:
        text = re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "[key]", text)
    return _BEARER.sub(r"\1[key]", text)
