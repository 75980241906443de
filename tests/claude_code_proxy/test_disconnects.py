"""A client that goes away: the upstream sees its connection closed, whatever it was doing."""

import asyncio
import select
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import litellm
import pytest

from claude_code_proxy.claude_code_router import claude_code_router
from tests.claude_code_proxy.sse import chat_stream, event, responses_stream
from tests.claude_code_proxy.upstream import KEY, MODELS, USER

WAIT: Final = 10.0  # seconds
HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
FIRST_WORDS: Final = {
    "chat": chat_stream({"content": "Yes"}, finish=None),
    "responses": responses_stream(
        event("response.output_text.delta", item_id="m", output_index=0, delta="Yes")
    ),
}


class Hanging:
    """An upstream that says its first words, or nothing, and then waits for its client to go."""

    def __init__(self, words: bytes) -> None:
        self.asked, self.gone = threading.Event(), threading.Event()
        self._words = words
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            _read_request(connection)
            if self._words:
                connection.sendall(self._words)
            self.asked.set()
            select.select([connection], [], [], WAIT)
            try:
                closed = connection.recv(1) == b""
            except ConnectionResetError:
                closed = True
            if closed:
                self.gone.set()

    def close(self) -> None:
        self._socket.close()


def _read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65536)


@pytest.fixture
def hanging() -> Iterator[Callable[[bytes], Hanging]]:
    made: list[Hanging] = []

    def start(words: bytes) -> Hanging:
        made.append(Hanging(words))
        return made[-1]

    yield start
    for upstream in made:
        upstream.close()


def words(api: str) -> bytes:
    return HEAD + b"".join(c for c in FIRST_WORDS[api].chunks if isinstance(c, bytes))


def own(api: str, upstream: Hanging) -> dict[str, Any]:
    model = MODELS[api]
    return {"model": model, "messages": USER, "api_base": upstream.url, "api_key": KEY}


async def _cancelled(upstream: Hanging, task: "asyncio.Task[Any]") -> None:
    """Cancel once the upstream has been asked, as a server does whose client has gone."""
    await asyncio.to_thread(upstream.asked.wait, WAIT)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(upstream.gone.wait, WAIT)


@pytest.mark.parametrize("api", MODELS)
@pytest.mark.parametrize("when", ["before the first byte", "in the midst"])
@pytest.mark.parametrize("entry", ["handler", "litellm", "messages"])
def test_a_cancelled_stream_closes_the_upstreams(
    hanging: Callable[[bytes], Hanging], entry: str, when: str, api: str
) -> None:
    upstream = hanging(words(api) if when == "in the midst" else b"")

    async def consume() -> None:
        arguments = {**own(api, upstream), "model": f"claude_code_router/{MODELS[api]}"}
        if entry == "handler":
            chunks: Any = claude_code_router.astreaming(**own(api, upstream))
        elif entry == "litellm":
            chunks = await litellm.acompletion(**arguments, stream=True)
        else:
            chunks = await litellm.anthropic_messages(**arguments, max_tokens=64, stream=True)
        try:
            async for _ in chunks:
                pass
        finally:
            await chunks.aclose()  # as the proxy does

    async def scene() -> None:
        await _cancelled(upstream, asyncio.create_task(consume()))

    asyncio.run(scene())


@pytest.mark.parametrize("api", MODELS)
@pytest.mark.parametrize("when", ["before the first byte", "in the midst"])
def test_a_cancelled_whole_reply_closes_the_upstreams(
    hanging: Callable[[bytes], Hanging], when: str, api: str
) -> None:
    upstream = hanging(HEAD + b'{"id":' if when == "in the midst" else b"")

    async def scene() -> None:
        await _cancelled(
            upstream, asyncio.create_task(claude_code_router.acompletion(**own(api, upstream)))
        )

    asyncio.run(scene())


@pytest.mark.parametrize("api", MODELS)
@pytest.mark.parametrize("read", [0, 1])
def test_a_closed_stream_closes_the_upstreams(
    hanging: Callable[[bytes], Hanging], api: str, read: int
) -> None:
    """Also one of which nothing was read."""
    upstream = hanging(words(api))
    chunks: Any = claude_code_router.streaming(**own(api, upstream))
    for _ in range(read):
        next(chunks)
    chunks.close()
    assert upstream.gone.wait(WAIT)


@pytest.mark.parametrize("api", MODELS)
def test_an_asynchronous_stream_that_is_closed_closes_the_upstreams(
    hanging: Callable[[bytes], Hanging], api: str
) -> None:
    upstream = hanging(words(api))

    async def scene() -> bool:
        chunks: Any = claude_code_router.astreaming(**own(api, upstream))
        await anext(chunks)
        await chunks.aclose()
        return await asyncio.to_thread(upstream.gone.wait, WAIT)

    assert asyncio.run(scene())
