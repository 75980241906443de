import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import litellm
import openai
import pytest

from claude_code_proxy.claude_code_router import claude_code_router
from mock_upstream import ReplyPlan, ToolCall
from tests.claude_code_proxy.sse import (
    RESPONSE,
    chat_stream,
    event,
    function_call,
    responses_stream,
)
from tests.claude_code_proxy.test_replies import PLAN
from tests.claude_code_proxy.upstream import (
    METHODS,
    MODELS,
    RESPONSES_MODEL,
    USER,
    Upstream,
    call_handler,
    messages_stream,
)

STREAMS: Final = ("streaming", "astreaming")
ARGUMENTS: Final = {0: '{"a":1}', 1: '{"bb":22}', 2: '{"ccc":333}'}
COMPLETED: Final = event("response.completed", response=RESPONSE)


def interleaved_responses() -> Any:
    """Return three calls whose argument deltas take turns, two characters at a time."""
    added = [
        event("response.output_item.added", output_index=i, item=function_call(i))
        for i in ARGUMENTS
    ]
    deltas = [
        event(
            "response.function_call_arguments.delta",
            item_id=f"fc_{i}",
            output_index=i,
            delta=text[at : at + 2],
        )
        for at in range(0, 12, 2)
        for i, text in ARGUMENTS.items()
        if text[at : at + 2]
    ]
    done = [
        event("response.output_item.done", output_index=i, item=function_call(i, arguments=text))
        for i, text in reversed(ARGUMENTS.items())
    ]
    return responses_stream(*added, *deltas, *done, COMPLETED)


def interleaved_chat() -> Any:
    opened = [
        {
            "index": i,
            "id": f"call_{i}",
            "type": "function",
            "function": {"name": f"tool_{i}", "arguments": ""},
        }
        for i in ARGUMENTS
    ]
    deltas = [
        {"tool_calls": [{"index": i, "function": {"arguments": text[at : at + 2]}}]}
        for at in range(0, 12, 2)
        for i, text in ARGUMENTS.items()
        if text[at : at + 2]
    ]
    return chat_stream({"role": "assistant", "content": ""}, {"tool_calls": opened}, *deltas)


INTERLEAVED: Final = {"responses": interleaved_responses, "chat": interleaved_chat}


def text(chunks: list[Any], field: str = "content") -> str:
    """Return one kind of text of all chunks."""
    return "".join(getattr(c.choices[0].delta, field, None) or "" for c in chunks if c.choices)


def call_deltas(chunks: list[Any]) -> list[Any]:
    """Return the tool call deltas in the order in which they came."""
    return [
        call
        for c in chunks
        if c.choices
        for call in getattr(c.choices[0].delta, "tool_calls", None) or ()
    ]


@pytest.mark.parametrize("method", STREAMS)
@pytest.mark.parametrize("api", MODELS)
def test_a_streamed_answer_is_the_whole_one(upstream: Upstream, api: str, method: str) -> None:
    """Text, both calls, the finish reason once and the upstream's own usage."""
    upstream.session.reply_with(PLAN)
    chunks = METHODS[method](upstream.arguments(MODELS[api]))
    assert text(chunks) == "Let me look."
    arguments = {0: "", 1: ""}
    for delta in call_deltas(chunks):
        arguments[delta.index] += delta.function.arguments or ""
    assert list(arguments.values()) == ['{"command":"ls"}', '{"path":"a"}']
    reasons = [c.choices[0].finish_reason for c in chunks if c.choices]
    assert [reason for reason in reasons if reason] == ["tool_calls"]
    [usage] = [c.usage for c in chunks if getattr(c, "usage", None)]
    assert (usage.prompt_tokens, usage.completion_tokens) == (100, 20)
    assert usage.prompt_tokens_details.cached_tokens == 64
    assert usage.completion_tokens_details.reasoning_tokens == 5


@pytest.mark.parametrize("method", STREAMS)
def test_the_reasoning_summary_streams_as_reasoning(upstream: Upstream, method: str) -> None:
    upstream.session.reply_with(PLAN)
    chunks = METHODS[method](upstream.arguments())
    assert text(chunks, "reasoning_content") == "Where is it?"


@pytest.mark.parametrize("method", STREAMS)
@pytest.mark.parametrize("api", MODELS)
def test_interleaved_calls_leave_one_after_the_other(
    upstream: Upstream, api: str, method: str
) -> None:
    """Each is opened once, with id and name, filled, and left before the next is opened."""
    upstream.session.reply_with(INTERLEAVED[api]())
    deltas = call_deltas(METHODS[method](upstream.arguments(MODELS[api])))
    indexes = [delta.index for delta in deltas]
    assert indexes == sorted(indexes)
    for i, whole in ARGUMENTS.items():
        own = [delta for delta in deltas if delta.index == i]
        assert (own[0].id, own[0].function.name) == (f"call_{i}", f"tool_{i}")
        assert "".join(delta.function.arguments or "" for delta in own) == whole


@pytest.mark.parametrize("method", STREAMS)
@pytest.mark.parametrize(
    ("indexes", "ids"),
    [((0, 0, 1, 1), "aabb"), ((0, 0, 0, 0), "aabb")],
    ids=["id on every delta", "one index for all"],
)
def test_chat_gateways_of_sloppy_habits(
    upstream: Upstream, method: str, indexes: tuple[int, ...], ids: str
) -> None:
    """A call's id may come with each of its deltas, and every call with the same index."""
    deltas = [
        {"tool_calls": [{"index": i, "id": call_id, "type": "function", "function": function}]}
        for i, call_id, function in zip(
            indexes,
            ids,
            [{"name": "f", "arguments": "{"}, {"arguments": "}"}] * 2,
            strict=True,
        )
    ]
    upstream.session.reply_with(chat_stream(*deltas))
    calls = call_deltas(METHODS[method](upstream.arguments(MODELS["chat"])))
    assert [call.id for call in calls if call.id] == ["a", "b"]
    for index in (0, 1):
        own = [call.function.arguments for call in calls if call.index == index]
        assert "".join(own) == "{}"


@pytest.mark.parametrize("method", STREAMS)
def test_a_model_that_litellm_thinks_unable_to_stream_streams(
    upstream: Upstream, method: str
) -> None:
    """LiteLLM would ask for the whole reply and play it back as a stream."""
    model = next(
        name
        for name, entry in litellm.model_cost.items()
        if entry.get("supports_native_streaming") is False and "/" not in name
    )
    upstream.session.reply_with(PLAN)
    chunks = METHODS[method](upstream.arguments(model, use_responses_api=True))
    assert upstream.last.json()["stream"] is True
    assert text(chunks) == "Let me look."


@pytest.mark.parametrize("api", MODELS)
def test_claude_code_gets_every_call_whole(upstream: Upstream, api: str) -> None:
    """On ``/v1/messages`` each argument delta lands in the block that is open."""
    upstream.session.reply_with(INTERLEAVED[api]())
    events = messages_stream(upstream.arguments(MODELS[api]))
    calls: list[list[str]] = []
    for e in events:
        if e["type"] == "content_block_start" and e["content_block"]["type"] == "tool_use":
            calls.append([e["content_block"]["id"], ""])
        if e["type"] == "content_block_delta" and e["delta"]["type"] == "input_json_delta":
            calls[-1][1] += e["delta"]["partial_json"]
    assert calls == [[f"call_{i}", whole] for i, whole in ARGUMENTS.items()]
    assert events[-1]["type"] == "message_stop"


@pytest.mark.parametrize("api", MODELS)
def test_claude_code_gets_the_upstreams_usage(upstream: Upstream, api: str) -> None:
    upstream.session.reply_with(PLAN)
    [delta] = [e for e in messages_stream(upstream.arguments(MODELS[api])) if "usage" in e]
    assert delta["usage"]["output_tokens"] == 20
    assert delta["usage"]["input_tokens"] + delta["usage"]["cache_read_input_tokens"] == 100


@pytest.mark.parametrize("api", MODELS)
def test_concurrent_streams_do_not_see_each_other(upstream: Upstream, api: str) -> None:
    """Twenty at once, each with calls of the same places: nothing lost, nothing crossed."""
    count = 20
    for n in range(count):
        call = ToolCall(name=f"tool_{n}", arguments=f'{{"n":{n}}}', call_id=f"call_{n}")
        upstream.session.reply_with(ReplyPlan(tool_calls=(call, call)))

    async def one() -> list[Any]:
        chunks = await litellm.acompletion(**upstream.arguments(MODELS[api]), stream=True)
        return [chunk async for chunk in chunks]

    async def all_of_them() -> list[list[Any]]:
        return await asyncio.gather(*(one() for _ in range(count)))

    seen = set()
    for chunks in asyncio.run(all_of_them()):
        deltas = call_deltas(chunks)
        names = [delta.function.name for delta in deltas if delta.function.name]
        whole = "".join(delta.function.arguments or "" for delta in deltas)
        n = names[0].removeprefix("tool_")
        assert names == [f"tool_{n}"] * 2
        assert whole == f'{{"n":{n}}}' * 2
        seen.add(n)
    assert len(seen) == count


@pytest.mark.parametrize("method", STREAMS)
def test_an_upstream_that_sends_only_done_events_loses_nothing(
    upstream: Upstream, method: str
) -> None:
    part = {"type": "output_text", "text": "All at once.", "annotations": []}
    message = {"type": "message", "id": "m", "role": "assistant", "content": [part]}
    item = function_call(1, arguments='{"a":1}', status="completed")
    upstream.session.reply_with(
        responses_stream(
            event(
                "response.output_item.done", output_index=0, item={**message, "status": "completed"}
            ),
            event("response.output_item.done", output_index=1, item=item),
            COMPLETED,
        )
    )
    chunks = METHODS[method](upstream.arguments())
    assert text(chunks) == "All at once."
    assert "".join(d.function.arguments for d in call_deltas(chunks)) == '{"a":1}'


def arguments_delta(place: int, delta: str) -> dict[str, Any]:
    return event(
        "response.function_call_arguments.delta", item_id="fc", output_index=place, delta=delta
    )


def added(place: int) -> dict[str, Any]:
    item = function_call(place)
    return event("response.output_item.added", output_index=place, item=item)


def done(place: int, arguments: str) -> dict[str, Any]:
    item = function_call(place, arguments=arguments)
    return event("response.output_item.done", output_index=place, item=item)


@pytest.mark.parametrize("method", STREAMS)
def test_what_a_stream_repeats_is_taken_once(upstream: Upstream, method: str) -> None:
    """Beginnings, deltas and ends of calls, and the terminal event; each call arrives whole."""
    repeated = [added(0), added(0), arguments_delta(0, '{"a"'), added(1), done(0, '{"a":1}')]
    late = [arguments_delta(0, ":1}"), done(0, '{"a":1}'), added(0), done(1, '{"bb":22}')]
    more = [arguments_delta(1, '{"bb":22}'), COMPLETED, arguments_delta(1, "x"), COMPLETED]
    upstream.session.reply_with(responses_stream(*repeated, *late, *more))
    seen: list[Any] = []
    _collect(seen, method, upstream)
    deltas = call_deltas(seen)
    assert [delta.id for delta in deltas if delta.id] == ["call_0", "call_1"]
    for i in (0, 1):
        own = [delta.function.arguments for delta in deltas if delta.index == i]
        assert "".join(argument or "" for argument in own) == ARGUMENTS[i]
    assert [chunk.choices[0].finish_reason for chunk in seen].count("tool_calls") == 1


@pytest.mark.parametrize("method", STREAMS)
@pytest.mark.parametrize("end", ["", '{"a":1}'])
def test_arguments_after_a_calls_end_are_an_upstreams_failure(
    upstream: Upstream, method: str, end: str
) -> None:
    """Nobody can tell what was meant, and a tool must not run on a guess."""
    stream = responses_stream(added(0), done(0, end), arguments_delta(0, '{"b":2}'), COMPLETED)
    upstream.session.reply_with(stream)
    with pytest.raises(openai.APIError, match="'call_0' after its end") as error:
        _collect([], method, upstream)
    assert error.value.status_code == 502  # type: ignore[attr-defined]  # a class of LiteLLM's


@pytest.mark.parametrize("method", STREAMS)
def test_a_chat_call_that_is_named_again_goes_on(upstream: Upstream, method: str) -> None:
    """Of two calls at one index, the first has a delta after the second began."""
    deltas = [
        {"tool_calls": [{"index": 0, "id": i, "type": "function", "function": function}]}
        for i, function in (
            ("a", {"name": "f", "arguments": "{"}),
            ("b", {"name": "g", "arguments": "{}"}),
            ("a", {"arguments": "}"}),
        )
    ]
    upstream.session.reply_with(chat_stream(*deltas))
    calls = call_deltas(METHODS[method](upstream.arguments(MODELS["chat"])))
    assert [call.id for call in calls if call.id] == ["a", "b"]
    for index in (0, 1):
        own = [call.function.arguments for call in calls if call.index == index]
        assert "".join(own) == "{}"


@pytest.mark.parametrize("method", STREAMS)
@pytest.mark.parametrize(
    ("last", "word"),
    [
        ((), "terminal event"),
        ((event("error", error={"code": "server_error", "message": "It broke."}),), ": It broke."),
        (
            (
                event(
                    "response.failed",
                    response={
                        **RESPONSE,
                        "status": "failed",
                        "error": {"code": "server_error", "message": "It broke."},
                    },
                ),
            ),
            "It broke.",
        ),
    ],
    ids=["cut", "error", "failed"],
)
def test_a_stream_that_breaks_gives_what_came_and_then_an_error(
    upstream: Upstream, method: str, last: tuple[Any, ...], word: str
) -> None:
    """Never a silent success."""
    delta = event(
        "response.output_text.delta",
        item_id="m",
        output_index=0,
        content_index=0,
        delta="Half",
        logprobs=[],
    )
    upstream.session.reply_with(responses_stream(delta, *last))
    seen: list[Any] = []
    with pytest.raises(openai.APIError, match=word):
        _collect(seen, method, upstream)
    assert text(seen) == "Half"


@pytest.mark.parametrize("method", STREAMS)
def test_a_chat_stream_that_breaks_gives_what_came_and_then_an_error(
    upstream: Upstream, method: str
) -> None:
    """LiteLLM's own wrapper would end it with a "stop"."""
    upstream.session.reply_with(chat_stream({"content": "Half"}, finish=None))
    seen: list[Any] = []
    with pytest.raises(openai.APIError, match="without a finish reason"):
        _collect(seen, method, upstream, MODELS["chat"])
    assert text(seen) == "Half"


def _collect(
    seen: list[Any], method: str, upstream: Upstream, model: str = RESPONSES_MODEL
) -> None:
    """Call the handler's own method and keep the chunks that come before an error."""
    own = {"model": model, "messages": USER, "api_base": upstream.url, "api_key": "k"}
    if method == "streaming":
        for chunk in claude_code_router.streaming(**own):
            seen.append(chunk)  # noqa: PERF402 - what came before the error must be kept
        return

    async def collect() -> None:
        async for chunk in claude_code_router.astreaming(**own):
            seen.append(chunk)  # noqa: PERF401 - what came before the error must be kept

    asyncio.run(collect())


MOST_STREAMED = 64 * 2**20  # bytes


class Endless(BaseHTTPRequestHandler):
    """An upstream that streams text until its client goes away, or has read `MOST_STREAMED`.

    A handler that reads ahead would otherwise take all memory before its test fails.
    """

    gone: threading.Event

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        chat = "chat" in self.path
        stream = (
            chat_stream({"content": "more "}, finish=None)
            if chat
            else responses_stream(
                event(
                    "response.output_text.delta",
                    item_id="m",
                    output_index=0,
                    content_index=0,
                    delta="more ",
                    logprobs=[],
                )
            )
        )
        frames = b"".join(chunk for chunk in stream.chunks if isinstance(chunk, bytes))
        try:
            for _ in range(MOST_STREAMED // len(frames)):
                self.wfile.write(frames)
        except OSError:
            self.gone.set()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def endless() -> Iterator[tuple[str, threading.Event]]:
    """The address of an endless upstream, and the event of its client's going away."""
    handler = type("Endless", (Endless,), {"gone": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1", handler.gone
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("api", MODELS)
def test_closing_a_stream_closes_the_upstreams(
    endless: tuple[str, threading.Event], api: str
) -> None:
    url, gone = endless
    chunks: Any = claude_code_router.streaming(
        model=MODELS[api], messages=USER, api_base=url, api_key="key-from-call"
    )
    next(chunks)
    chunks.close()
    assert gone.wait(10)


@pytest.mark.parametrize("api", MODELS)
def test_a_client_that_goes_away_closes_the_upstreams_stream(
    endless: tuple[str, threading.Event], api: str
) -> None:
    """As LiteLLM's proxy does it: by closing the wrapper around our chunks."""
    url, gone = endless

    async def read_one_and_leave() -> bool:
        chunks: Any = await litellm.acompletion(
            model=f"claude_code_router/{MODELS[api]}",
            messages=list(USER),
            api_base=url,
            api_key="key-from-call",
            stream=True,
        )
        await anext(chunks)
        await chunks.aclose()
        return await asyncio.to_thread(gone.wait, 10)

    assert asyncio.run(read_one_and_leave())


@pytest.mark.parametrize("method", STREAMS)
@pytest.mark.parametrize("api", MODELS)
def test_the_finish_reason_has_the_last_chunk_to_itself(
    upstream: Upstream, api: str, method: str
) -> None:
    """LiteLLM stops reading at it and drops what else is on it; usage stands before."""
    upstream.session.reply_with(PLAN)
    chunks = call_handler(
        method, model=MODELS[api], messages=USER, api_base=upstream.url, api_key="key-from-call"
    )
    *before, usage, last = chunks
    assert last.choices[0].finish_reason == "tool_calls"
    assert not last.choices[0].delta.content
    assert not last.choices[0].delta.tool_calls
    assert usage.usage.total_tokens == 120
    assert not any(chunk.choices[0].finish_reason for chunk in (*before, usage))
