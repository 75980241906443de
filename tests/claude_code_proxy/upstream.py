"""A running mock upstream, and the four ways to reach it through LiteLLM and the handler."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import litellm
import orjson

from claude_code_proxy.claude_code_router import claude_code_router
from mock_upstream import JournalEntry, Session

RESPONSES_MODEL: Final = "gpt-5.2-high"
CHAT_MODEL: Final = "glm-4.6"
MODELS: Final = {"responses": RESPONSES_MODEL, "chat": CHAT_MODEL}
KEY: Final = "key-from-call"
USER: Final = ({"role": "user", "content": "hello"},)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A mock's session and its address, ``/v1`` included."""

    session: Session
    url: str

    def arguments(self, model: str = RESPONSES_MODEL, **more: Any) -> dict[str, Any]:
        """Return arguments for a call through LiteLLM; ``more`` adds to and overrides them."""
        return {
            "model": f"claude_code_router/{model}",
            "messages": [dict(message) for message in USER],
            "api_base": self.url,
            "api_key": KEY,
            **more,
        }

    def sent(self, model: str = RESPONSES_MODEL, **more: Any) -> Any:
        """Complete once and return the body that left."""
        litellm.completion(**self.arguments(model, **more))
        return self.last.json()

    @property
    def last(self) -> JournalEntry:
        """The latest request."""
        return self.session.journal.entries[-1]

    @property
    def count(self) -> int:
        """How many requests have come."""
        return len(self.session.journal.entries)


def headers(entry: JournalEntry) -> dict[str, str]:
    """Return the headers of ``entry`` by lower-case name."""
    return {name.lower(): value for name, value in entry.headers}


def _completion(arguments: Mapping[str, Any]) -> Any:
    return litellm.completion(**arguments)


def _acompletion(arguments: Mapping[str, Any]) -> Any:
    return asyncio.run(litellm.acompletion(**arguments))


def _streaming(arguments: Mapping[str, Any]) -> list[Any]:
    options = {"include_usage": True}
    return list(litellm.completion(**arguments, stream=True, stream_options=options))


def _astreaming(arguments: Mapping[str, Any]) -> list[Any]:
    async def collect() -> list[Any]:
        options = {"include_usage": True}
        chunks = await litellm.acompletion(**arguments, stream=True, stream_options=options)
        return [chunk async for chunk in chunks]

    return asyncio.run(collect())


METHODS: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "completion": _completion,
    "acompletion": _acompletion,
    "streaming": _streaming,
    "astreaming": _astreaming,
}
"""The handler's four methods, each as its name's way through LiteLLM."""


def call_handler(method: str, **arguments: Any) -> Any:
    """Call the handler's own method; return its reply, or the list of its chunks."""
    result = getattr(claude_code_router, method)(**arguments)
    return asyncio.run(_awaited(result)) if method.startswith("a") else _listed(result)


def _listed(result: Any) -> Any:
    return list(result) if isinstance(result, Iterator) else result


async def _awaited(result: Any) -> Any:
    return [chunk async for chunk in result] if isinstance(result, AsyncIterator) else await result


def messages_stream(arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the events of a streamed ``anthropic_messages`` call, which is ``/v1/messages``."""
    events, error = messages_stream_and_error(arguments)
    if error is not None:
        raise error
    return events


def messages_stream_and_error(
    arguments: Mapping[str, Any],
) -> tuple[list[dict[str, Any]], Exception | None]:
    """Return the same events, and the exception that ended them, if any did."""
    pieces: list[bytes] = []

    async def collect() -> None:
        events: Any = await litellm.anthropic_messages(**arguments, max_tokens=64, stream=True)
        async for event in events:
            pieces.append(event)  # noqa: PERF401 - what came before an exception is kept

    error = None
    try:
        asyncio.run(collect())
    except Exception as raised:  # noqa: BLE001 - whatever it is, a test looks at it
        error = raised
    lines = [line for line in b"".join(pieces).splitlines() if line.startswith(b"data: ")]
    return [orjson.loads(line.removeprefix(b"data: ")) for line in lines], error
