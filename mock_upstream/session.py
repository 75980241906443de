"""A session of the mock: one upstream's habits, what it shall answer, and what it has seen."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import count

from mock_upstream.auth import AuthOverride, compile_gate
from mock_upstream.journal import Journal
from mock_upstream.judge import compile_judge
from mock_upstream.profile import Profile, UnknownPolicy
from mock_upstream.reply_plan import DEFAULT_PLAN, RawReply, Reply, ReplyPlan
from mock_upstream.verdict import Api, Payload, Verdict


class Session:
    """A profile with overrides, a queue of replies and a journal. Sessions share nothing.

    `api_keys` names the valid keys; without any, every non-empty key is valid. `auth` and
    `unknown` override what the profile says, `reject` adds field paths to what it refuses.
    `journal` is a journal of the caller's own, say one with a bound. All methods may be called
    from any thread. Raises `ValueError` for a bad override or field path.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        api_keys: Sequence[str] = (),
        auth: AuthOverride | None = None,
        unknown: UnknownPolicy | None = None,
        reject: Sequence[str] = (),
        journal: Journal | None = None,
    ) -> None:
        _check_choice("auth", auth, ("required", "off"))
        _check_choice("unknown", unknown, ("reject", "ignore"))
        self.profile = profile
        self.journal = Journal() if journal is None else journal
        self.gate = compile_gate(profile, _several("api_keys", api_keys), auth)
        self.judgement = compile_judge(profile, unknown, _several("reject", reject))
        self._replies: deque[Reply] = deque()
        self._numbers = count(1)

    def judge(self, api: Api, payload: Payload) -> Verdict:
        """Judge a payload as the app would, without HTTP; the credential is not judged."""
        return self.judgement.check(api, payload)

    def reply_with(self, reply: Reply) -> None:
        """Queue a reply for the next request that is accepted.

        Queued replies are used up in their order, one a request to either endpoint; a refused
        request uses none. After the last one the default plan answers.
        """
        if not isinstance(reply, ReplyPlan | RawReply):
            raise TypeError(f"reply is {type(reply).__name__}; give a ReplyPlan or a RawReply")
        self._replies.append(reply)

    @property
    def replies_left(self) -> int:
        """How many queued replies have not been used."""
        return len(self._replies)

    def next_reply(self) -> Reply:
        """Take the next queued reply, or the default plan."""
        try:
            return self._replies.popleft()
        except IndexError:
            return DEFAULT_PLAN

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
