"""A session of the mock: one upstream's habits, what it shall answer, and what it has seen."""

import datetime
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from threading import Lock

from mock_upstream.access.auth import AuthOverride
from mock_upstream.access.auth_policy import KeyState
from mock_upstream.faults.rate_limit import Clock
from mock_upstream.journal import Journal
from mock_upstream.moment import Moment, Overrides
from mock_upstream.profile_format.profile import Profile, UnknownPolicy
from mock_upstream.replies.reply_quirks import Dialect
from mock_upstream.replies.response_store import ResponseStore
from mock_upstream.scripts.answer import Answer, Answering, answer_of
from mock_upstream.scripts.fault_play import FaultPlay
from mock_upstream.scripts.fault_rule import FaultRule
from mock_upstream.scripts.play import Play
from mock_upstream.scripts.script import Script
from mock_upstream.verdict import Api, Payload, Verdict


class Session:
    """A profile with overrides, a queue of replies and a journal. Sessions share nothing.

    `api_keys` names the valid keys; without any, every non-empty key is valid. `key_states` says of
    other keys what the upstream knows of them: `{"key-2": "expired"}`. `auth` and `unknown`
    override what the profile says, `reject` adds field paths to what it refuses.
    `dialect` and `quirks` override how it answers (see `mock_upstream.replies.reply_quirks`).
    `date` asks for the upstream as it was on that day, None for its newest state; `states` names
    the states of server or account that it shall be in, of those that the profile's rules ask for.
    `journal` is a journal of the caller's own, say one with a bound; `clock` is what limits of
    requests go by. All methods may be called
    from any thread. Raises `ValueError` for a bad override or field path.
    """

    def __init__(  # noqa: PLR0913 -- overrides, each by name
        self,
        profile: Profile,
        *,
        api_keys: Sequence[str] = (),
        key_states: Mapping[str, KeyState] | None = None,
        auth: AuthOverride | None = None,
        unknown: UnknownPolicy | None = None,
        reject: Sequence[str] = (),
        journal: Journal | None = None,
        dialect: Dialect | None = None,
        quirks: Sequence[str] | None = None,
        date: datetime.date | None = None,
        states: Sequence[str] = (),
        clock: Clock = time.monotonic,
    ) -> None:
        self._overrides = Overrides(
            api_keys=_several("api_keys", api_keys),
            key_states=key_states,
            auth=auth,
            unknown=unknown,
            reject=_several("reject", reject),
            dialect=dialect,
            quirks=quirks,
            date=date,
            states=_several("states", states),
        )
        self._clock = clock
        self._lock = Lock()
        self._replies: deque[Answer] = deque()
        self._numbers = count(1)
        self.now = self._begun(profile, Journal() if journal is None else journal)
        self.journal.fingerprints.know(self._overrides.keys)
        self._start = (profile, Script())

    @property
    def profile(self) -> Profile:
        """The profile that requests are held to."""
        return self.now.profile

    @property
    def journal(self) -> Journal:
        """The requests that came."""
        return self.now.journal

    @property
    def responses(self) -> ResponseStore:
        """The responses that are kept."""
        return self.now.responses

    @property
    def script(self) -> Play:
        """The script, and how far it was played."""
        return self.now.script

    @property
    def faults(self) -> FaultPlay | None:
        """The faults, and how often each has struck."""
        return self.now.faults

    @property
    def fault_rules(self) -> tuple[FaultRule, ...]:
        """The faults that are laid over replies."""
        return () if self.faults is None else self.faults.rules

    def judge(
        self, api: Api, payload: Payload, headers: Mapping[str, str] | None = None
    ) -> Verdict:
        """Judge a payload as the app would, without HTTP; the credential is not judged.

        `headers` have their names in lower case; without them no header is asked for.
        """
        return self.now.judge(api, payload, headers)

    def reply_with(self, reply: Answering) -> None:
        """Queue a reply for the next request that is accepted: a plan, raw bytes or a fault.

        Queued replies are used up in their order, one a request to either endpoint; a refused
        request uses none. They go before a script. After the last one the script answers, and
        without one the default plan.
        """
        self._replies.append(answer_of(reply))

    @property
    def replies_left(self) -> int:
        """How many queued replies have not been used."""
        return len(self._replies)

    def next_reply(self) -> Answer | None:
        """Take the next queued reply, if there is one."""
        if not self._replies:
            return None
        try:
            return self._replies.popleft()
        except IndexError:  # another thread was quicker
            return None

    def unused_replies(self) -> str | None:
        """Say which queued replies and script entries nobody came for; None if there are none.

        For a test to fail with: the text names each entry, and the request that came nearest.
        """
        left = [f"queued replies: {self.replies_left} left"] if self.replies_left else []
        unused = self.script.unused()
        if unused:
            from mock_upstream.scripts.unused import unused_told

            left.append(unused_told(unused, self.journal.entries))
        return "\n".join(left) or None

    def use_profile(self, profile: Profile, *, lasting: bool = False) -> None:
        """Hold requests to another profile from now on, under the same overrides.

        A `lasting` one is what `reset` comes back to. Raises `ValueError` for an override that
        does not go with it; nothing has changed then.
        """
        habits = self._overrides.compiled(profile)
        with self._lock:
            self.now = self.now.under(habits)
            if lasting:
                self._start = (profile, *self._start[1:])

    def use_script(self, script: Script, *, lasting: bool = False) -> None:
        """Play a script from its beginning, in the place of the former one and its faults.

        A `lasting` one is what `reset` comes back to.
        """
        faults = self._play(script.faults)
        with self._lock:
            self.now = replace(self.now, script=Play(script), faults=faults)
            if lasting:
                self._start = (self._start[0], script)

    def use_faults(self, faults: Iterable[FaultRule]) -> None:
        """Lay faults over whatever is answered, in the place of the former ones."""
        play = self._play(faults)
        with self._lock:
            self.now = replace(self.now, faults=play)

    def reset(self) -> None:
        """Begin anew: the profile, script and faults of the start, nothing queued, kept or noted.

        Requests are counted from 1 again.
        """
        profile, script = self._start
        journal = self.journal
        with self._lock:
            self.now = replace(
                self._begun(profile, journal),
                script=Play(script),
                faults=self._play(script.faults),
            )
            self._replies.clear()
            self._numbers = count(1)
            journal.clear()

    def _begun(self, profile: Profile, journal: Journal) -> Moment:
        habits = self._overrides.compiled(profile)
        return Moment(
            profile=habits.profile,
            gate=habits.gate,
            judgement=habits.judgement,
            style=habits.style,
            forms=habits.forms,
            closed=habits.closed,
            script=Play(Script()),
            faults=None,
            journal=journal,
            responses=ResponseStore(),
            next_reply=self.next_reply,
        )

    def _play(self, faults: Iterable[FaultRule]) -> FaultPlay | None:
        rules = tuple(faults)
        return FaultPlay(rules, self._clock) if rules else None

    def next_number(self) -> int:
        """Count a request; the first is 1."""
        return next(self._numbers)


def _several(name: str, values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str | bytes):
        raise TypeError(f"{name} is one string; give a sequence, such as a tuple of one")
    return tuple(values)
