"""A streamed Chat Completions reply, chunk by chunk, with its tool calls one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claude_code_proxy.reply_chunks import ReplyChunks
from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError
from claude_code_proxy.upstream_object import read

if TYPE_CHECKING:
    from collections.abc import Hashable

    from litellm.types.utils import Usage

    from claude_code_proxy.reply_chunks import Chunks


class ChatStream:
    """Reads the chunks of one stream; `end` must be called after the last of them."""

    def __init__(self) -> None:
        self._chunks = ReplyChunks()
        self._keys: dict[int, Hashable] = {}
        self._reason: str | None = None
        self._usage: Usage | None = None

    def chunks(self, chunk: object) -> Chunks:
        """Yield the chunks that the upstream's ``chunk`` gives rise to."""
        self._usage = read(chunk, "usage", self._usage)
        for choice in read(chunk, "choices", [])[:1]:
            self._reason = read(choice, "finish_reason", self._reason)
            delta = read(choice, "delta")
            yield from self._chunks.reasoning(read(delta, "reasoning_content", ""))
            yield from self._chunks.text(read(delta, "content", ""))
            for call in read(delta, "tool_calls", []):
                yield from self._call(call)

    def end(self, upstream: object) -> Chunks:
        """Yield what was held back, the usage and the finish reason.

        Raises `UpstreamError` if the upstream gave no finish reason. LiteLLM then makes one up, and
        only its ``upstream`` wrapper knows.
        """
        if read(upstream, "received_finish_reason") is None or self._reason is None:
            raise UpstreamError(BAD_GATEWAY, "the stream ended without a finish reason")
        yield from self._chunks.finish(self._reason, self._usage)

    def _call(self, call: object) -> Chunks:
        index, call_id = read(call, "index", 0), read(call, "id")
        function = read(call, "function")
        key = self._keys.get(index)
        if key is None or (call_id and key != (index, call_id)):
            key = self._keys[index] = (index, call_id)
            yield from self._chunks.call(key, call_id, read(function, "name"))
        yield from self._chunks.arguments(key, read(function, "arguments", ""))
