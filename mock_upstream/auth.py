"""The auth decision: a header, the valid keys and a profile's policy give nothing or a 401."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Literal, TypeAlias

from mock_upstream.envelope import EnvelopeName, error_reply
from mock_upstream.profile import Auth, Profile
from mock_upstream.verdict import ACCEPTED, ErrorReply, Verdict, Violation
from mock_upstream.wording import KeyRefusal

AuthOverride: TypeAlias = Literal["required", "off"]

MISSING_RULE = "missing-key"
INVALID_RULE = "invalid-key"

_SHOWN_HEAD, _SHOWN_TAIL = 8, 4  # sk-PMafP…E873 in openai-401-invalid-key
_SHORTEST_SHOWN = 32
_HIDDEN = "***"


class Gate:
    """A compiled auth policy, asked once for each request. Immutable and free to share."""

    __slots__ = ("_digests", "_envelope", "_policy", "_required")

    def __init__(
        self, policy: Auth, envelope: EnvelopeName, *, required: bool, keys: Iterable[str]
    ) -> None:
        self._policy = policy
        self._envelope = envelope
        self._required = required
        self._digests = tuple(_digest(key.encode()) for key in keys)

    def check(self, authorization: bytes | None) -> Verdict:
        """Judge a request by its Authorization header's raw value, None if it has none.

        Another scheme than Bearer, or an empty token, counts as no key.
        """
        if not self._required:
            return ACCEPTED
        token = bearer_token(authorization)
        if token is None:
            return _refused(MISSING_RULE, self._policy.missing, "")
        if self._digests and not self._knows(token):
            return _refused(INVALID_RULE, self._policy.invalid, mask(token.decode("latin-1")))
        return ACCEPTED

    def authenticate(self, authorization: bytes | None) -> ErrorReply | None:
        """Return None when the request may pass, or the 401 to answer."""
        verdict = self.check(authorization)
        return None if verdict.accepted else error_reply(self._envelope, verdict.violations[0])

    def _knows(self, token: bytes) -> bool:
        """Compare with every key, in time that depends on neither the token nor the keys."""
        received = _digest(token)
        matches = [hmac.compare_digest(received, digest) for digest in self._digests]
        return any(matches)


def compile_gate(
    profile: Profile, api_keys: Iterable[str] = (), auth: AuthOverride | None = None
) -> Gate:
    """Compile a profile's auth policy with a session's keys and override.

    Without `api_keys` any non-empty bearer token is valid.
    """
    required = profile.auth.required if auth is None else auth == "required"
    return Gate(profile.auth, profile.envelope, required=required, keys=api_keys)


def bearer_token(authorization: bytes | None) -> bytes | None:
    """Read the token of a bearer header; None for no header, another scheme or an empty token."""
    scheme, _, token = (authorization or b"").strip().partition(b" ")
    return token.strip() or None if scheme.lower() == b"bearer" else None


def mask(key: str) -> str:
    """Hide a key as OpenAI's 401 does: eight characters, a star for each hidden one, the last four.

    A key under 32 characters is hidden whole, its length too: what OpenAI shows of a long key would
    be most of a short one.
    """
    if len(key) < _SHORTEST_SHOWN:
        return _HIDDEN
    hidden = len(key) - _SHOWN_HEAD - _SHOWN_TAIL
    return f"{key[:_SHOWN_HEAD]}{'*' * hidden}{key[-_SHOWN_TAIL:]}"


def _refused(rule: str, refusal: KeyRefusal, key: str) -> Verdict:
    violation = Violation(
        rule=rule,
        path="",
        message=refusal.message.format(key=key),
        status=refusal.status,
        type=refusal.type,
        param=refusal.param,
        code=refusal.code,
    )
    return Verdict((violation,))


def _digest(key: bytes) -> bytes:
    """Bring keys to one length, so that comparing them tells nothing of theirs."""
    return hashlib.sha256(key).digest()
