"""A session at one moment: all that may be exchanged while it runs, held together.

A request is answered by one moment from its beginning to its end. To change a profile or a script
is to put another moment in its place, so that no request meets half of either.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Self

from mock_upstream.access.auth import AuthOverride, Gate, compile_gate
from mock_upstream.access.auth_policy import KeyState
from mock_upstream.journal import Journal
from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import UNKNOWN_POLICIES, Profile, UnknownPolicy
from mock_upstream.replies.reply_forms import ReplyForms
from mock_upstream.replies.reply_quirks import Dialect, ReplyStyle, reply_style
from mock_upstream.replies.response_store import ResponseStore
from mock_upstream.scripts.answer import Answer
from mock_upstream.scripts.fault_play import FaultPlay
from mock_upstream.scripts.play import Play
from mock_upstream.verdict import Api, Payload, Verdict


@dataclass(frozen=True, slots=True)
class Habits:
    """A profile, compiled. `closed` says that it refuses keys which it does not know."""

    profile: Profile
    gate: Gate
    judgement: Judge
    style: ReplyStyle
    forms: ReplyForms
    closed: bool


@dataclass(frozen=True, slots=True)
class Moment(Habits):
    """What a request meets: the compiled profile, the script, the faults, and where it is kept."""

    script: Play
    faults: FaultPlay | None
    journal: Journal
    responses: ResponseStore
    next_reply: Callable[[], Answer | None]

    def judge(
        self, api: Api, payload: Payload, headers: Mapping[str, str] | None = None
    ) -> Verdict:
        """Judge a payload by the profile's rules; the credential is not judged."""
        return self.judgement.check(api, payload, headers)

    def under(self, habits: Habits) -> Self:
        """Copy the moment with another profile."""
        return replace(self, **{one.name: getattr(habits, one.name) for one in fields(Habits)})


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a session says in the place of its profile, whichever that is.

    Raises `ValueError` for what is no choice.
    """

    api_keys: tuple[str, ...] = field(default=(), repr=False)
    key_states: Mapping[str, KeyState] | None = field(default=None, repr=False)
    auth: AuthOverride | None = None
    unknown: UnknownPolicy | None = None
    reject: tuple[str, ...] = ()
    dialect: Dialect | None = None
    quirks: Sequence[str] | None = None
    date: datetime.date | None = None
    states: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_choice("auth", self.auth, ("required", "off"))
        _check_choice("unknown", self.unknown, UNKNOWN_POLICIES)

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys that are named."""
        return (*self.api_keys, *(self.key_states or ()))

    def compiled(self, profile: Profile) -> Habits:
        """Compile a profile. Raises `ValueError` for an override that does not go with it."""
        profile = profile.on(self.date)
        judgement = compile_judge(
            profile, self.unknown, self.reject, day=self.date, states=self.states
        )
        return Habits(
            profile=profile,
            gate=compile_gate(profile, self.api_keys, self.auth, self.key_states),
            judgement=judgement,
            style=reply_style(profile.replies, self.dialect, self.quirks),
            forms=ReplyForms(),
            closed=(self.unknown or profile.unknown_on("responses")) in ("reject", "top"),
        )


def _check_choice(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        expected = " or ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} is {value!r}; give {expected}, or None for the profile's own")
