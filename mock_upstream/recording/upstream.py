"""The real upstream, asked over httpx's transport: nothing is added, followed or decoded.

The transport is used without httpx's client, which would add headers, keep cookies, follow
redirects and look for proxies and passwords in the environment. Each request has a connection of
its own, so that what breaks is the upstream's doing, and never a connection grown old.
"""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from mock_upstream.recording.address import Address
from mock_upstream.verdict import Violation

if TYPE_CHECKING:
    import httpx

FAILURE_TYPE: Final = "mock_upstream_recording"
"""The type of an error that the recorder itself answers."""

_SHOWN: Final = 300


class MissingLibraryError(RuntimeError):
    """Recording needs httpx, which is not installed."""


class UpstreamFailureError(Exception):
    """The upstream gave no answer that can be passed on; `violation` says why."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.message)
        self.violation = violation


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many seconds the upstream may take: to be connected to, and between two pieces."""

    connecting: float = 10.0
    reading: float = 600.0


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as it goes to the upstream."""

    method: str
    target: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class Reply:
    """An upstream's reply: the head is there, the body is read piece by piece."""

    def __init__(self, response: "httpx.Response") -> None:
        self._response = response
        self.status = response.status_code
        self.headers = response.headers.raw
        self.reason: bytes = response.extensions.get("reason_phrase", b"")

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, undecoded. Raises `httpx.TransportError`."""
        async for piece in self._response.aiter_raw():
            yield piece


class Upstream:
    """Asks one upstream. Raises `MissingLibraryError` where httpx is not installed."""

    def __init__(
        self,
        address: Address,
        waiting: Waiting | None = None,
        authorities: str | None = None,
        proxy: str | None = None,
    ) -> None:
        require_httpx()
        import httpx

        self.address = address
        self._waiting = waiting or Waiting()
        secure = address.scheme == "https" or (proxy or "").startswith("https")
        tls = _trusting(authorities) if secure else False  # loading authorities takes 40 ms
        self._url = httpx.URL(scheme=address.scheme, host=address.host, port=address.port)
        self._transport = httpx.AsyncHTTPTransport(
            verify=tls,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            proxy=None if proxy is None else httpx.Proxy(proxy),
        )

    @asynccontextmanager
    async def asked(self, asking: Asking) -> AsyncIterator[Reply]:
        """Ask, and give the reply; leaving the block closes the connection.

        Raises `UpstreamFailureError` if there is none.
        """
        import httpx

        waiting = self._waiting
        times = {"connect": waiting.connecting, "pool": None}
        times |= dict.fromkeys(("read", "write"), waiting.reading)
        request = httpx.Request(
            asking.method,
            self._url,
            headers=list(asking.headers),
            stream=httpx.ByteStream(asking.body),
            extensions={"target": asking.target, "timeout": times},
        )
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            raise UpstreamFailureError(failure(error, self.address, waiting)) from error
        try:
            yield Reply(response)
        finally:
            await response.aclose()


def require_httpx() -> None:
    """Check that httpx is there. Raises `MissingLibraryError`."""
    if find_spec("httpx") is None:
        raise MissingLibraryError(
            "recording needs httpx, which is not installed; "
            "install it with: pip install 'mock-upstream[record]'"
        )


def _trusting(authorities: str | None) -> ssl.SSLContext:
    """Trust the public authorities, whatever the environment says, and some more."""
    import httpx

    tls = httpx.create_ssl_context(verify=True, trust_env=False)
    if authorities is not None:
        tls.load_verify_locations(authorities)
    return tls


def failure(error: "httpx.TransportError", address: Address, waiting: Waiting) -> Violation:
    """Say in a sentence why there is no reply."""
    import httpx

    said = _text(error)
    untrusted = _cause(error, ssl.SSLCertVerificationError)
    if isinstance(untrusted, ssl.SSLCertVerificationError):
        why = f"its certificate is not trusted: {untrusted.verify_message.rstrip('.')}"
        more = "For an authority of your own give --ca FILE."
        return _violation("upstream-certificate", 502, address, why, more)
    if isinstance(error, httpx.TimeoutException):
        connecting = isinstance(error, httpx.ConnectTimeout)
        seconds = waiting.connecting if connecting else waiting.reading
        why = f"no {'connection' if connecting else 'answer'} within {seconds:g} s"
        more = f"See --{'connect' if connecting else 'read'}-timeout."
        return _violation("upstream-timed-out", 504, address, why, more)
    if isinstance(error, httpx.RemoteProtocolError) and "without sending" not in said:
        why = f"what it answers is not HTTP/1.1 ({said})"
        return _violation("upstream-not-http", 502, address, why, "Does the URL lead to an API?")
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        why = f"it cannot be reached ({said})"
        return _violation("upstream-unreachable", 502, address, why, "Is the URL right?")
    if isinstance(error, httpx.LocalProtocolError):
        return _violation("not-passed-on", 502, address, f"the request cannot be sent ({said})")
    why = f"it closed the connection before an answer ({said})"
    return _violation("upstream-broke-off", 502, address, why)


def _violation(rule: str, status: int, address: Address, why: str, more: str = "") -> Violation:
    message = f"The upstream {address} gave no answer: {why}. {more}".rstrip()
    return Violation(rule, "", message, status, type=FAILURE_TYPE, code=rule.replace("-", "_"))


def _text(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:_SHOWN].rstrip(".")


def _cause(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error
