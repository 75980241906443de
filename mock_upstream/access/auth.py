"""The auth decision: a request's headers, the known keys and a profile's policy."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from mock_upstream.access.auth_policy import KEY_STATES, Auth, Failing, KeyMask, KeyState
from mock_upstream.access.presented_key import RawHeaders, presented_key
from mock_upstream.profile_format.profile import Profile
from mock_upstream.verdict import ErrorReply, Violation
from mock_upstream.wordings.envelope import Envelope, error_reply
from mock_upstream.wordings.template import fill

AuthOverride: TypeAlias = Literal["required", "off"]

RULES: Final[Mapping[Failing, str]] = {
    "missing": "missing-key",
    "wrong_scheme": "wrong-scheme",
    "empty": "empty-key",
    "invalid": "invalid-key",
    "expired": "expired-key",
    "revoked": "revoked-key",
    "other_project": "other-project-key",
    "no_quota": "no-quota",
}
"""The rule that the journal names for each failure."""

_FAILINGS: Final[Mapping[KeyState, Failing]] = {
    "unknown": "invalid",
    "expired": "expired",
    "revoked": "revoked",
    "other-project": "other_project",
    "no-quota": "no_quota",
}

_SHORTEST_SHOWN = 32
_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Denial:
    """A refused credential: the reply in the upstream's words, and the note for the journal.

    The note names the rule and has no words: the reply's may show a part of the key, as the real
    upstream's do.
    """

    reply: ErrorReply
    note: Violation


class Gate:
    """A compiled auth policy, asked once for each request. Immutable and free to share."""

    __slots__ = ("_any_key", "_envelope", "_policy", "_required", "_states")

    def __init__(
        self,
        policy: Auth,
        envelope: Envelope,
        *,
        required: bool,
        states: Mapping[str, KeyState],
    ) -> None:
        self._policy = policy
        self._envelope = envelope
        self._required = required
        self._states = tuple((_digest(_encoded(key)), state) for key, state in states.items())
        self._any_key = "valid" not in states.values()

    def denial(self, headers: RawHeaders, *, billed: bool = True) -> Denial | None:
        """Refuse a request by its headers, or return None when it may pass.

        `headers` are pairs of lower-case name and value, as ASGI has them. A request that is not
        billed (the model list) passes with a key without quota.
        """
        if not self._required:
            return None
        shown = presented_key(headers, self._policy.schemes)
        failing = shown.failing or self._failing(shown.key)
        if failing is None or (failing == "no_quota" and not billed):
            return None
        return self._denied(failing, shown.key)

    def _failing(self, key: bytes) -> Failing | None:
        """Find what is wrong with a key, in time that depends on neither it nor the known keys."""
        if not self._states:
            return None
        received = _digest(key)
        states = [s for digest, s in self._states if hmac.compare_digest(received, digest)]
        state = states[0] if states else "valid" if self._any_key else "unknown"
        return _FAILINGS.get(state)

    def _denied(self, failing: Failing, key: bytes) -> Denial:
        refusal = self._policy.wording(failing)
        note = Violation(RULES[failing], "", "The credential was refused.", refusal.status)
        shown = {"key": mask(key.decode("latin-1"), self._policy.mask)}
        told = replace(
            note,
            message=fill(refusal.message, shown),
            type=refusal.type,
            param=refusal.param,
            code=refusal.code,
            values=shown,
        )
        return Denial(error_reply(refusal.envelope or self._envelope, told), note)


def compile_gate(
    profile: Profile,
    api_keys: Iterable[str] = (),
    auth: AuthOverride | None = None,
    key_states: Mapping[str, KeyState] | None = None,
) -> Gate:
    """Compile a profile's auth policy with a session's keys and override.

    `api_keys` are valid keys, `key_states` says the state of others. If no key is known as valid,
    every key that is not empty and not in `key_states` is. White space around a key does not count,
    as in a header. Raises `ValueError` for an empty key, a key that no header can carry, an unknown
    state, or a key with two states; the message shows no key.
    """
    required = profile.auth.required if auth is None else auth == "required"
    states = _states(api_keys, key_states or {})
    return Gate(profile.auth, profile.envelope, required=required, states=states)


def mask(key: str, masked: KeyMask | None = None) -> str:
    """Hide a key as OpenAI's 401 does: eight characters, a star for each hidden one, the last four.

    `masked` is another upstream's way. A key under 32 characters is hidden whole, its length too:
    what an upstream shows of a long key would be most of a short one.
    """
    if len(key) < _SHORTEST_SHOWN:
        return _HIDDEN
    masked = masked or KeyMask()
    end = len(key) - masked.tail
    hidden = masked.hidden if masked.hidden is not None else "*" * (end - masked.head)
    return f"{key[: masked.head]}{hidden}{key[end:]}"


def _states(api_keys: Iterable[str], key_states: Mapping[str, KeyState]) -> dict[str, KeyState]:
    states: dict[str, KeyState] = {key.strip(): "valid" for key in api_keys}
    for key, state in key_states.items():
        if state not in KEY_STATES:
            raise ValueError(  # without what was received: it may be the key, the wrong way round
                f"key_states gives a key no known state; expected {', '.join(KEY_STATES)}"
            )
        if states.setdefault(key.strip(), state) != state:
            raise ValueError(f"a key is named as {state} and otherwise too; give it one state")
    if "" in states:
        raise ValueError("a key is empty; give each key as text, or leave it out")
    return states


def _encoded(key: str) -> bytes:
    try:
        return key.encode("utf-8", "surrogateescape")  # as os.environ decodes what is not UTF-8
    except UnicodeEncodeError:
        raise ValueError("a key holds half a surrogate pair; no header can carry it") from None


def _digest(key: bytes) -> bytes:
    """Bring keys to one length, so that comparing them tells nothing of theirs."""
    return hashlib.sha256(key).digest()
