"""The judge: one profile, with a session's overrides, compiled once; then asked per request."""

from collections.abc import Sequence

from mock_upstream.profile import Profile, UnknownPolicy
from mock_upstream.verdict import ACCEPTED, Api, ErrorReply, Payload, Verdict


class Judge:
    """A compiled profile. It is immutable and may be shared between requests and threads."""

    def check(self, api: Api, payload: Payload) -> Verdict:
        """Judge a parsed request body; pure, never raises on any JSON object."""
        return ACCEPTED

    def refusal(self, verdict: Verdict) -> ErrorReply:
        """Write the reply to a refused request: its first violation in the profile's envelope."""
        raise NotImplementedError


def compile_judge(
    profile: Profile, unknown: UnknownPolicy | None = None, reject: Sequence[str] = ()
) -> Judge:
    """Compile a profile and a session's overrides.

    `unknown` overrides what the profile does with unknown parameters; `reject` adds field paths,
    on both APIs, refused in the profile's own words.
    Raises `FieldPathError` (a `ValueError`) for a bad path.
    """
    raise NotImplementedError
