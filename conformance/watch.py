"""Handlers around the handler: one that watches it, one that only captures what arrives.

LiteLLM itself writes into what a caller passes, and from another thread, so "the arguments come
back untouched" is compared here, around the handler, on a copy that LiteLLM does not know. The
methods return Any: LiteLLM declares ``astreaming`` as a coroutine and iterates over it as a stream.
"""

from __future__ import annotations

from typing import Any

import orjson
from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import Delta, ModelResponse, ModelResponseStream, StreamingChoices

_COMPARED = ("messages", "optional_params", "litellm_params", "headers")


class WatchedHandler(CustomLLM):
    """Passes every call on to a handler and notes which of its arguments the handler changed."""

    def __init__(self, handler: CustomLLM) -> None:
        super().__init__()
        self._handler = handler
        self._touched: set[str] = set()

    def take_touched(self) -> tuple[str, ...]:
        """Return the names of the arguments changed since the last call, and forget them."""
        touched, self._touched = tuple(sorted(self._touched)), set()
        return touched

    def completion(self, *args: Any, **kwargs: Any) -> Any:
        """Pass the call on."""
        kwargs, before = _watched(kwargs)
        try:
            return self._handler.completion(*args, **kwargs)
        finally:
            self._compare(before, kwargs)

    async def acompletion(self, *args: Any, **kwargs: Any) -> Any:
        """Pass the call on."""
        kwargs, before = _watched(kwargs)
        try:
            return await self._handler.acompletion(*args, **kwargs)
        finally:
            self._compare(before, kwargs)

    def streaming(self, *args: Any, **kwargs: Any) -> Any:
        """Pass the call and its chunks on."""
        kwargs, before = _watched(kwargs)
        try:
            yield from self._handler.streaming(*args, **kwargs)
        finally:
            self._compare(before, kwargs)

    async def astreaming(self, *args: Any, **kwargs: Any) -> Any:
        """Pass the call and its chunks on."""
        kwargs, before = _watched(kwargs)
        try:
            chunks: Any = self._handler.astreaming(*args, **kwargs)
            async for chunk in chunks:
                yield chunk
        finally:
            self._compare(before, kwargs)

    def _compare(self, before: dict[str, bytes], kwargs: dict[str, Any]) -> None:
        after = _frozen(kwargs)
        self._touched.update(name for name in before if before[name] != after[name])


class CapturingHandler(CustomLLM):
    """Keeps the arguments of the last call and answers ``captured``: it sends nothing.

    What it keeps is a copy, as `own` makes it: LiteLLM goes on writing into what it passed, from
    another thread.
    """

    def __init__(self) -> None:
        super().__init__()
        self.arguments: dict[str, Any] = {}

    def completion(self, *_: Any, **kwargs: Any) -> Any:
        """Capture a call."""
        self.arguments = own(kwargs)
        return ModelResponse(
            choices=[{"message": {"role": "assistant", "content": "captured"}}],
            usage={"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        )

    async def acompletion(self, *_: Any, **kwargs: Any) -> Any:
        """Capture a call."""
        return self.completion(**kwargs)

    def streaming(self, *_: Any, **kwargs: Any) -> Any:
        """Capture a streaming call."""
        self.arguments = own(kwargs)
        yield _last_chunk()

    async def astreaming(self, *_: Any, **kwargs: Any) -> Any:
        """Capture a streaming call."""
        self.arguments = own(kwargs)
        yield _last_chunk()


def own(value: Any, copies: dict[int, Any] | None = None) -> Any:
    """Copy dictionaries and lists at every depth, and share the rest.

    LiteLLM 1.98's Router writes a dictionary into itself; its copy is in itself, too (``copies``
    holds those made so far, by the original's id).
    """
    copies = {} if copies is None else copies
    if id(value) in copies:
        return copies[id(value)]
    if isinstance(value, dict):
        made: Any = copies.setdefault(id(value), {})
        made.update((key, own(inner, copies)) for key, inner in value.items())
        return made
    if isinstance(value, list):
        made = copies.setdefault(id(value), [])
        made.extend(own(inner, copies) for inner in value)
        return made
    return value


def _last_chunk() -> ModelResponseStream:
    return ModelResponseStream(
        choices=[StreamingChoices(finish_reason="stop", index=0, delta=Delta(content="captured"))]
    )


def _watched(kwargs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return ``kwargs`` with copies of what is compared, and their bytes."""
    mine = {key: own(value) if key in _COMPARED else value for key, value in kwargs.items()}
    return mine, _frozen(mine)


def _frozen(kwargs: dict[str, Any]) -> dict[str, bytes]:
    """The compared arguments as bytes; what is no JSON is told by its repr."""
    return {name: _as_bytes(kwargs[name]) for name in _COMPARED if name in kwargs}


def _as_bytes(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=repr, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # half a surrogate pair, or deeper than the writer goes
        return repr(value).encode("utf-8", "surrogatepass")
