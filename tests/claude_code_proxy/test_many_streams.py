"""200 streams at once, three interleaved tool calls in each: nothing lost, nothing crossed."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import litellm
import orjson
import pytest

from mock_upstream import ReplyPlan, ToolCall
from tests.claude_code_proxy.test_streams import call_deltas, text
from tests.claude_code_proxy.upstream import MODELS, Upstream

COUNT: Final = 200
CALLS: Final = 3


def plan(n: int) -> ReplyPlan:
    calls = tuple(
        ToolCall(name=f"tool_{n}_{i}", arguments=arguments(n, i), call_id=f"call_{n}_{i}")
        for i in range(CALLS)
    )
    return ReplyPlan(text=f"Reply {n}.", tool_calls=calls, interleaved=True)


def arguments(n: int, i: int) -> str:
    return orjson.dumps({"reply": n, "call": i, "filler": "x" * (20 + i)}).decode()


def check(streams: list[list[Any]]) -> None:
    seen = set()
    for chunks in streams:
        n = int(text(chunks).removeprefix("Reply ").removesuffix("."))
        deltas = call_deltas(chunks)
        opened = [(d.id, d.function.name) for d in deltas if d.function.name]
        assert opened == [(f"call_{n}_{i}", f"tool_{n}_{i}") for i in range(CALLS)]
        assert [d.index for d in deltas] == sorted(d.index for d in deltas)
        for i in range(CALLS):
            whole = "".join(d.function.arguments or "" for d in deltas if d.index == i)
            assert whole == arguments(n, i)
        reasons = [c.choices[0].finish_reason for c in chunks if c.choices]
        assert [reason for reason in reasons if reason] == ["tool_calls"]
        seen.add(n)
    assert seen == set(range(COUNT))


@pytest.mark.parametrize("api", MODELS)
def test_200_streams_in_one_loop(upstream: Upstream, api: str) -> None:
    for n in range(COUNT):
        upstream.session.reply_with(plan(n))

    async def one() -> list[Any]:
        chunks = await litellm.acompletion(**upstream.arguments(MODELS[api]), stream=True)
        return [chunk async for chunk in chunks]

    async def all_of_them() -> list[list[Any]]:
        return await asyncio.gather(*(one() for _ in range(COUNT)))

    check(asyncio.run(all_of_them()))


@pytest.mark.parametrize("api", MODELS)
def test_200_streams_in_threads(upstream: Upstream, api: str) -> None:
    for n in range(COUNT):
        upstream.session.reply_with(plan(n))

    def one(_: int) -> list[Any]:
        return list(litellm.completion(**upstream.arguments(MODELS[api]), stream=True))

    with ThreadPoolExecutor(COUNT) as threads:
        check(list(threads.map(one, range(COUNT))))
