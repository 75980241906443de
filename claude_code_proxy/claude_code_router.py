"""The LiteLLM custom handler.

Its name in a LiteLLM config is ``claude_code_proxy.claude_code_router.claude_code_router``.
LiteLLM may run this file from its path without registering it as a module, so it only ties the
other modules together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from litellm.types.utils import ModelResponse, ModelResponseStream


class ClaudeCodeRouter(CustomLLM):
    """Takes Claude Code's requests from LiteLLM to an OpenAI-compatible upstream.

    The four methods differ only in how they call and how they return. Each raises LiteLLM's own
    exceptions: 400 for a request or a setting that cannot be used, else the upstream's status.

    Their signatures are ours on purpose: LiteLLM passes everything by keyword, and adds arguments
    from version to version.
    """

    def completion(self, **kwargs: Any) -> ModelResponse:  # type: ignore[override]  # keywords only
        """Return the whole reply."""
        return send_and_read_reply(_request(kwargs, stream=False))

    async def acompletion(self, **kwargs: Any) -> ModelResponse:  # type: ignore[override]  # keywords only
        """Return the whole reply."""
        return await asend_and_read_reply(_request(kwargs, stream=False))

    def streaming(self, **kwargs: Any) -> Iterator[ModelResponseStream]:  # type: ignore[override]  # chunks
        """Return the reply's chunks; a refusal is raised here, before the first of them."""
        request = _request(kwargs, stream=True)
        with upstream_errors(request):
            upstream = send(request)
        return ReplyStream(request, upstream)

    def astreaming(self, **kwargs: Any) -> AsyncIterator[ModelResponseStream]:  # type: ignore[override]  # chunks
        """Return the reply's chunks; a refusal is raised when the first of them is awaited."""
        return send_and_read_stream(_request(kwargs, stream=True))


def _request(arguments: dict[str, Any], *, stream: bool) -> OutboundRequest:
    call = HandlerCall.from_arguments(arguments)
    with our_refusals(call.model):
        return build_request(call, stream=stream)


claude_code_router: Final = ClaudeCodeRouter()
