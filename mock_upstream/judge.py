"""The judge: one profile with a session's overrides, compiled once, then asked for each request."""

from collections.abc import Iterator, Mapping, Sequence

from mock_upstream.envelope import error_reply
from mock_upstream.field_path import FieldPath, Location, render
from mock_upstream.profile import Profile, UnknownPolicy
from mock_upstream.strictness import Refused, Strictness
from mock_upstream.unknown_keys import declared
from mock_upstream.verdict import ACCEPTED, APIS, Api, ErrorReply, Payload, Verdict, Violation
from mock_upstream.wording import FieldRefusal


class Judge:
    """A compiled profile. It is immutable and may be shared between requests and threads."""

    __slots__ = ("_profile", "_strictness")

    def __init__(self, profile: Profile, strictness: Mapping[Api, Strictness]) -> None:
        self._profile = profile
        self._strictness = strictness

    def check(self, api: Api, payload: Payload) -> Verdict:
        """Judge a parsed request body; pure, and answers for any JSON value.

        Each rule reports the first place where it is met; the violations stand in document order.
        """
        met = self._strictness[api].met_by(payload)
        if not met:
            return ACCEPTED
        refusal = self._profile.refusal
        return Verdict(tuple(_violation(refusal, rule, place) for rule, place in met))

    def refusal(self, verdict: Verdict) -> ErrorReply:
        """Write the reply to a refused request: its first violation in the profile's envelope."""
        return error_reply(self._profile.envelope, verdict.violations[0])


def compile_judge(
    profile: Profile, unknown: UnknownPolicy | None = None, reject: Sequence[str] = ()
) -> Judge:
    """Compile a profile and a session's overrides.

    `unknown` overrides what the profile does with unknown keys. `reject` adds field paths that are
    refused on both APIs, in the profile's own words, under the rule id `reject PATH`.
    Raises `FieldPathError` (a `ValueError`) for a text that is no field path.
    """
    added = tuple(Refused(f"reject {text}", FieldPath.parse(text)) for text in reject)
    closed = (unknown or profile.unknown) == "reject"
    strictness = {
        api: Strictness((*_own_rules(profile, api), *added), declared(api) if closed else None)
        for api in APIS
    }
    return Judge(profile, strictness)


def _own_rules(profile: Profile, api: Api) -> Iterator[Refused]:
    for rule in profile.rules:
        if rule.applies_to(api):
            yield Refused(rule.id, FieldPath.parse(rule.reject))


def _violation(refusal: FieldRefusal, rule: str, place: Location) -> Violation:
    """Put a met rule into the upstream's words."""
    path = render(place)
    name = next((step for step in reversed(place) if isinstance(step, str)), path)
    return Violation(
        rule=rule,
        path=path,
        message=refusal.message.format(path=path, name=name),
        status=refusal.status,
        type=refusal.type,
        param=refusal.param and refusal.param.format(path=path, name=name),
        code=refusal.code,
    )
