"""A handler that does what the last message says: every bad thing that a handler can do."""

import asyncio
import os
import time
from collections.abc import Iterator
from typing import Any

import httpx
from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import Delta, ModelResponse, ModelResponseStream, StreamingChoices

from conformance.outcome import UPSTREAM_TEXT

EXIT_CODE = 7
FOR_EVER = 3600.0
CLOSED_PORT = "http://127.0.0.1:9"


class BadHandler(CustomLLM):
    """Answers as a good one would, unless the message names a misdeed."""

    def completion(self, *_: Any, **kwargs: Any) -> Any:
        return misdeed(kwargs) or whole()

    async def acompletion(self, *_: Any, **kwargs: Any) -> Any:
        if order(kwargs) == "wait":
            await asyncio.sleep(FOR_EVER)
        return misdeed(kwargs) or whole()

    def streaming(self, *_: Any, **kwargs: Any) -> Any:
        yield misdeed(kwargs) or chunk(UPSTREAM_TEXT)
        yield from rest(kwargs)

    async def astreaming(self, *_: Any, **kwargs: Any) -> Any:
        if order(kwargs) == "wait":
            await asyncio.sleep(FOR_EVER)
        yield misdeed(kwargs) or chunk(UPSTREAM_TEXT)
        for one in rest(kwargs):
            yield one


def order(kwargs: dict[str, Any]) -> str:
    """What the message tells it to do."""
    return str(kwargs["messages"][-1]["content"])


def misdeed(kwargs: dict[str, Any]) -> object:
    """Do what the message says; None if it says nothing bad, or bids to return None."""
    match order(kwargs):
        case "raise":
            raise RuntimeError("wrong on purpose")
        case "block":
            time.sleep(FOR_EVER)
        case "exit":
            os._exit(EXIT_CODE)
        case "refused":
            httpx.get(CLOSED_PORT)
        case "nonsense":
            return "no reply at all"
    return None


def rest(kwargs: dict[str, Any]) -> Iterator[ModelResponseStream]:
    """The end of a stream, or none."""
    while order(kwargs) == "endless":
        yield chunk("and on ")
    yield chunk("", finish="stop")


def whole() -> ModelResponse:
    """A good reply."""
    return ModelResponse(choices=[{"message": {"role": "assistant", "content": UPSTREAM_TEXT}}])


def chunk(text: str, finish: str | None = None) -> ModelResponseStream:
    """A good chunk."""
    return ModelResponseStream(
        choices=[StreamingChoices(finish_reason=finish, index=0, delta=Delta(content=text))]
    )


class ReturnsNone(CustomLLM):
    """Returns None from every method."""

    def completion(self, *_: Any, **__: Any) -> Any:
        return None

    async def acompletion(self, *_: Any, **__: Any) -> Any:
        return None

    def streaming(self, *_: Any, **__: Any) -> Any:
        return None

    def astreaming(self, *_: Any, **__: Any) -> Any:
        return None


bad_handler = BadHandler()
returns_none = ReturnsNone()
no_handler = object()
