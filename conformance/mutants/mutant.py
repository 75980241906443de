"""What a mutant is: the real handler with a seam before it and one behind it."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from litellm.llms.custom_llm import CustomLLM

from claude_code_proxy.errors import our_refusals, upstream_errors
from claude_code_proxy.handler_call import HandlerCall
from claude_code_proxy.inbound import (
    ReplyStream,
    asend_and_read_reply,
    send_and_read_reply,
    send_and_read_stream,
)
from claude_code_proxy.outbound import OutboundRequest, build_request
from claude_code_proxy.sending import send
from conformance.watch import own

if TYPE_CHECKING:
    from claude_code_proxy.settings import ModelSettings
    from conformance.matrix import Method
    from conformance.products import Product
    from conformance.replay import Reply

Arguments = dict[str, Any]
Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Built:
    """What the real handler would send, and of what it made it: settings, arguments, method."""

    payload: Payload
    settings: ModelSettings
    given: Arguments
    method: Method


class Mutant(CustomLLM):
    """Does what the real handler does, but for one of its seams.

    The docstring's first line is the mutant's one sentence. ``caught_by`` are the ids of the claims
    that must catch it, ``shown_by`` are the fewest cases in which they do.
    """

    caught_by: ClassVar[tuple[str, ...]]
    shown_by: ClassVar[Product]

    def before(self, given: Arguments) -> Arguments:
        """Return the arguments that the handler sees; ``given`` is the caller's own."""
        return given

    def after(self, built: Built) -> Payload:
        """Return the payload that is sent; that of ``built`` is a copy to be written into."""
        return self.payload(built.payload)

    def payload(self, payload: Payload) -> Payload:
        """Return the payload that is sent; ``payload`` is a copy that may be written into."""
        return payload

    def headers(self, headers: Arguments) -> Arguments:
        """Return the headers that are sent besides LiteLLM's own."""
        return headers

    def reply(self, reply: Reply) -> Reply:
        """Return what a profile's mock answers to a replayed payload."""
        return reply

    def completion(self, *_: Any, **given: Any) -> Any:
        """Return the whole reply."""
        return send_and_read_reply(self.request(given, "completion"))

    async def acompletion(self, *_: Any, **given: Any) -> Any:
        """Return the whole reply."""
        return await asend_and_read_reply(self.request(given, "acompletion"))

    def streaming(self, *_: Any, **given: Any) -> Any:
        """Return the reply's chunks."""
        request = self.request(given, "streaming")
        with upstream_errors(request):
            upstream = send(request)
        return ReplyStream(request, upstream)

    def astreaming(self, *_: Any, **given: Any) -> Any:
        """Return the reply's chunks."""
        return send_and_read_stream(self.request(given, "astreaming"))

    def request(self, given: Arguments, method: Method) -> OutboundRequest:
        """Build the request as the real handler does, between the seams."""
        call = HandlerCall.from_arguments(self.before(given))
        with our_refusals(call.model):
            request = build_request(call, stream=method.endswith("streaming"))
        payload = self.after(Built(own(request.payload), request.settings, given, method))
        headers = self.headers(dict(request.headers))
        return dataclasses.replace(request, payload=payload, headers=headers)

    @property
    def name(self) -> str:
        """Its class's name, in small letters with hyphens."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def sentence(self) -> str:
        """What it does wrong."""
        return (type(self).__doc__ or "").partition("\n")[0]

    @property
    def reference(self) -> str:
        """The name by which `conformance run --handler` and LiteLLM load it."""
        return f"conformance.mutants:{self.name.replace('-', '_')}"


def items_of(payload: Payload) -> list[Any]:
    """Return the turns of a payload of either API."""
    items: list[Any] = payload["input"] if "input" in payload else payload["messages"]
    return items


def is_responses(payload: Payload) -> bool:
    """Whether a payload is one of the Responses API."""
    return "input" in payload
