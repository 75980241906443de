"""What a request shows to be let in: the first key under a scheme that the upstream takes."""

import base64
import binascii
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias

from mock_upstream.access.auth_policy import Scheme

RawHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]

_AUTHORIZATION: Final = b"authorization"
_KEY_HEADERS: Final = frozenset({_AUTHORIZATION, b"api-key", b"x-api-key"})


class PresentedKey(NamedTuple):
    """A key as bytes, or in `failing` why there is none: no header, another scheme, no key."""

    key: bytes = b""
    failing: Literal["missing", "wrong_scheme", "empty"] | None = None


_MISSING = PresentedKey(failing="missing")
_WRONG_SCHEME = PresentedKey(failing="wrong_scheme")
_EMPTY = PresentedKey(failing="empty")


def presented_key(headers: RawHeaders, schemes: Iterable[Scheme]) -> PresentedKey:
    """Read the key that a request shows, by the order of `schemes`.

    Of a header that stands several times, the first one counts. A scheme is recognised in any
    case and ends at a space, as RFC 9110 has it. Without a key the answer is the failure that came
    closest: an empty key, then a header with another scheme, then no header at all.
    """
    found = _first_values(headers)
    worst = _MISSING
    for scheme in schemes:
        shown = _under(scheme, found)
        if shown.failing is None:
            return shown
        worst = max(worst, shown, key=_closeness)
    return worst


def _first_values(headers: RawHeaders) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _KEY_HEADERS:
            found.setdefault(name, value.strip())
    return found


def _under(scheme: Scheme, found: dict[bytes, bytes]) -> PresentedKey:
    """Look for a key under one scheme."""
    bare = scheme in ("api-key", "x-api-key")
    value = found.get(scheme.encode() if bare else _AUTHORIZATION)
    if value is None:
        return _MISSING
    if bare:
        return PresentedKey(value) if value else _EMPTY
    word, _, rest = value.partition(b" ")
    if word.lower() != scheme.encode():
        return _EMPTY if not value else _WRONG_SCHEME
    key = rest.strip() if scheme == "bearer" else _password(rest.strip())
    return PresentedKey(key) if key else _EMPTY


def _password(encoded: bytes) -> bytes:
    """Read the password of `Basic` credentials; nothing if they are not base64 of user:password."""
    try:
        _, _, password = base64.b64decode(encoded, validate=True).partition(b":")
    except binascii.Error:
        return b""
    return password


def _closeness(shown: PresentedKey) -> int:
    return (_MISSING, _WRONG_SCHEME, _EMPTY).index(shown)
