"""Upstreams that are loose with the form: all that arrives is handed on, failure is said aloud."""

import re
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

import openai
import orjson
import pytest

from claude_code_proxy.claude_code_router import claude_code_router
from mock_upstream import RawReply
from tests.claude_code_proxy.sse import EVENT_STREAM, RESPONSE, event, function_call
from tests.claude_code_proxy.test_streams import call_deltas, text
from tests.claude_code_proxy.upstream import (
    KEY,
    METHODS,
    MODELS,
    USER,
    Upstream,
    call_handler,
    messages_stream,
    messages_stream_and_error,
)
from tests.conformance.committed import PINNED_LITELLM

JSON: Final = {"content-type": "application/json"}
DONE: Final = b"data: [DONE]\n\n"
COMPLETED: Final = event("response.completed", response=RESPONSE)


def frame(data: Any, name: str = "") -> bytes:
    body = data if isinstance(data, bytes) else orjson.dumps(data)
    return (f"event: {name}\n" if name else "").encode() + b"data: " + body + b"\n\n"


def stream(*frames: bytes) -> RawReply:
    return RawReply(headers=EVENT_STREAM, chunks=frames)


def whole(body: Any, kind: str = "application/json") -> RawReply:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return RawReply(headers={"content-type": kind}, chunks=(data,) if data else ())


def chunk(delta: Any = None, finish: str | None = None, **fields: Any) -> bytes:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return frame({**body, "choices": [choice], **fields})


def said(words: str) -> dict[str, Any]:
    return event("response.output_text.delta", item_id="m", output_index=0, delta=words)


def collected(upstream: Upstream, api: str) -> tuple[list[Any], Exception | None]:
    """Return the chunks of the handler's own stream, and the error that ended it."""
    seen: list[Any] = []
    own = {"model": MODELS[api], "messages": USER, "api_base": upstream.url, "api_key": KEY}
    try:
        for got in claude_code_router.streaming(**own):
            seen.append(got)  # noqa: PERF402 - what came before the error is kept
    except openai.APIError as error:
        return seen, error
    return seen, None


def finish_of(chunks: list[Any]) -> str | None:
    return next((c.choices[0].finish_reason for c in chunks if c.choices[0].finish_reason), None)


def called(chunks: list[Any]) -> list[tuple[str | None, str]]:
    """Return the name and the arguments of each call; every one has an id of its own."""
    deltas = call_deltas(chunks)
    names = {d.index: d.function.name for d in deltas if d.function.name}
    ids = [d.id for d in deltas if d.function.name]
    assert len(set(ids)) == len(ids)
    assert all(ids)
    return [
        (name, "".join(d.function.arguments or "" for d in deltas if d.index == index))
        for index, name in names.items()
    ]


BREAKS: Final[dict[str, tuple[str, RawReply, str]]] = {
    "bad in the middle": (
        "responses",
        stream(frame(said("Ha")), frame(b'{"type": "resp'), frame(said("lf")), frame(COMPLETED)),
        "1 of the stream's events could not be read",
    ),
    "bad at the end": (
        "responses",
        stream(frame(said("Half")), b'data: {"type": "response.compl'),
        "1 of the stream's events could not be read",
    ),
    "no terminal event": (
        "responses",
        stream(frame(said("Half"))),
        "without its terminal event",
    ),
    "done without a terminal event": (
        "responses",
        stream(frame(said("Half")), DONE),
        "without its terminal event",
    ),
    "failed": (
        "responses",
        stream(
            frame(said("Half")),
            frame({"type": "response.failed", "response": {"error": {"message": "It broke."}}}),
        ),
        "It broke.",
    ),
    "error by its event's name": (
        "responses",
        stream(frame(said("Half")), frame({"message": "It broke."}, "error")),
        "It broke.",
    ),
    "error without a type": (
        "responses",
        stream(frame(said("Half")), frame({"error": {"message": "It broke."}})),
        "It broke.",
    ),
    "completed but cancelled": (
        "responses",
        stream(
            frame(said("Half")),
            frame(event("response.completed", response={**RESPONSE, "status": "cancelled"})),
        ),
        "'cancelled'",
    ),
    "chat bad in the middle": (
        "chat",
        stream(chunk({"content": "Ha"}), frame(b"{nope"), chunk({"content": "lf"}, "stop"), DONE),
        "1 of the stream's events could not be read",
    ),
    "chat error in the stream": (
        "chat",
        stream(chunk({"content": "Half"}), frame({"error": {"message": "It broke."}}), DONE),
        "It broke.",
    ),
    "chat error as a string": (
        "chat",
        stream(chunk({"content": "Half"}), frame({"error": "It broke."}), DONE),
        "It broke.",
    ),
    "chat error in the choice": (
        "chat",
        stream(
            chunk({"content": "Half"}),
            frame({"choices": [{"finish_reason": "error", "error": {"message": "It broke."}}]}),
        ),
        "It broke.",
    ),
    "chat finish that is a failure": (
        "chat",
        stream(chunk({"content": "Half"}), chunk(None, "error"), DONE),
        "'error'",
    ),
    "chat done without a finish": (
        "chat",
        stream(chunk({"content": "Half"}), DONE),
        "without a finish reason",
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_stream_that_breaks_gives_all_that_came_and_an_error(
    upstream: Upstream, case: str
) -> None:
    api, reply, words = BREAKS[case]
    upstream.session.reply_with(reply)
    chunks, error = collected(upstream, api)
    assert text(chunks) == "Half"
    assert finish_of(chunks) is None
    assert words in str(error)


@pytest.mark.parametrize("case", BREAKS)
def test_claude_code_is_told_of_every_break(upstream: Upstream, case: str) -> None:
    """An error event on ``/v1/messages``, and no end as if all were well.

    LiteLLM up to 1.102 raises it instead (docs/litellm-versions.md).
    """
    api, reply, words = BREAKS[case]
    upstream.session.reply_with(reply)
    events, error = messages_stream_and_error(upstream.arguments(MODELS[api]))
    deltas = [e["delta"].get("text", "") for e in events if e["type"] == "content_block_delta"]
    assert "".join(deltas) == "Half"
    assert "message_stop" not in {e["type"] for e in events}
    if error is None or version("litellm") == PINNED_LITELLM:
        assert error is None
        assert events[-1]["type"] == "error"
        assert words in events[-1]["error"]["message"]
    else:
        assert words in str(error)


NOT_STREAMS: Final[dict[str, tuple[RawReply, int, str]]] = {
    "an error": (whole({"error": {"message": "It broke.", "code": 429}}), 429, "It broke."),
    "an error as a string": (whole({"error": "It broke."}), 500, "It broke."),
    "HTML": (whole(b"<html>login</html>", "text/html"), 502, "18 bytes of text/html"),
    "cut JSON": (whole(b'{"id": "x", "cho'), 502, "expected a JSON object"),
    "a list": (whole(b"[]"), 502, "expected a JSON object"),
    "an object of another kind": (whole({"ok": True}), 502, "has no|ended without"),
}


@pytest.mark.parametrize("method", ["completion", "streaming"])
@pytest.mark.parametrize("api", MODELS)
@pytest.mark.parametrize("case", NOT_STREAMS)
def test_a_200_that_is_no_answer_is_an_error(
    upstream: Upstream, case: str, api: str, method: str
) -> None:
    reply, status, words = NOT_STREAMS[case]
    upstream.session.reply_with(reply)
    own = {"model": MODELS[api], "messages": USER, "api_base": upstream.url, "api_key": KEY}
    with pytest.raises(openai.APIError) as error:
        list(getattr(claude_code_router, method)(**own))
    assert error.value.status_code == status  # type: ignore[attr-defined]  # LiteLLM's class
    if (api, method) != ("responses", "completion"):  # there LiteLLM words it
        assert re.search(words, str(error.value))


@pytest.mark.parametrize("api", MODELS)
def test_nothing_at_all_is_an_error(upstream: Upstream, api: str) -> None:
    upstream.session.reply_with(RawReply(headers=EVENT_STREAM, chunks=()))
    chunks, error = collected(upstream, api)
    assert chunks == []
    assert "the stream ended without" in str(error)


def test_a_whole_responses_reply_to_a_stream_is_streamed(upstream: Upstream) -> None:
    part = {"type": "output_text", "text": "All at once.", "annotations": []}
    items = [
        {"type": "message", "id": "m", "role": "assistant", "content": [part]},
        function_call(1, arguments='{"a":1}'),
    ]
    upstream.session.reply_with(whole({**RESPONSE, "output": items}))
    chunks, error = collected(upstream, "responses")
    assert error is None
    assert (text(chunks), called(chunks)) == ("All at once.", [("tool_1", '{"a":1}')])
    assert finish_of(chunks) == "tool_calls"


def test_a_whole_chat_reply_to_a_stream_is_streamed(upstream: Upstream) -> None:
    calls = [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    message = {"role": "assistant", "content": "Yes.", "tool_calls": calls}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    upstream.session.reply_with(whole(body))
    chunks, error = collected(upstream, "chat")
    assert error is None
    assert (text(chunks), called(chunks)) == ("Yes.", [("f", "{}")])


def of_calls(*calls: dict[str, Any]) -> bytes:
    return chunk({"tool_calls": list(calls)})


def a_call(arguments: Any, **fields: Any) -> dict[str, Any]:
    function = {"name": "f", "arguments": arguments, **fields.pop("function", {})}
    return {"index": 0, "id": "a", "type": "function", **fields, "function": function}


def less(call: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in call.items() if key not in keys}


LOOSE_CHAT_CALLS: Final[dict[str, tuple[tuple[bytes, ...], list[tuple[str, str]]]]] = {
    "arguments as an object": ((of_calls(a_call({"a": 1})),), [("f", '{"a":1}')]),
    "arguments null": ((of_calls(a_call(None)),), [("f", "")]),
    "no id": ((of_calls(less(a_call("{}"), "id")),), [("f", "{}")]),
    "no index": (
        (
            of_calls(less(a_call("{"), "index")),
            of_calls({"function": {"arguments": "}"}}),
            of_calls(less(a_call("{}", id="b"), "index")),
        ),
        [("f", "{}"), ("f", "{}")],
    ),
    "neither": (
        (of_calls(less(a_call("{}"), "id", "index"), less(a_call("[]"), "id", "index")),),
        [("f", "{}"), ("f", "[]")],
    ),
    "one index, no id, another name": (
        (
            of_calls(less(a_call("{}"), "id")),
            of_calls(less(a_call("[]", function={"name": "g"}), "id")),
        ),
        [("f", "{}"), ("g", "[]")],
    ),
    "one id for two": (
        (of_calls(a_call("{}")), of_calls(a_call("[]", index=1))),
        [("f", "{}"), ("f", "[]")],
    ),
    "name in a later delta": (
        (of_calls(a_call("", function={"name": None})), of_calls(less(a_call("{}"), "id"))),
        [("f", "{}")],
    ),
    "the old function call": (
        (
            chunk({"function_call": {"name": "f", "arguments": "{"}}),
            chunk({"function_call": {"arguments": "}"}}),
        ),
        [("f", "{}")],
    ),
}


@pytest.mark.parametrize("finish", ["tool_calls", "stop", "function_call"])
@pytest.mark.parametrize("case", LOOSE_CHAT_CALLS)
def test_loose_chat_calls_arrive(upstream: Upstream, case: str, finish: str) -> None:
    """Each whole, with an id of its own, and the reply ends as one with calls."""
    frames, expected = LOOSE_CHAT_CALLS[case]
    upstream.session.reply_with(stream(*frames, chunk(None, finish), DONE))
    chunks, error = collected(upstream, "chat")
    assert error is None
    assert called(chunks) == expected
    assert finish_of(chunks) == "tool_calls"


def added(item: dict[str, Any], **fields: Any) -> bytes:
    return frame(event("response.output_item.added", item=item, **fields))


def done(item: dict[str, Any], **fields: Any) -> bytes:
    return frame(event("response.output_item.done", item=item, **fields))


def argued(delta: Any, **fields: Any) -> bytes:
    return frame(event("response.function_call_arguments.delta", delta=delta, **fields))


CALL: Final = function_call(1)
LOOSE_CALLS: Final[dict[str, tuple[bytes, ...]]] = {
    "arguments as an object": (done(function_call(1, arguments={"a": 1}), output_index=0),),
    "an object in a delta": (added(CALL, output_index=0), argued({"a": 1}, output_index=0)),
    "no output_index": (added(CALL), argued('{"a":', item_id="fc_1"), argued("1}", item_id="fc_1")),
    "no call_id": (done({**less(CALL, "call_id"), "arguments": '{"a":1}'}, output_index=0),),
    "deltas before the call": (
        argued('{"a":', output_index=0),
        added(CALL, output_index=0),
        argued("1}", output_index=0),
    ),
    "arguments done, item not": (
        added(CALL, output_index=0),
        frame(event("response.function_call_arguments.done", output_index=0, arguments='{"a":1}')),
    ),
    "whole in another spelling": (
        added(CALL, output_index=0),
        argued('{"a":1}', output_index=0),
        done(function_call(1, arguments='{ "a": 1 }'), output_index=0),
    ),
    "in the terminal event alone": (
        frame(
            event(
                "response.completed",
                response={**RESPONSE, "output": [function_call(1, arguments='{"a":1}')]},
            )
        ),
    ),
}


@pytest.mark.parametrize("case", LOOSE_CALLS)
def test_loose_responses_calls_arrive(upstream: Upstream, case: str) -> None:
    upstream.session.reply_with(stream(*LOOSE_CALLS[case], frame(COMPLETED)))
    chunks, error = collected(upstream, "responses")
    assert error is None
    assert called(chunks) == [("tool_1", '{"a":1}')]
    assert finish_of(chunks) == "tool_calls"


@pytest.mark.parametrize("api", MODELS)
def test_a_call_without_a_name_is_an_error_after_all_the_rest(upstream: Upstream, api: str) -> None:
    """On ``/v1/messages`` its arguments would be glued to those of the call before."""
    nameless = {**function_call(2, arguments="{}"), "name": None}
    frames = (
        (
            done(function_call(1, arguments="{}")),
            done(nameless),
            frame(said("So.")),
            frame(COMPLETED),
        )
        if api == "responses"
        else (
            of_calls(a_call("{}", function={"name": "tool_1"})),
            of_calls(a_call("{}", index=1, id="b", function={"name": None})),
            chunk({"content": "So."}, "tool_calls"),
            DONE,
        )
    )
    upstream.session.reply_with(stream(*frames))
    chunks, error = collected(upstream, api)
    assert (called(chunks), text(chunks)) == ([("tool_1", "{}")], "So.")
    assert "has no name" in str(error)


def test_empty_arguments_may_be_spelt_in_two_ways(upstream: Upstream) -> None:
    frames = (
        added(CALL, output_index=0),
        argued("{}", output_index=0),
        done(function_call(1, arguments="{ }"), output_index=0),
    )
    upstream.session.reply_with(stream(*frames, frame(COMPLETED)))
    chunks, error = collected(upstream, "responses")
    assert (called(chunks), error) == ([("tool_1", "{}")], None)


def test_arguments_that_contradict_their_deltas_are_an_error(upstream: Upstream) -> None:
    frames = (
        added(CALL, output_index=0),
        argued('{"a":1}', output_index=0),
        done(function_call(1, arguments='{"a":2}'), output_index=0),
    )
    upstream.session.reply_with(stream(*frames, frame(COMPLETED)))
    chunks, error = collected(upstream, "responses")
    assert called(chunks) == [("tool_1", '{"a":1}')]
    assert "are not those that were streamed" in str(error)


LOOSE_CHAT_TEXT: Final[dict[str, tuple[bytes, ...]]] = {
    "parts": (
        chunk({"content": [{"type": "text", "text": "Yes"}, {"type": "text", "text": "."}]}),
    ),
    "choices null": (frame({"choices": None}), chunk({"content": "Yes."})),
    "no choices": (frame({"choices": []}), frame({}), chunk({"content": "Yes."})),
    "delta null": (frame({"choices": [{"index": 0, "delta": None}]}), chunk({"content": "Yes."})),
    "a refusal": (chunk({"refusal": "Yes"}), chunk({"refusal": "."})),
    "comments and heartbeats": (
        b": hello\n\n",
        b"event: ping\ndata: ping\n\n",
        chunk({"content": "Yes."}),
    ),
    "carriage returns": (chunk({"content": "Yes."}).replace(b"\n", b"\r\n"),),
    "no blank lines": (
        chunk({"content": "Yes"}).replace(b"\n\n", b"\n"),
        chunk({"content": "."}).replace(b"\n\n", b"\n"),
    ),
    "no space": (chunk({"content": "Yes."}).replace(b"data: ", b"data:"),),
    "an event on two lines": (b'data: {"choices": [{"delta":\ndata: {"content": "Yes."}}]}\n\n',),
}


@pytest.mark.parametrize("case", LOOSE_CHAT_TEXT)
def test_loose_chat_text_arrives(upstream: Upstream, case: str) -> None:
    upstream.session.reply_with(stream(*LOOSE_CHAT_TEXT[case], chunk(None, "stop"), DONE))
    chunks, error = collected(upstream, "chat")
    assert error is None
    assert (text(chunks), finish_of(chunks)) == ("Yes.", "stop")


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_chat_reasoning_arrives_under_either_name(upstream: Upstream, field: str) -> None:
    frames = (chunk({field: "Hm"}), chunk({field: "."}), chunk({"content": "Yes."}, "stop"), DONE)
    upstream.session.reply_with(stream(*frames))
    chunks, _ = collected(upstream, "chat")
    assert (text(chunks, "reasoning_content"), text(chunks)) == ("Hm.", "Yes.")


def test_events_cut_anywhere_are_read_whole(upstream: Upstream) -> None:
    """Byte by byte, in the midst of characters too."""
    body = chunk({"content": "Überall 🎉"}) + chunk(None, "stop") + DONE
    upstream.session.reply_with(stream(*(body[at : at + 1] for at in range(len(body)))))
    chunks, error = collected(upstream, "chat")
    assert error is None
    assert text(chunks) == "Überall 🎉"


def test_half_a_character_becomes_the_sign_for_one(upstream: Upstream) -> None:
    frames = (frame(rb'{"choices":[{"delta":{"content":"a\ud83d"}}]}'), chunk(None, "stop"), DONE)
    upstream.session.reply_with(stream(*frames))
    chunks, error = collected(upstream, "chat")
    assert error is None
    assert text(chunks) == "a\ufffd"


@pytest.mark.parametrize("api", MODELS)
def test_a_stream_that_stays_open_after_its_last_word_keeps_nobody_waiting(
    upstream: Upstream, api: str
) -> None:
    last = (frame(COMPLETED),) if api == "responses" else (chunk(None, "stop"), DONE)
    first = frame(said("Yes.")) if api == "responses" else chunk({"content": "Yes."})
    upstream.session.reply_with(RawReply(headers=EVENT_STREAM, chunks=(first, *last, 60.0)))
    events = messages_stream(upstream.arguments(MODELS[api]))
    assert events[-1]["type"] == "message_stop"


FINISHES: Final = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "tool_calls": "stop",
    "a word of its own": "stop",
}


@pytest.mark.parametrize("word", FINISHES)
def test_a_chat_reply_without_calls_ends_as_its_upstream_says(
    upstream: Upstream, word: str
) -> None:
    """One that says it has calls, and has none, has stopped: nothing is there to be run."""
    upstream.session.reply_with(stream(chunk({"content": "Yes."}), chunk(None, word), DONE))
    chunks, _ = collected(upstream, "chat")
    assert finish_of(chunks) == FINISHES[word]


def test_calls_that_were_cut_short_end_with_length(upstream: Upstream) -> None:
    upstream.session.reply_with(stream(of_calls(a_call('{"a"')), chunk(None, "length"), DONE))
    chunks, _ = collected(upstream, "chat")
    assert finish_of(chunks) == "length"


def chat_body(**message: Any) -> dict[str, Any]:
    finish = message.pop("finish", "stop")
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


WHOLE_CALLS: Final[dict[str, Callable[[], tuple[str, Any]]]] = {
    "chat arguments as an object": lambda: ("chat", chat_body(tool_calls=[a_call({"a": 1})])),
    "chat no id": lambda: ("chat", chat_body(tool_calls=[less(a_call('{"a":1}'), "id", "type")])),
    "chat old form": lambda: (
        "chat",
        chat_body(function_call={"name": "f", "arguments": '{"a":1}'}, finish="function_call"),
    ),
    "responses arguments as an object": lambda: (
        "responses",
        {**RESPONSE, "output": [{**CALL, "name": "f", "arguments": {"a": 1}}]},
    ),
    "responses no id": lambda: (
        "responses",
        {
            **RESPONSE,
            "output": [{**less(CALL, "id", "call_id"), "name": "f", "arguments": '{"a":1}'}],
        },
    ),
    "responses no created_at": lambda: (
        "responses",
        {
            **less(RESPONSE, "created_at"),
            "output": [{**CALL, "name": "f", "arguments": '{"a":1}'}],
        },
    ),
}


@pytest.mark.parametrize("case", WHOLE_CALLS)
def test_loose_calls_of_a_whole_reply_arrive(upstream: Upstream, case: str) -> None:
    api, body = WHOLE_CALLS[case]()
    upstream.session.reply_with(whole(body))
    own = {"model": MODELS[api], "messages": USER, "api_base": upstream.url, "api_key": KEY}
    reply = claude_code_router.completion(**own)
    [call] = reply.choices[0].message.tool_calls
    assert call.id
    assert (call.function.name, call.function.arguments) == ("f", '{"a":1}')
    assert reply.choices[0].finish_reason == "tool_calls"


def test_a_whole_chat_reply_in_parts_arrives(upstream: Upstream) -> None:
    """LiteLLM's own reading fails on it."""
    parts = [{"type": "text", "text": "Yes"}, {"type": "text", "text": "."}]
    upstream.session.reply_with(whole(chat_body(content=parts, reasoning="Hm.")))
    own = {"model": MODELS["chat"], "messages": USER, "api_base": upstream.url, "api_key": KEY}
    reply = claude_code_router.completion(**own)
    assert reply.choices[0].message.content == "Yes."
    assert reply.choices[0].message.reasoning_content == "Hm."
    assert "stream" not in upstream.last.json()


@pytest.mark.parametrize("choices", [None, [], [{"index": 0, "finish_reason": "stop"}]])
def test_a_whole_chat_reply_without_a_message_is_an_error(upstream: Upstream, choices: Any) -> None:
    upstream.session.reply_with(whole({**chat_body(content="x"), "choices": choices}))
    own = {"model": MODELS["chat"], "messages": USER, "api_base": upstream.url, "api_key": KEY}
    with pytest.raises(openai.APIError, match="answered 200, but no usable reply: ") as error:
        claude_code_router.completion(**own)
    assert error.value.status_code == 502  # type: ignore[attr-defined]  # LiteLLM's class


@pytest.mark.parametrize("last", ["error", "cut", "bad"])
@pytest.mark.parametrize("api", MODELS)
def test_calls_that_wait_for_others_are_not_lost_when_the_stream_breaks(
    upstream: Upstream, api: str, last: str
) -> None:
    """The second call's arguments wait for the end of the first, which never comes."""
    endings = {"error": (frame({"error": {"message": "x"}}),), "cut": (), "bad": (frame(b"{"),)}
    frames = (
        (
            added(function_call(1), output_index=1),
            added(function_call(2), output_index=2),
            argued('{"b":', output_index=2),
            argued('{"a":', output_index=1),
        )
        if api == "responses"
        else (
            of_calls(a_call("", function={"name": "tool_1"})),
            of_calls(a_call('{"b":', index=1, id="b", function={"name": "tool_2"})),
            of_calls({"index": 0, "function": {"arguments": '{"a":'}}),
        )
    )
    upstream.session.reply_with(stream(*frames, *endings[last]))
    chunks, error = collected(upstream, api)
    assert called(chunks) == [("tool_1", '{"a":'), ("tool_2", '{"b":')]
    assert error is not None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_half_a_character_of_a_reply_becomes_the_sign_for_one(
    upstream: Upstream, api: str, method: str
) -> None:
    """LiteLLM's proxy could not encode it, and would answer 500."""
    part = {"type": "output_text", "text": "a@", "annotations": []}
    item = {"type": "message", "id": "m", "role": "assistant", "content": [part]}
    body = {**RESPONSE, "output": [item]} if api == "responses" else chat_body(content="a@")
    upstream.session.reply_with(whole(orjson.dumps(body).replace(b"@", rb"\ud83d")))
    own = {"model": MODELS[api], "messages": USER, "api_base": upstream.url, "api_key": KEY}
    reply = call_handler(method, **own)
    said = text(reply) if isinstance(reply, list) else reply.choices[0].message.content
    assert said == "a\ufffd"


ODD_VALUES: Final[dict[str, tuple[str, Any]]] = {
    "a place that is a list": ("output_index", []),
    "an item's id that is an object": ("item_id", {"a": 1}),
    "a part that is a list": ("content_index", [0]),
}


@pytest.mark.parametrize("case", ODD_VALUES)
def test_an_event_of_another_form_ends_as_an_upstreams_failure(
    upstream: Upstream, case: str
) -> None:
    """After all that came, as a class that LiteLLM knows."""
    field, value = ODD_VALUES[case]
    odd = {**said("lf"), field: value}
    if field == "item_id":
        del odd["output_index"]
    upstream.session.reply_with(stream(frame(said("Half")), frame(odd), frame(COMPLETED)))
    chunks, error = collected(upstream, "responses")
    assert text(chunks) == "Half"
    assert "has not the form of its API (TypeError)" in str(error)


@pytest.mark.parametrize("api", MODELS)
def test_usage_that_is_no_number_counts_nothing(upstream: Upstream, api: str) -> None:
    names = ("input_tokens", "output_tokens", "prompt_tokens", "completion_tokens")
    body = {**RESPONSE, "output": []} if api == "responses" else chat_body(content="x")
    data = orjson.dumps({**body, "usage": dict.fromkeys(names, "@")}).replace(b'"@"', b"1e999")
    upstream.session.reply_with(whole(data.replace(b"1e999", b"NaN", 1)))
    own = {"model": MODELS[api], "messages": USER, "api_base": upstream.url, "api_key": KEY}
    usage = claude_code_router.completion(**own).usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (0, 0)


def test_arguments_with_a_number_beyond_64_bits_arrive(upstream: Upstream) -> None:
    """An object that orjson cannot write, and Python can."""
    number = b"1" + b"0" * 30
    body = frame(event("response.output_item.done", item=function_call(1, arguments={"a": 1})))
    deep = body.replace(b'"arguments":{"a":1}', b'"arguments":{"a":%s,"b":"\\ud83d"}' % number)
    assert deep != body
    upstream.session.reply_with(stream(deep, frame(COMPLETED)))
    chunks, error = collected(upstream, "responses")
    assert error is None
    [(name, arguments)] = called(chunks)
    assert (name, orjson.loads(arguments)["a"]) == ("tool_1", float(number))


@pytest.mark.parametrize("api", MODELS)
def test_json_nested_deeper_than_python_goes_is_an_error(upstream: Upstream, api: str) -> None:
    upstream.session.reply_with(stream(b'data: {"a":' + b"[" * 100_000 + b"\n\n"))
    _, error = collected(upstream, api)
    assert "1 of the stream's events could not be read" in str(error)


@pytest.mark.parametrize(
    "beside",
    [{"images": "x"}, {"audio": {}}, {"annotations": 5}, {"thinking_blocks": "x"}],
    ids=lambda beside: next(iter(beside)),
)
def test_what_stands_beside_a_text_in_no_known_form_costs_nobody_the_text(
    upstream: Upstream, beside: dict[str, Any]
) -> None:
    body = chat_body(content="Yes.", **beside)
    body["choices"][0]["logprobs"] = {"content": 5}
    upstream.session.reply_with(whole({**body, "system_fingerprint": ["x"]}))
    own = {"model": MODELS["chat"], "messages": USER, "api_base": upstream.url, "api_key": KEY}
    assert claude_code_router.completion(**own).choices[0].message.content == "Yes."


def test_of_several_streamed_answers_one_is_followed(upstream: Upstream) -> None:
    """Their deltas come in chunks of their own, and would be mixed into one text."""
    other = {"index": 1, "delta": {"content": "No."}, "finish_reason": "length"}
    frames = (chunk({"content": "Ye"}), frame({"choices": [other]}), chunk({"content": "s."}))
    upstream.session.reply_with(stream(*frames, chunk(None, "stop"), DONE))
    chunks, error = collected(upstream, "chat")
    assert error is None
    assert (text(chunks), finish_of(chunks)) == ("Yes.", "stop")
