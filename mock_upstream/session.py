"""A session of the mock: one upstream's habits, what it shall answer, and what it has seen."""

import datetime
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from mock_upstream.access.auth import AuthOverride, compile_gate
from mock_upstream.access.auth_policy import KeyState
from mock_upstream.faults.rate_limit import Clock
from mock_upstream.journal import Journal
from mock_upstream.judging.judge import compile_judge
from mock_upstream.profile_format.profile import UNKNOWN_POLICIES, Profile, UnknownPolicy
from mock_upstream.replies.reply_quirks import Dialect, reply_style
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
        _check_choice("auth", auth, ("required", "off"))
        _check_choice("unknown", unknown, UNKNOWN_POLICIES)
        profile = profile.on(date)
        self.profile = profile
        self.journal = Journal() if journal is None else journal
        self.gate = compile_gate(profile, _several("api_keys", api_keys), auth, key_states)
        self.judgement = compile_judge(
            profile,
            unknown,
            _several("reject", reject),
            day=date,
            states=_several("states", states),
        )
        self.style = reply_style(profile.replies, dialect, quirks)
        self.responses = ResponseStore()
        self.closed = (unknown or profile.unknown_on("responses")) in ("reject", "top")
        self._replies: deque[Answer] = deque()
        self._numbers = count(1)
        self._clock = clock
        self.use_script(Script())

    def judge(
        self, api: Api, payload: Payload, headers: Mapping[str, str] | None = None
    ) -> Verdict:
        """Judge a payload as the app would, without HTTP; the credential is not judged.

        `headers` have their names in lower case; without them no header is asked for.
        """
        return self.judgement.check(api, payload, headers)

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
        try:
            return self._replies.popleft()
        except IndexError:
            return None

    def use_script(self, script: Script) -> None:
        """Play a script from its beginning, in the place of the former one and its faults."""
        self.script = Play(script)
        self.use_faults(script.faults)

    def use_faults(self, faults: Iterable[FaultRule]) -> None:
        """Lay faults over whatever is answered, in the place of the former ones."""
        rules = tuple(faults)
        self.faults = FaultPlay(rules, self._clock) if rules else None

    def next_number(self) -> int:
        """Count a request; the first is 1."""
        return next(self._numbers)


def _check_choice(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        expected = " or ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} is {value!r}; give {expected}, or None for the profile's own")


def _several(name: str, values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str | bytes):
        raise TypeError(f"{name} is one string; give a sequence, such as a tuple of one")
    return tuple(values)
