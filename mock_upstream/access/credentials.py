"""Credentials in a request: told apart by keyed fingerprint, never shown.

A fingerprint is HMAC-SHA256 under a random key of its owner, cut to 16 hexadecimal digits: the
same credential has the same fingerprint in one journal and another one in the next, so that a
fingerprint that leaves the process says nothing about the key.
"""

import base64
import binascii
import contextlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

FINGERPRINT_DIGITS = 16

_KNOWN_SCHEMES = frozenset({b"bearer", b"basic", b"digest", b"token", b"apikey", b"negotiate"})

_SECRET_NAME = re.compile(
    rb"(?:^|[-_.])(?:authorization|cookie2?|password|passwd|secret|token|credentials?|signature"
    rb"|(?:api|access|auth|subscription|private)[-_]?key)$",
    re.IGNORECASE,
)
_SECRET_NAMES = frozenset({b"key", b"sig", b"code", b"auth", b"bearer", b"jwt"})
_CREDENTIAL_HEADERS = ("authorization", "api-key", "x-api-key")
_MARK = "fingerprint:"

_SECRET_WITHIN = re.compile(
    rb"\b(bearer|basic|apikey)((?:[ \t+]|%20|%09)+)([^\s,;&\"']+)", re.IGNORECASE
)
_USER_WITHIN = re.compile(rb"(//)([^/?#@\s]+)@")
_LONGEST_NAME = 64
"""Bytes of a parameter's name that are looked at: the secret ones are shorter."""

_SHORTEST_COOKIE = 8
"""Bytes of a cookie's value that is searched for elsewhere: `theme=dark` is no secret."""

RawHeaders = Iterable[tuple[bytes, bytes]]
ShownHeaders = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request showed to be let in: the scheme in clear, the key as a fingerprint.

    `scheme` is the word before the key (`Bearer`); for a header that holds the bare key it is the
    header's name (`api-key`).
    """

    scheme: str
    fingerprint: str


class Fingerprints:
    """One random key, and everything that is masked under it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self.known: frozenset[bytes] = frozenset()

    def know(self, keys: Iterable[str]) -> None:
        """Remember keys that are masked wherever they occur, in whichever request's body."""
        self.known |= {key.strip().encode("utf-8", "surrogateescape") for key in keys} - {b""}

    def of(self, secret: str | bytes) -> str:
        """Compute the fingerprint of a secret, as 16 hexadecimal digits."""
        message = secret.encode("utf-8", "surrogateescape") if isinstance(secret, str) else secret
        return hmac.digest(self._key, message, "sha256").hex()[:FINGERPRINT_DIGITS]

    def mask_headers(self, headers: RawHeaders) -> ShownHeaders:
        """Copy headers in their order, each secret replaced by its fingerprint."""
        return tuple((name.decode("latin-1"), self._shown(name, value)) for name, value in headers)

    def mask_query(self, query: bytes) -> str:
        """Copy a query string, the values of parameters that hold a secret replaced."""
        if not query:
            return ""
        parts = re.split(rb"([&;])", query)
        return self.mask_text(b"".join(map(self._shown_parameter, parts)))

    def mask_path(self, path: str) -> str:
        """Copy a percent-decoded path; a user in it and secret parameters are replaced."""
        if not ("@" in path or "=" in path or " " in path):
            return path
        parts = re.split(rb"([&;?/])", path.encode("utf-8", "replace"))
        return self.mask_text(b"".join(map(self._shown_parameter, parts)), "utf-8")

    def mask_text(self, text: bytes, encoding: str = "latin-1") -> str:
        """Copy any text; a user in a URL and what follows the name of a scheme are replaced."""
        text = _USER_WITHIN.sub(lambda met: met[1] + self.mark(met[2]) + b"@", text)
        text = _SECRET_WITHIN.sub(lambda met: met[1] + met[2] + self.mark(met[3]), text)
        return text.decode(encoding, "replace")

    def _shown(self, name: bytes, value: bytes) -> str:
        if not is_secret_name(name):
            return self.mask_text(value)
        scheme, secret = _split(name, value)
        if not secret:
            return scheme
        mark = _MARK + self.of(secret)
        return f"{scheme} {mark}" if scheme else mark

    def _shown_parameter(self, part: bytes) -> bytes:
        name, equals, value = part.partition(b"=")
        plain = unquote_to_bytes(name[:_LONGEST_NAME])
        if value and is_secret_name(plain):
            value = self.mark(unquote_to_bytes(value))
        return name + equals + value

    def mark(self, secret: bytes) -> bytes:
        """Write what stands in the place of a secret: `fingerprint:` and its digits."""
        return (_MARK + self.of(secret)).encode("ascii")


def is_secret_name(name: bytes) -> bool:
    """Say whether a header or parameter of that name holds a secret."""
    return name.lower() in _SECRET_NAMES or _SECRET_NAME.search(name) is not None


def credential_in(headers: ShownHeaders) -> Credential | None:
    """Read the credential from masked headers: `authorization` first, then the key headers.

    Of a header that stands several times, the first one counts, as for the gate.
    """
    found: dict[str, str] = {}
    for name, value in headers:
        if name in _CREDENTIAL_HEADERS:
            found.setdefault(name, value)
    for name in _CREDENTIAL_HEADERS:
        scheme, mark, fingerprint = found.get(name, "").rpartition(_MARK)
        if mark:
            return Credential(scheme.strip() or name, fingerprint)
    return None


def secrets_in(headers: RawHeaders, query: bytes = b"") -> frozenset[bytes]:
    """Collect the secrets that a request presents, raw: for masking them wherever else they are."""
    found: set[bytes] = set()
    for name, value in headers:
        if is_secret_name(name):
            found.update(_forms(name, value))
        found.update(met[3] for met in _SECRET_WITHIN.finditer(value))
        found.update(met[2] for met in _USER_WITHIN.finditer(value))
    for part in re.split(rb"[&;]", query):
        name, _, value = part.partition(b"=")
        if value and is_secret_name(unquote_to_bytes(name[:_LONGEST_NAME])):
            found.update((value, unquote_to_bytes(value)))
    return frozenset(found - {b""})


def _forms(name: bytes, value: bytes) -> Iterator[bytes]:
    """Yield a secret header's secret, and what it is made of: a cookie's values, a password."""
    scheme, secret = _split(name, value)
    yield secret
    if name.startswith(b"cookie"):
        values = (one.partition(b"=")[2].strip() for one in secret.split(b";"))
        yield from (one for one in values if len(one) >= _SHORTEST_COOKIE)
    if scheme.lower() == "basic":
        with contextlib.suppress(binascii.Error):
            pair = base64.b64decode(secret, validate=True)
            yield from (pair, pair.partition(b":")[2])


def _split(name: bytes, value: bytes) -> tuple[str, bytes]:
    """Split a header's value into the scheme, shown in clear, and the secret.

    Only well-known words count as a scheme: in `Authorization: my-key and-more` the first word
    may be the secret itself.
    """
    value = value.strip()
    if not name.endswith(b"authorization"):
        return "", value
    scheme, _, secret = value.partition(b" ")
    if scheme.lower() not in _KNOWN_SCHEMES:
        return "", value
    return scheme.decode("latin-1"), secret.strip()
