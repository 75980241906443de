"""The text of a custom handler's reply, whole or streamed; what is no reply is told as such."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

    from conformance.matrix import Case

MOST_CHUNKS: Final = 100_000
"""More than any upstream of a recording streams: so a stream that never ends is not kept whole."""

_SHOWN: Final = 120


class NoReplyError(Exception):
    """A handler's result that is none; the message says what it was."""


def read(
    case: Case, method: Callable[..., Any], arguments: dict[str, Any], runner: asyncio.Runner
) -> str:
    """Call ``method`` and read its answer to the end; raises `NoReplyError` for what is none."""
    if case.method.startswith("a"):
        return runner.run(_aread(method, arguments, streams=case.streams))
    result = method(**arguments)
    return "".join(_counted(result)) if case.streams else _text(result)


async def _aread(method: Callable[..., Any], arguments: dict[str, Any], *, streams: bool) -> str:
    result = method(**arguments)
    if not isinstance(result, AsyncIterable):
        result = await result
    if not streams:
        return _text(result)
    chunks = []
    async for chunk in result:
        chunks.append(_delta(chunk))
        _refuse_endless(len(chunks))
    return "".join(chunks)


def _counted(chunks: Iterable[Any]) -> Iterable[str]:
    for count, chunk in enumerate(chunks):
        _refuse_endless(count)
        yield _delta(chunk)


def _refuse_endless(count: int) -> None:
    if count > MOST_CHUNKS:
        raise NoReplyError(f"the stream did not end after {MOST_CHUNKS} chunks")


def _text(response: Any) -> str:
    try:
        return response.choices[0].message.content or ""
    except (AttributeError, IndexError, TypeError):
        raise NoReplyError(f"got {_shown(response)}; expected a ModelResponse") from None


def _delta(chunk: Any) -> str:
    """The text of one chunk, in either form that a custom provider may yield."""
    if isinstance(chunk, dict):
        return chunk.get("text") or ""
    try:
        return "".join(choice.delta.content or "" for choice in chunk.choices)
    except (AttributeError, TypeError):
        raise NoReplyError(
            f"got {_shown(chunk)} in a stream; expected a ModelResponseStream"
        ) from None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
