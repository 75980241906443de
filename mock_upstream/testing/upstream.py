"""The mock of one test: where it is, what it shall answer, and what was sent to it."""

from typing import Any, Final

from mock_upstream.field_path import FieldPath
from mock_upstream.replies.reply_plan import ReplyPlan
from mock_upstream.scripts.answer import Answering
from mock_upstream.session import Session
from mock_upstream.testing.sent import ANYTHING, Sent
from mock_upstream.verdict import Violation

_MOST_TOLD: Final = 20


class Upstream:
    """What the fixture `mock_upstream` gives a test.

    `url` is the base URL without `/v1`, `base_url` with it, as the OpenAI clients want it;
    `api_key` is a key that is let in. `session` is the mock's whole session.
    """

    def __init__(self, url: str, session: Session, api_key: str) -> None:
        self.url = url
        self.base_url = f"{url}/v1"
        self.api_key = api_key
        self.session = session

    def __repr__(self) -> str:
        return f"<mock upstream {self.session.profile.name!r} at {self.url}>"

    def reply_with(self, reply: Answering | None = None, **plan: Any) -> None:
        """Say what the next accepted request is answered, after those that were said before.

        Give a `ReplyPlan`, a `RawReply` or a fault, or the fields of a plan: `text="Hello."`.
        """
        if (reply is None) is not bool(plan):
            raise TypeError("give either a reply, or the fields of a ReplyPlan by name")
        self.session.reply_with(ReplyPlan(**plan) if reply is None else reply)

    @property
    def requests(self) -> tuple[Sent, ...]:
        """All requests of the test, oldest first."""
        return tuple(map(Sent, self.session.journal.entries))

    @property
    def only_request(self) -> Sent:
        """The one request of the test. Raises `AssertionError` if there is none, or another."""
        requests = self.requests
        if len(requests) != 1:
            raise AssertionError(f"expected one request; {self.told()}")
        return requests[0]

    def assert_sent(self, path: str, value: object = ANYTHING) -> None:
        """Assert that some request had a value at a field path, or without a value, any value.

        Raises `AssertionError`, whose message shows what was sent there, or at the nearest path.
        """
        wanted = FieldPath.parse(path)
        if any(sent.holds(wanted, value) for sent in self.requests):
            return
        what = f"{path!r}" if value is ANYTHING else f"{value!r} at {path!r}"
        raise AssertionError(f"no request sent {what}; {self._instead(path)}")

    def assert_not_sent(self, path: str) -> None:
        """Assert that no request had anything at a field path."""
        unwanted = FieldPath.parse(path)
        if any(sent.holds(unwanted, ANYTHING) for sent in self.requests):
            raise AssertionError(f"{path!r} was sent; {self._instead(path)}")

    def check_script(self) -> None:
        """Raise `AssertionError` for what the mock itself or a strict script does not let pass."""
        own = [one for sent in self.requests for one in sent.entry.verdict.violations if _own(one)]
        if own:
            raise AssertionError(
                "the mock itself refused:\n" + "\n".join(one.message for one in own)
            )
        play = self.session.script
        unused = play.unused() if play.strict.unused else ()
        if unused:
            from mock_upstream.scripts.unused import unused_told

            entries = unused_told(unused, self.session.journal.entries)
            raise AssertionError(f"the script was not used up:\n{entries}\n{self.told()}")

    def told(self) -> str:
        """Write the requests of the test, the last ones, credentials masked."""
        requests = self.requests
        if not requests:
            return "no request was made"
        lines = [f"{number}. {sent.told()}" for number, sent in enumerate(requests, 1)]
        left_out = len(lines) - _MOST_TOLD
        more = [f"({left_out} earlier ones are not shown)"] if left_out > 0 else []
        evicted = self.session.journal.evicted
        more += [f"({evicted} are no longer in the journal)"] if evicted else []
        count = "1 request was made" if len(lines) == 1 else f"{len(lines)} requests were made"
        return "\n".join([f"{count}:", *more, *lines[-_MOST_TOLD:]])

    def _instead(self, path: str) -> str:
        requests = self.requests
        if not requests:
            return "no request was made"
        return "sent was:\n" + "\n".join(
            f"{number}. {sent.line()}\n    {sent.instead(path)}"
            for number, sent in list(enumerate(requests, 1))[-_MOST_TOLD:]
        )


def _own(violation: Violation) -> bool:
    """Say whether the mock itself refused, no upstream: a script's miss, an unknown session."""
    return str(violation.type).startswith("mock_upstream_")
