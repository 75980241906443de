"""The judge: one profile with a session's overrides, compiled once, then asked for each request."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final

from mock_upstream.field_path import FieldPath
from mock_upstream.judging.compiled_conditions import Headers
from mock_upstream.judging.compiled_profile import ApiRules, compile_api
from mock_upstream.judging.door import Door, compile_door
from mock_upstream.nearest import nearest
from mock_upstream.once import Once
from mock_upstream.profile_format.profile import Profile, UnknownPolicy
from mock_upstream.verdict import ACCEPTED, APIS, Api, ErrorReply, Payload, Verdict
from mock_upstream.wordings.envelope import error_reply
from mock_upstream.wordings.telling import Telling, faults_of

_NO_HEADERS: Final[Headers] = {}


class Judge:
    """A compiled profile. It is immutable and may be shared between requests and threads."""

    __slots__ = ("_apis", "_profile", "door", "reads_headers")

    def __init__(self, profile: Profile, door: Door, apis: Mapping[Api, Once[ApiRules]]) -> None:
        self._profile = profile
        self._apis = apis
        self.door = door
        self.reads_headers = any(rule.header or rule.when.headers for rule in profile.rules)

    def check(self, api: Api, payload: Payload, headers: Headers | None = None) -> Verdict:
        """Judge a parsed request body; pure, and answers for any JSON value.

        `headers` have their names in lower case; with None no header is asked for. The violations
        stand in the profile's precedence, and the first one answers. A rule is told at the first
        place where it is met, or at all where its words or its envelope tell them together.
        """
        stopped = self.door.check_api(api, headers)
        if stopped is not None:
            return stopped
        rules = self._apis[api]()
        given = _NO_HEADERS if headers is None else headers
        met = rules.table.met_by(payload, given)
        faults = faults_of(rules, payload, met)
        if not faults and not met:
            return ACCEPTED
        telling = Telling(self._profile, rules, api, payload, given)
        if not rules.policy.recorded:
            return Verdict(telling.violations(faults, met))
        noted = [fault for fault in faults if fault.kind == "unknown"]
        minded = [fault for fault in faults if fault.kind != "unknown"]
        return Verdict(telling.violations(minded, met), telling.violations(noted, ()))

    def refusal(self, verdict: Verdict) -> ErrorReply:
        """Write the reply to a refused request: its first violation, in its envelope.

        Where the envelope collects, the others that share it are told as well.
        """
        first, *others = verdict.violations
        envelope = first.envelope or self._profile.envelope
        if envelope.collect is None:
            return error_reply(envelope, first)
        same = [
            one
            for one in others
            if (one.envelope or self._profile.envelope) == envelope and one.status == first.status
        ]
        return error_reply(envelope, first, same)


def compile_judge(
    profile: Profile,
    unknown: UnknownPolicy | None = None,
    reject: Sequence[str] = (),
    *,
    day: date | None = None,
    states: Iterable[str] = (),
) -> Judge:
    """Compile a profile, as it was on a day, and a session's overrides.

    `unknown` overrides what the profile does with unknown keys. `reject` adds field paths that are
    refused on both APIs, in the profile's own words, under the rule id `reject PATH`. `states`
    names the states of server or account that the upstream shall be in. Each API is compiled when
    it is first asked about.
    Raises `FieldPathError` (a `ValueError`) for a text that is no field path, and `ValueError` for
    a state that no rule asks for.
    """
    for text in reject:
        FieldPath.parse(text)
    active = frozenset(states)
    for state in sorted(active - set(profile.states())):
        known = profile.states()
        raise ValueError(
            f"no rule of profile {profile.name!r} asks for the state {state!r}; expected "
            f"{'one of ' + ', '.join(known) if known else 'none'}{nearest(state, known)}"
        )
    dated = profile.on(day)
    apis = {
        api: Once(
            partial(
                compile_api,
                dated,
                api,
                unknown or dated.unknown_on(api),
                tuple(reject),
                day,
                active,
            )
        )
        for api in APIS
    }
    return Judge(dated, compile_door(dated, day, active), apis)
