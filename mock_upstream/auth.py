"""The auth decision: a header, the valid keys and a policy give nothing or a 401."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from mock_upstream.profile import Profile
from mock_upstream.verdict import ErrorReply

AuthOverride: TypeAlias = Literal["required", "off"]


class Gate:
    """A compiled auth policy, asked once per request."""

    def authenticate(self, authorization: bytes | None) -> ErrorReply | None:
        """Return None when the request may pass, or the 401 to answer."""
        raise NotImplementedError


def compile_gate(
    profile: Profile, api_keys: Iterable[str] = (), auth: AuthOverride | None = None
) -> Gate:
    """Compile a profile's auth policy with a session's keys and override.

    Without `api_keys` any non-empty bearer token is valid.
    """
    raise NotImplementedError
