"""A streamed Chat Completions reply, chunk by chunk, with its tool calls one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claude_code_proxy.finish_reasons import chat_finish
from claude_code_proxy.reply_chunks import ReplyChunks
from claude_code_proxy.token_usage import usage_from_chat
from claude_code_proxy.upstream_error import BAD_GATEWAY, UpstreamError
from claude_code_proxy.upstream_object import arguments_text, read, rows, text

if TYPE_CHECKING:
    from collections.abc import Hashable

    from litellm.types.utils import ModelResponseStream, Usage


class ChatStream:
    """Reads the chunks of one stream; `end` must be called after the last of them.

    A chunk is the upstream's JSON, or one of LiteLLM's for an upstream of another kind, whose
    reasoning may come signed. ``finished`` tells that the finish reason has come.
    """

    def __init__(self) -> None:
        self._chunks = ReplyChunks()
        self._keys: dict[object, Hashable] = {}
        self._last_key: Hashable = None
        self._index: object = None
        self._reason: str | None = None
        self._usage: Usage | None = None

    @property
    def finished(self) -> bool:
        """Whether the upstream has given its finish reason."""
        return self._reason is not None

    def chunks(self, chunk: object) -> list[ModelResponseStream]:
        """Return the chunks that the upstream's ``chunk`` gives rise to.

        Raises `UpstreamError` if it says that the reply failed.
        """
        error = read(chunk, "error")
        if error is not None or read(chunk, "type") == "error":
            raise UpstreamError.from_reply(chunk if error is None else error)
        if read(chunk, "usage") is not None:
            self._usage = usage_from_chat(read(chunk, "usage"))
        for choice in rows(read(chunk, "choices")):
            if self._is_the_one(choice):
                self._choice(choice)
        return self._chunks.take()

    def flush(self) -> list[ModelResponseStream]:
        """Return what still waits, where the stream broke off."""
        self._chunks.flush()
        return self._chunks.take()

    def end(self) -> list[ModelResponseStream]:
        """Return what was held back, the usage and the finish reason.

        Raises `UpstreamError` if the upstream gave no finish reason, or a failure's.
        """
        if self._reason is None:
            raise UpstreamError(BAD_GATEWAY, "the stream ended without a finish reason")
        reason = chat_finish(self._reason, called=self._chunks.calls > 0)
        self._chunks.finish(reason, self._usage)
        return self._chunks.take()

    def _is_the_one(self, choice: object) -> bool:
        """Tell whether ``choice`` is of the answer that came first: a client follows but one."""
        index = read(choice, "index", 0)
        self._index = index if self._index is None else self._index
        return bool(index == self._index)

    def _choice(self, choice: object) -> None:
        if read(choice, "error") is not None:
            raise UpstreamError.from_reply(read(choice, "error"))
        reason = read(choice, "finish_reason")
        self._reason = self._reason if reason is None else str(reason)
        delta = read(choice, "delta") or read(choice, "message")
        if delta is None:
            return
        self._reasoning(delta)
        self._chunks.text(text(read(delta, "content")))
        self._chunks.text(text(read(delta, "refusal")))
        for call in rows(read(delta, "tool_calls")):
            self._call(call)
        function = read(delta, "function_call")  # the way before tool calls; there is but one
        if function is not None:
            self._chunks.call("function_call", "", text(read(function, "name")))
            self._chunks.arguments("function_call", arguments_text(read(function, "arguments")))

    def _reasoning(self, delta: object) -> None:
        blocks = rows(read(delta, "thinking_blocks"))
        for block in blocks:
            if read(block, "type") == "redacted_thinking":
                self._chunks.redacted(text(read(block, "data")))
            else:
                self._thought(text(read(block, "thinking")), text(read(block, "signature")))
        if not blocks:
            said = text(read(delta, "reasoning_content")) or text(read(delta, "reasoning"))
            self._chunks.reasoning(said)

    def _thought(self, thought: str, signature: str) -> None:
        """Take a thought or its signature, beside which LiteLLM 1.98 says the thought again."""
        if not (signature and self._chunks.is_reasoning):
            self._chunks.reasoning(thought)
        if signature:
            self._chunks.signature(signature)

    def _call(self, call: object) -> None:
        function = read(call, "function")
        key = self._key(call, text(read(function, "name")))
        self._chunks.call(key, text(read(call, "id")), text(read(function, "name")))
        self._chunks.arguments(key, arguments_text(read(function, "arguments")))

    def _key(self, call: object, name: str) -> Hashable:
        """Return what tells the call from others, by what its upstream gives of index and id.

        A delta without either belongs to the call that came last, unless it names another.
        """
        index, call_id = read(call, "index"), text(read(call, "id"))
        current = self._last_key if index is None else self._keys.get(index)
        is_new = current is None or (bool(call_id) and current != (index, call_id))
        if is_new or (not call_id and name and self._chunks.is_other_call(current, name)):
            current = (index, call_id or f"number {self._chunks.calls}")
        self._keys[index] = self._last_key = current
        return current
