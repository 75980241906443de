"""A request on its way through the mock, and what was made of it."""

from typing import NamedTuple

from mock_upstream.access.presented_key import RawHeaders
from mock_upstream.request_body import RequestBody
from mock_upstream.verdict import Api, Payload, Verdict
from mock_upstream.wire import REQUEST_ID, WireReply


class Call(NamedTuple):
    """A request as far as answering it needs: where it went, its headers, the body."""

    method: str
    path: str
    headers: RawHeaders
    body: RequestBody
    number: int

    def tagged(self, reply: WireReply) -> WireReply:
        """Add OpenAI's header that names the request to a reply."""
        return reply.plus(REQUEST_ID, f"req_mock{self.number:06d}")


class Answer(NamedTuple):
    """A judged request: the reply, which is None if nobody is left to read it, and the verdict.

    `entry` names the script's entry that answered, `faults` the faults that struck.
    """

    reply: WireReply | None
    verdict: Verdict
    entry: str | None = None
    faults: tuple[str, ...] = ()

    @property
    def status(self) -> int | None:
        """The status that the client gets to see, None if it gets none."""
        return None if self.reply is None else self.reply.sent_status


class Accepted(NamedTuple):
    """A request that the upstream takes, about to be answered.

    `api` is None for one that asks for a resource: it is looked up when it is to be answered.
    """

    api: Api | None
    payload: Payload
    verdict: Verdict
