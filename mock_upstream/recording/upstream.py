"""The real upstream, asked over httpcore: nothing is added, followed, decoded or written anew.

Not over httpx, which stands on httpcore: it writes a URL's path and query anew (`{` becomes `%7B`),
and what it has against that it forgets behind a proxy; its client adds headers besides, keeps
cookies and looks into the environment. Each request has a connection of its own, so that what
breaks is the upstream's doing, and never a connection grown old.
"""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from mock_upstream.recording.address import Address
from mock_upstream.verdict import Violation

if TYPE_CHECKING:
    import httpcore

FAILURE_TYPE: Final = "mock_upstream_recording"
"""The type of an error that the recorder itself answers."""

_SHOWN: Final = 300


class MissingLibraryError(RuntimeError):
    """Recording needs a library that is not installed."""


class BrokenOffError(Exception):
    """The upstream broke off in the body of its reply."""


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

    def __init__(self, response: "httpcore.Response") -> None:
        self._response = response
        self.status = response.status
        self.headers = response.headers
        self.reason: bytes = response.extensions.get("reason_phrase", b"")

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, undecoded. Raises `BrokenOffError`."""
        stream = self._response.aiter_stream()
        try:
            async for piece in stream:
                yield piece
        except _errors() as error:
            raise BrokenOffError(str(error)) from error


class Upstream:
    """Asks one upstream, perhaps through a `proxy`, whose URL may name a user and password.

    `authorities` is a file of certificates that are trusted besides the public ones. Raises
    `MissingLibraryError` where httpcore is not installed, `OSError` for a file that cannot be
    used, and `ValueError` for a proxy. `kept` connections may be asked again; by default none is.
    """

    def __init__(
        self,
        address: Address,
        waiting: Waiting | None = None,
        authorities: str | None = None,
        proxy: str | None = None,
        kept: int = 0,
    ) -> None:
        require_httpcore()
        import httpcore

        self.address = address
        self._waiting = waiting or Waiting()
        tls = _trusting(authorities) if "https" in (address.scheme, (proxy or "")[:5]) else None
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            proxy=None if proxy is None else _proxy(proxy),
            max_connections=None,
            max_keepalive_connections=kept,
        )

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        await self._pool.aclose()

    @asynccontextmanager
    async def asked(self, asking: Asking) -> AsyncIterator[Reply]:
        """Ask, and give the reply; leaving the block closes the connection.

        Raises `UpstreamFailureError` if there is none.
        """
        import httpcore

        address, waiting = self.address, self._waiting
        times: dict[str, float | None] = {"connect": waiting.connecting, "pool": None}
        times |= dict.fromkeys(("read", "write"), waiting.reading)
        request = httpcore.Request(
            asking.method,
            httpcore.URL(
                scheme=address.scheme,
                host=address.ascii_host,
                port=address.port,
                target=asking.target,
            ),
            headers=list(asking.headers),
            content=asking.body,
            extensions={"timeout": times},
        )
        try:
            response = await self._pool.handle_async_request(request)
        except _errors() as error:
            raise UpstreamFailureError(failure(error, address, waiting)) from error
        try:
            yield Reply(response)
        finally:
            await response.aclose()


def require_httpcore() -> None:
    """Check that httpcore is there. Raises `MissingLibraryError`."""
    for name in ("httpcore", "anyio", "certifi"):
        if find_spec(name) is None:
            raise MissingLibraryError(
                f"recording needs {name}, which is not installed; "
                "install it with: pip install 'mock-upstream[record]'"
            )


def _trusting(authorities: str | None) -> ssl.SSLContext:
    """Trust the public authorities, whatever the environment says, and some more."""
    import certifi

    tls = ssl.create_default_context(cafile=certifi.where())
    if authorities is not None:
        tls.load_verify_locations(authorities)
    return tls


def _proxy(url: str) -> "httpcore.Proxy":
    """Read a proxy's URL. Raises `ValueError`."""
    import httpcore

    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no proxy")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return httpcore.Proxy(f"{parts.scheme}://{host}:{port}", auth)


def _errors() -> tuple[type[Exception], ...]:
    """List what httpcore raises when an exchange fails."""
    import httpcore

    return (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    )


def failure(error: Exception, address: Address, waiting: Waiting) -> Violation:
    """Say in a sentence why there is no reply."""
    import httpcore

    said = _text(error)
    untrusted = _cause(error, ssl.SSLCertVerificationError)
    if isinstance(untrusted, ssl.SSLCertVerificationError):
        why = f"its certificate is not trusted: {untrusted.verify_message.rstrip('.')}"
        more = "For an authority of your own give --ca FILE."
        return _violation("upstream-certificate", 502, address, why, more)
    if isinstance(error, httpcore.TimeoutException):
        connecting = isinstance(error, httpcore.ConnectTimeout)
        seconds = waiting.connecting if connecting else waiting.reading
        why = f"no {'connection' if connecting else 'answer'} within {seconds:g} s"
        more = f"See --{'connect' if connecting else 'read'}-timeout."
        return _violation("upstream-timed-out", 504, address, why, more)
    if isinstance(error, httpcore.RemoteProtocolError) and "without sending" not in said:
        why = f"what it answers is not HTTP/1.1 ({said})"
        return _violation("upstream-not-http", 502, address, why, "Does the URL lead to an API?")
    if isinstance(error, httpcore.ConnectError | httpcore.ProxyError):
        why = f"it cannot be reached ({said})"
        return _violation("upstream-unreachable", 502, address, why, "Is the URL right?")
    if isinstance(error, httpcore.LocalProtocolError):
        return _violation("not-passed-on", 502, address, f"the request cannot be sent ({said})")
    why = f"it closed the connection before an answer in HTTP ({said})"
    return _violation("upstream-broke-off", 502, address, why)


def _violation(rule: str, status: int, address: Address, why: str, more: str = "") -> Violation:
    message = f"The upstream {address} gave no answer: {why}. {more}".rstrip()
    return Violation(rule, "", message, status, type=FAILURE_TYPE, code=rule.replace("-", "_"))


def _text(error: BaseException) -> str:
    """Take the words of the system's own error behind one, such as `Connection refused`."""
    system = _innermost(error)
    words = error if system is None else system.strerror
    return (str(words) or type(error).__name__)[:_SHOWN].rstrip(".")


def _innermost(error: BaseException | None) -> OSError | None:
    found: OSError | None = None
    while error is not None:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, OSError) and error.strerror:
            found = error
        error = error.__cause__ or error.__context__
    return found


def _cause(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error
