"""Credentials in a request: told apart by keyed fingerprint, never shown.

A fingerprint is HMAC-SHA256 under a random key of its owner, cut to 16 hexadecimal digits: the
same credential has the same fingerprint in one journal and another one in the next, so that a
fingerprint that leaves the process says nothing about the key.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

FINGERPRINT_DIGITS = 16

_KNOWN_SCHEMES = frozenset({b"bearer", b"basic", b"digest", b"token", b"apikey", b"negotiate"})

_SECRET_NAME = re.compile(
    rb"(?:^|[-_])(?:authorization|cookie|password|passwd|secret|token|credentials?|signature"
    rb"|(?:api|access|auth|subscription|private)[-_]?key)$",
    re.IGNORECASE,
)
_SECRET_PARAMETERS = frozenset({b"key", b"sig", b"code", b"auth"})
_CREDENTIAL_HEADERS = ("authorization", "api-key", "x-api-key")
_MARK = "fingerprint:"

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

    def of(self, secret: str | bytes) -> str:
        """Compute the fingerprint of a secret, as 16 hexadecimal digits."""
        message = secret.encode("utf-8", "surrogateescape") if isinstance(secret, str) else secret
        return hmac.digest(self._key, message, "sha256").hex()[:FINGERPRINT_DIGITS]

    def mask_headers(self, headers: RawHeaders) -> ShownHeaders:
        """Copy headers in their order, each secret value replaced by its fingerprint."""
        return tuple((name.decode("latin-1"), self._shown(name, value)) for name, value in headers)

    def mask_query(self, query: bytes) -> str:
        """Copy a query string, the values of parameters that hold a secret replaced."""
        if not query:
            return ""
        return "&".join(self._shown_parameter(part) for part in query.split(b"&"))

    def _shown(self, name: bytes, value: bytes) -> str:
        if not _SECRET_NAME.search(name):
            return value.decode("latin-1")
        scheme, secret = _split(name, value)
        if not secret:
            return scheme
        mark = _MARK + self.of(secret)
        return f"{scheme} {mark}" if scheme else mark

    def _shown_parameter(self, part: bytes) -> str:
        name, equals, value = part.partition(b"=")
        if value and (name.lower() in _SECRET_PARAMETERS or _SECRET_NAME.search(name)):
            value = (_MARK + self.of(unquote_to_bytes(value))).encode("ascii")
        return (name + equals + value).decode("latin-1")


def credential_in(headers: ShownHeaders) -> Credential | None:
    """Read the credential from masked headers: `authorization` first, then the key headers."""
    found = {name: value for name, value in headers if name in _CREDENTIAL_HEADERS}
    for name in _CREDENTIAL_HEADERS:
        scheme, mark, fingerprint = found.get(name, "").rpartition(_MARK)
        if mark:
            return Credential(scheme.strip() or name, fingerprint)
    return None


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
