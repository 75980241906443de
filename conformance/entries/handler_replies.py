"""The text of a custom handler's reply, whole or streamed; what is no reply is told as such."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Iterator

    from conformance.matrix import Case

Call = tuple[Callable[..., Any], dict[str, Any]]
"""What is called, and its arguments by name."""

Hearing = Callable[[Any], None]
"""Is told a reply, or each chunk of one."""

MOST_CHUNKS: Final = 100_000
"""More than any upstream of a recording streams: so a stream that never ends is not kept whole."""

_SHOWN: Final = 120


class NoReplyError(Exception):
    """A handler's result that is none; the message says what it was."""


def _not_heard(_: Any) -> None:
    """Tell nobody."""


def read(case: Case, call: Call, runner: asyncio.Runner, told: Hearing = _not_heard) -> str:
    """Make ``call`` and read its answer to the end; raises `NoReplyError` for what is none.

    ``told`` is called with the reply, or with each chunk as it comes.
    """
    if case.method.startswith("a"):
        return runner.run(_aread(call, told, streams=case.streams))
    return "".join(_deltas(call, told)) if case.streams else _text(_called(call), told)


def read_in_turns(case: Case, calls: tuple[Call, Call], runner: asyncio.Runner) -> tuple[str, str]:
    """Open two streams and read one delta of each in turns; raises `NoReplyError`.

    The second is opened when the first has said something, so that the upstream answers in order.
    """
    if case.method.startswith("a"):
        return runner.run(_aread_in_turns(calls))
    one, other = map(_deltas, calls)
    read = list(zip_longest(one, other, fillvalue=""))
    return "".join(delta for delta, _ in read), "".join(delta for _, delta in read)


def _called(call: Call) -> Any:
    method, arguments = call
    return method(**arguments)


async def _aread(call: Call, told: Hearing, *, streams: bool) -> str:
    if streams:
        return "".join([delta async for delta in _adeltas(call, told)])
    return _text(await _called(call), told)


async def _aread_in_turns(calls: tuple[Call, Call]) -> tuple[str, str]:
    texts = ["", ""]
    streams = dict(enumerate(map(_adeltas, calls)))
    while streams:
        for number, stream in tuple(streams.items()):
            delta = await anext(stream, None)
            if delta is None:
                del streams[number]
            else:
                texts[number] += delta
    return texts[0], texts[1]


def _deltas(call: Call, told: Hearing = _not_heard) -> Iterator[str]:
    for count, chunk in enumerate(_called(call)):
        _refuse_endless(count)
        told(chunk)
        yield _delta(chunk)


async def _adeltas(call: Call, told: Hearing = _not_heard) -> AsyncIterator[str]:
    result = _called(call)
    if not isinstance(result, AsyncIterable):
        result = await result
    count = 0
    async for chunk in result:
        count += 1
        _refuse_endless(count)
        told(chunk)
        yield _delta(chunk)


def _refuse_endless(count: int) -> None:
    if count > MOST_CHUNKS:
        raise NoReplyError(f"the stream did not end after {MOST_CHUNKS} chunks")


def _text(response: Any, told: Hearing) -> str:
    told(response)
    try:
        return response.choices[0].message.content or ""
    except (AttributeError, IndexError, TypeError):
        raise NoReplyError(f"got {shown(response)}; expected a ModelResponse") from None


def _delta(chunk: Any) -> str:
    """The text of one chunk, in either form that a custom provider may yield."""
    if isinstance(chunk, dict):
        return chunk.get("text") or ""
    try:
        return "".join(choice.delta.content or "" for choice in chunk.choices)
    except (AttributeError, TypeError):
        raise NoReplyError(
            f"got {shown(chunk)} in a stream; expected a ModelResponseStream"
        ) from None


def shown(value: Any) -> str:
    """Return the begin of ``value`` as Python writes it."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
