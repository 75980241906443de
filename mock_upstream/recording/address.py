"""The upstream's base URL, and where a request to the recorder goes there."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from mock_upstream.verdict import Api

_PORTS: Final[dict[str, int]] = {"http": 80, "https": 443}  # read alone
_API_ENDS: Final[tuple[tuple[bytes, Api], ...]] = (
    (b"/responses", "responses"),
    (b"/chat/completions", "chat"),
)
_VERSION: Final = "/v1"
_SHOWN: Final = 200
_HOST: Final = re.compile(r"[\w.:%-]+")


class AddressError(ValueError):
    """A text that is no base URL of an upstream; the message shows no credential."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the upstream is: `prefix` is the path of its base URL, without a slash at the end."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read a base URL such as `https://host/openai/v1`. Raises `AddressError`."""
        parts = _split(text)
        host = parts.hostname or ""
        if not _HOST.fullmatch(host):
            raise AddressError(f"{_shown(text)} has no host or port that can be called")
        try:
            port = parts.port or _PORTS[parts.scheme]
            host.encode("idna" if ":" not in host else "ascii")
        except (ValueError, UnicodeError):
            raise AddressError(f"{_shown(text)} has no host or port that can be called") from None
        path = parts.path.rstrip("/")
        if not (path.isascii() and path.isprintable() and " " not in path):
            raise AddressError(f"{_shown(text)} has a path that no request can carry")
        return cls(parts.scheme, host, port, path)

    @property
    def ascii_host(self) -> bytes:
        """The host as it is looked up; a name in other letters as IDNA writes it."""
        return self.host.encode("ascii" if self.host.isascii() else "idna")

    @property
    def netloc(self) -> bytes:
        """The host as the header Host has it, with a port that is not the scheme's own."""
        host = b"[%b]" % self.ascii_host if ":" in self.host else self.ascii_host
        return host if self.port == _PORTS[self.scheme] else b"%b:%d" % (host, self.port)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc.decode('ascii')}{self.prefix}"

    def target(self, target: bytes) -> bytes:
        """Put the base URL's path before a request's target, which else stays as it came.

        Where the base ends in `/v1` and the target begins with it, it is said once.
        """
        own = _origin_form(target)
        prefix = self.prefix
        if prefix.endswith(_VERSION) and own.startswith((b"/v1/", b"/v1?")):
            prefix = prefix[: -len(_VERSION)]
        return prefix.encode("ascii") + own


def api_of(target: bytes) -> Api | None:
    """Tell the API by the end of a target's path: gateways have paths of their own before it."""
    path = target.partition(b"?")[0]
    return next((api for end, api in _API_ENDS if path.endswith(end)), None)


def _origin_form(target: bytes) -> bytes:
    """Reduce a target in absolute form, as proxies get it, to path and query."""
    if target.startswith(b"/"):
        return target
    return b"/" + target.partition(b"://")[2].partition(b"/")[2]


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        raise AddressError(f"{_shown(text)} is no URL; {_EXPECTED}") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise AddressError(f"{_shown(text)} is no URL; {_EXPECTED}")
    if "@" in parts.netloc:
        raise AddressError(
            "the URL names a user or key; leave it out: a key goes in a request's headers alone"
        )
    if parts.query or parts.fragment:
        raise AddressError(
            "the URL has a query or fragment; leave it out: a request brings its own"
        )
    return parts


def _shown(text: str) -> str:
    """Repeat what was given, unless there may be a key in it."""
    return "what was given" if "@" in text or "?" in text else repr(text[:_SHOWN])


_EXPECTED: Final = "give a base URL such as https://api.openai.com or https://host/openai/v1"
