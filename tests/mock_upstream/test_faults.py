"""Faults over real sockets: what leaves the mock, byte for byte, and what clients make of it."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
import orjson
import pytest

from mock_upstream import (
    BrokenConnectionError,
    Entry,
    FaultRule,
    Match,
    MockServer,
    RawReply,
    ReplyPlan,
    Script,
    Session,
    ToolCall,
    create_app,
    load_profile,
    parse_script,
)
from mock_upstream.faults import (
    ContentLength,
    Disconnect,
    FirstToken,
    Garbage,
    Hangup,
    Latency,
    Malformed,
    RateLimit,
    Stall,
    Status,
    TokensPerSecond,
    Truncate,
)
from mock_upstream.faults.fault import Stage, composed, stage_of
from mock_upstream.faults.rate_limit import duration
from mock_upstream.faults.timing import tokens
from mock_upstream.wire import Cut, WireReply, bytewise, json_reply, stream_reply

ASK = {"model": "gpt-5.2", "input": "hi"}
CHAT = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}]}
PATHS = {"/v1/responses": ASK, "/v1/chat/completions": CHAT}


def ask(mock: Any, path: str = "/v1/responses", **changes: Any) -> httpx.Response:
    answer: httpx.Response = mock.client.post(path, json=PATHS[path] | changes)
    return answer


def strike(mock: Any, *faults: Any, **rule: Any) -> None:
    mock.session.use_faults((FaultRule(faults, **rule),))


def received(mock: Any, path: str = "/v1/responses", **changes: Any) -> tuple[bytes, bool]:
    """All bytes that a raw client gets until the connection ends, and whether it was reset."""
    address = urlsplit(mock.url)
    body = orjson.dumps(PATHS[path] | changes)
    head = f"POST {path} HTTP/1.1\r\nHost: m\r\nAuthorization: Bearer k\r\n"
    got = b""
    with socket.create_connection((address.hostname, address.port), timeout=10) as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        try:
            while data := client.recv(65536):
                got += data
        except ConnectionResetError:
            return got, True
    return got, False


def events(stream: bytes) -> list[bytes]:
    return [block + b"\n\n" for block in stream.split(b"\n\n") if block]


@pytest.fixture
def client(mock: Any) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{mock.url}/v1", api_key="k", max_retries=0, timeout=10) as made:
        yield made


# Status


RATE = {"message": "Rate limit reached for requests", "type": "requests"}
BUSY = {"message": "The engine is currently overloaded, please try again later"}


@pytest.mark.parametrize(
    ("profile", "status", "expected"),
    [
        ("openai", 429, {"error": RATE | {"param": None, "code": "rate_limit_exceeded"}}),
        ("openai", 503, {"error": BUSY | {"type": "server_error", "param": None, "code": None}}),
        ("gateway", 503, {"detail": BUSY["message"]}),
        ("lmstudio", 418, {"error": "I'm a Teapot"}),
        ("groq", 529, {"error": {"message": "Status 529", "type": "server_error"}}),
    ],
)
def test_a_status_is_worded_in_the_profile_s_envelope(
    serve: Any, profile: str, status: int, expected: Any
) -> None:
    """Without a body of its own; the request keeps its id."""
    mock = serve(profile)
    strike(mock, Status(status, retry_after=2))
    answer = ask(mock)
    assert (answer.status_code, answer.json()) == (status, expected)
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["x-request-id"] == "req_mock000001"


def test_a_status_may_have_body_and_headers_of_its_own(mock: Any) -> None:
    """As a gateway in front of the upstream answers."""
    strike(mock, Status(502, b"<html>", {"content-type": "text/html", "x-proxy": "p"}))
    answer = ask(mock)
    assert (answer.status_code, answer.content) == (502, b"<html>")
    assert (answer.headers["content-type"], answer.headers["x-proxy"]) == ("text/html", "p")


def test_a_fault_that_answers_instead_takes_nothing_from_the_script(mock: Any) -> None:
    """The request never got there: the retry gets the first reply, and the journal says so."""
    mock.session.reply_with(ReplyPlan(text="queued"))
    mock.session.use_script(
        parse_script(
            "{entries: [{match: {nth: 1}, reply: a}], faults: [{fault: {status: 500}, times: 2}]}"
        )
    )
    assert [ask(mock).status_code for _ in range(2)] == [500, 500]
    assert mock.session.replies_left == 1
    assert b"queued" in ask(mock).content
    assert b'"a"' in ask(mock).content
    entries = mock.session.journal.entries
    assert [(one.status, one.fault) for one in entries[:3]] == [
        (500, "status"), (500, "status"), (200, None)
    ]  # fmt: skip
    assert all(one.verdict.accepted for one in entries)


def test_a_fault_strikes_refused_requests_too(mock: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It stands before the upstream; journal and log have the upstream's verdict, and the fault."""
    caplog.set_level("INFO", "mock_upstream.requests")
    strike(mock, Status(503), times=1)
    assert ask(mock, unknown_field=1).status_code == 503
    assert ask(mock, unknown_field=1).status_code == 400
    assert not mock.session.journal.entries[0].verdict.accepted
    line = "POST /v1/responses 503 refused: unknown-parameter at unknown_field fault: status"
    assert line in caplog.messages[0]


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"times": 2}, [1, 2]),
        ({"every": 3}, [3, 6]),
        ({"after": 5}, [6, 7, 8]),
        ({"every": 3, "after": 1}, [4, 7]),
        ({"every": 2, "after": 2, "times": 2}, [4, 6]),
        ({"match": Match(nth=3)}, [3]),
    ],
)
def test_faults_are_counted(mock: Any, rule: dict[str, Any], struck: list[int]) -> None:
    """The first n, every n-th, after n, and all of them together."""
    strike(mock, Status(500), **rule)
    found = [number for number in range(1, 9) if ask(mock).status_code == 500]
    assert found == struck


def test_a_fault_counts_the_requests_that_match(mock: Any) -> None:
    """The model list is another path, and another model another request."""
    strike(mock, Status(500), every=2, match=Match(model="gpt-5.2"))
    assert ask(mock).status_code == 200
    assert ask(mock, model="gpt-5.1").status_code == 200
    assert mock.client.get("/v1/models").status_code == 200
    assert ask(mock).status_code == 500
    strike(mock, Status(500))
    assert mock.client.get("/v1/models").status_code == 200
    strike(mock, Status(500), match=Match(endpoint="any"))
    assert mock.client.get("/v1/models").status_code == 500
    assert mock.client.get("/nowhere").status_code == 500


# Composition


def test_the_order_of_faults_is_that_of_their_stages() -> None:
    """However they are written down: content, then timing, then the connection."""
    reply = stream_reply(b"data: 1\n\ndata: 2\n\ndata: 3\n\n")
    order = (ContentLength(5), Stall(1, 3.0), Truncate(after_events=2), Latency(1))
    struck = composed(reply, order)
    assert (struck.before, struck.chunks) == ((1.0,), (b"data: 1\n\n", 3.0, b"data: 2\n\n"))
    assert (b"content-length", b"23") in struck.headers
    assert composed(reply, order[::-1]) == struck
    ended = composed(reply, (Disconnect(after_events=1), Truncate(after_events=2)))
    assert ended.chunks == (b"data: 1\n\n", Cut())


def test_a_fault_that_answers_instead_changes_nothing_at_the_upstream(mock: Any) -> None:
    """A response whose deletion never got there is still kept."""
    path = f"/v1/responses/{ask(mock).json()['id']}"
    strike(mock, Status(503), match=Match(endpoint="stored"), times=1)
    assert [mock.client.delete(path).status_code for _ in range(3)] == [503, 200, 404]


def test_any_callable_is_a_fault(mock: Any) -> None:
    """One without a stage changes the content, and is called by its name."""
    assert stage_of(str) is Stage.CONTENT  # type: ignore[arg-type]  # any callable

    def louder(reply: WireReply) -> WireReply:
        return WireReply(reply.status, reply.headers, tuple(
            one.upper() if isinstance(one, bytes) else one for one in reply.chunks
        ))  # fmt: skip

    strike(mock, louder)
    assert b"HELLO FROM THE MOCK UPSTREAM." in ask(mock).content
    assert mock.session.journal.entries[0].fault == "louder"


def test_of_several_that_answer_instead_the_first_does(mock: Any) -> None:
    """In one answer too; and what was not answered is not kept."""
    both = (Latency(0), Status(500), Garbage())
    mock.session.use_script(Script((Entry(fault=both, times=1),)))
    assert ask(mock).status_code == 500
    assert len(mock.session.responses) == 0
    assert mock.session.journal.entries[0].fault == "status+latency"


def test_a_fault_that_fails_is_told(mock: Any) -> None:
    """A function that raises, or gives no reply, is the harness's own 400, noted in the journal."""

    def broken(_reply: WireReply) -> WireReply:
        raise RuntimeError("boom")

    strike(mock, broken)
    answer = ask(mock)
    assert (answer.status_code, answer.headers["x-mock-upstream"]) == (400, "fault-failed")
    message = "The fault 'broken' raised RuntimeError('boom')."
    assert answer.json()["error"]["message"] == message
    strike(mock, lambda _reply: None)
    assert "gave NoneType; expected a WireReply" in ask(mock).text
    rules = [one.verdict.violations[0].rule for one in mock.session.journal.entries]
    assert rules == ["fault-failed"] * 2


def test_garbage_stays_garbage_with_other_faults(mock: Any) -> None:
    """A wrong content length gives it no head."""
    strike(mock, Garbage(100), ContentLength(3), Truncate(after_bytes=50), Latency(0.01))
    assert received(mock)[0] == Garbage(50)(WireReply(200, (), ())).chunks[0]


def test_several_faults_strike_one_reply(mock: Any) -> None:
    """Of two that answer instead the first does; all others add to it."""
    mock.session.use_faults(
        (
            FaultRule(Latency(0.05)),
            FaultRule(Status(500)),
            FaultRule(Status(503)),
            FaultRule(Truncate(after_bytes=5)),
        )
    )
    began = time.monotonic()
    answer = ask(mock)
    assert time.monotonic() - began >= 0.05
    assert (answer.status_code, answer.content) == (500, b'{"err')
    assert mock.session.journal.entries[0].fault == "status+truncate+latency"


def test_the_faults_of_an_answer_strike_that_answer(mock: Any) -> None:
    """A reply with a fault beside it; the next answer of the sequence is whole."""
    mock.session.use_script(
        parse_script(
            """
entries:
  - sequence:
      - {reply: one, fault: {truncate: {after_bytes: 3}}}
      - {reply: two}
"""
        )
    )
    assert ask(mock).content == b'{"i'
    assert b"two" in ask(mock).content


# Time


def arrivals(mock: Any, **changes: Any) -> list[tuple[float, bytes]]:
    """The pieces of a reply, each with the seconds since the request."""
    began = time.monotonic()
    with mock.client.stream("POST", "/v1/responses", json=ASK | changes) as response:
        head = [(time.monotonic() - began, b"")]
        return head + [(time.monotonic() - began, one) for one in response.iter_raw()]


def test_latency_holds_the_head_back(mock: Any) -> None:
    """The status comes after it, and nothing is waited for again."""
    strike(mock, Latency(0.2))
    assert arrivals(mock)[0][0] >= 0.2


def test_a_slow_first_token_comes_after_the_opening_events(mock: Any) -> None:
    """The response is created before it, and nothing else is held back."""
    strike(mock, FirstToken(0.3))
    (_, _), (_, opening), *rest = arrivals(mock, stream=True)
    assert b"response.created" in opening
    assert b"output_text.delta" not in opening
    assert rest[0][0] >= 0.3
    assert b"output_text.delta" in rest[0][1]


def test_pauses_stand_where_tokens_are() -> None:
    """One before the first token, and one behind each event, as long as its tokens take."""
    said = b'data: {"delta":"12345678"}\n\n'
    reply = stream_reply(b": hello\n\n" + said + b"data: 1\n\n" + said)
    assert FirstToken(2)(reply).chunks == (b": hello\n\n", 2.0, said + b"data: 1\n\n" + said)
    slow = TokensPerSecond(4)(reply)
    assert slow.chunks == (b": hello\n\n" + said, 0.5, b"data: 1\n\n" + said, 0.5)
    both = composed(reply, (TokensPerSecond(4), FirstToken(2), Stall(1, 9), Latency(1)))
    assert both.before == (1.0,)
    assert both.chunks == (
        *(b": hello\n\n", 2.0, 9.0, said),
        *(0.5, b"data: 1\n\n" + said, 0.5),
    )


def test_a_whole_reply_waits_for_the_tokens_of_its_usage() -> None:
    """In either API's words; without a count it does not wait."""
    for body, seconds in (
        (b'{"usage":{"output_tokens":8}}', 2.0),
        (b'{"usage":{"completion_tokens":4}}', 1.0),
        (b'{"usage":{}}', 0.0),
        (b'{"usage":7}', 0.0),
        (b"[]", 0.0),
        (b"text", 0.0),
    ):
        assert TokensPerSecond(4)(json_reply(body)).before == (seconds,)
        assert FirstToken(3)(json_reply(body)).before == (3.0,)


@pytest.mark.parametrize("path", PATHS)
def test_tokens_come_at_their_rate(path: str, mock: Any) -> None:
    """Eight tokens at forty a second take a fifth of a second, in either API."""
    strike(mock, TokensPerSecond(40))
    body = PATHS[path] | {"stream": True}
    began = time.monotonic()
    with mock.client.stream("POST", path, json=body) as response:
        pieces = list(response.iter_raw())
    assert time.monotonic() - began >= 0.19
    assert len(pieces) == 3
    strike(mock, TokensPerSecond(40))
    began = time.monotonic()
    assert ask(mock, path).status_code == 200
    assert time.monotonic() - began >= 0.19


def test_a_plan_may_have_a_time_of_its_own(mock: Any) -> None:
    """`delay`, `first_token` and `tokens_per_second` add up; without them it is one write."""
    plan = ReplyPlan("x" * 32, delay=0.1, first_token=0.1, tokens_per_second=40)
    mock.session.reply_with(plan)
    pieces = arrivals(mock, stream=True)
    assert pieces[0][0] >= 0.1
    assert pieces[2][0] >= 0.2
    assert pieces[-1][0] >= 0.4
    timed = b"".join(data for _, data in pieces)
    mock.session.reply_with(ReplyPlan("x" * 32))
    plain = arrivals(mock, stream=True)
    assert len(plain) == 2
    assert timed.replace(b"000001", b"000002") == plain[1][1]


def test_one_byte_chunks_and_timing_go_together() -> None:
    """The quirk keeps the pauses of the plan."""
    reply = WireReply(200, (), (b"ab", 1.0, b"c", Cut()))
    assert bytewise(reply).chunks == (b"a", b"b", 1.0, b"c", Cut())


@pytest.mark.parametrize(
    ("event", "count"),
    [
        (b'event: x\ndata: {"type":"response.output_text.delta","delta":"12345"}\n\n', 2),
        (b'data: {"choices":[{"delta":{"content":"1234"}}]}\n\n', 1),
        (
            b'data: {"choices":[{"delta":{"tool_calls":'
            b'[{"function":{"name":"Bash","arguments":"{\\"a"}}]}}]}\n\n',
            1,
        ),
        (b'data: {"choices":[{"delta":{"role":"assistant","content":null}}]}\n\n', 0),
        (b"data: [DONE]\n\n", 0),
        (b": comment\n\n", 0),
        (b"data: 7\n\n", 0),
        (b'data: {"choices": 7}\n\n', 0),
    ],
)  # fmt: skip
def test_a_token_is_four_characters_of_what_is_said(event: bytes, count: int) -> None:
    """Text, refusals and arguments count; names, ends and comments do not."""
    assert tokens(event) == count


def test_a_stall_goes_on_if_it_is_told_to(mock: Any) -> None:
    """After its seconds the rest follows, and nothing is lost."""
    strike(mock, Stall(2, 0.2))
    pieces = arrivals(mock, stream=True)
    assert len(events(pieces[1][1])) == 2
    assert pieces[2][0] >= 0.2
    assert b"response.completed" in pieces[-1][1]


@pytest.mark.parametrize("fault", [Stall(2), Stall(), Latency(3600), FirstToken(3600)])
def test_a_client_that_leaves_during_a_stall_frees_everything(no_tls: Any, fault: Any) -> None:
    """A server that would let running replies finish for an hour stops: none is running."""
    session = Session(load_profile("openai"))
    session.use_faults((FaultRule(fault, times=1),))
    server = MockServer(create_app(session), grace=3600).start()
    headers = {"authorization": "Bearer k"}
    with httpx.Client(base_url=server.url, headers=headers, verify=no_tls) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/responses", json=ASK | {"stream": True}, timeout=0.2)
        assert client.post("/v1/responses", json=ASK).status_code == 200
    stopping = threading.Thread(target=server.stop, daemon=True)
    stopping.start()
    stopping.join(20)
    assert not stopping.is_alive()


def test_two_streams_do_not_see_each_other(mock: Any) -> None:
    """While one stalls, another is served whole; each has its own fault."""
    mock.session.use_faults((FaultRule(Stall(1), match=Match(header={"x-who": "slow"})),))
    slow = {"x-who": "slow"}
    stream = mock.client.stream("POST", "/v1/responses", json=ASK | {"stream": True}, headers=slow)
    with stream as response:
        first = next(response.iter_raw())
        assert len(events(first)) == 1
        for _ in range(3):
            assert b"response.completed" in ask(mock, stream=True).content


# Broken streams


def test_a_truncated_stream_ends_as_if_it_were_whole(mock: Any) -> None:
    """After so many events, within the next one, or after so many bytes; HTTP sees no fault."""
    whole = events(ask(mock, stream=True).content)
    half = whole[3][: len(whole[3]) // 2]
    same = bytes.maketrans(b"0123456789", b"0000000000")
    for fault, kept in (
        (Truncate(after_events=3), b"".join(whole[:3])),
        (Truncate(after_events=3, within_event=True), b"".join(whole[:3]) + half),
        (Truncate(after_bytes=100), b"".join(whole)[:100]),
        (Truncate(after_events=99), b"".join(whole)),
        (Truncate(after_events=0), b""),
    ):  # fmt: skip
        strike(mock, fault)
        assert ask(mock, stream=True).content.translate(same) == kept.translate(same)


def test_a_whole_reply_is_one_event(mock: Any) -> None:
    """Cut within it its content length is that of what is left."""
    whole = ask(mock).content
    strike(mock, Truncate(after_events=0, within_event=True))
    answer = ask(mock)
    assert len(answer.content) == len(whole) // 2 == int(answer.headers["content-length"])
    strike(mock, Truncate(after_events=1))
    assert len(ask(mock).content) == len(whole)


@pytest.mark.parametrize("how", ["json", "field", "utf-8", "unseparated"])
def test_a_malformed_event_is_the_one_that_was_named(mock: Any, how: Any) -> None:
    """The others are as they were."""
    same = bytes.maketrans(b"0123456789", b"0000000000")
    whole = events(ask(mock, stream=True).content.translate(same))
    strike(mock, Malformed(2, how))
    broken = ask(mock, stream=True).content.translate(same)
    middle = len(whole[1][:-2]) // 2
    second = {
        "json": whole[1][:-3] + b"\n\n",
        "field": whole[1].replace(b": ", b" "),
        "utf-8": whole[1][:middle] + b"\xff" + whole[1][middle:],
        "unseparated": whole[1][:-1],
    }[how]  # fmt: skip
    assert broken == whole[0] + second + b"".join(whole[2:])


def test_an_event_beyond_the_end_is_the_last(mock: Any) -> None:
    """So a whole reply, which is one, is broken by any number; a raw one without bytes is not."""
    strike(mock, Malformed(99))
    assert not is_json(ask(mock).content)
    mock.session.reply_with(RawReply(status=204))
    assert ask(mock).status_code == 204


def is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def test_faults_keep_the_pauses_of_a_raw_reply(mock: Any) -> None:
    """An event that a pause divides is one event."""
    chunks = (b"data: 1\n", 0.1, b"\nda", 0.1, b"ta: 2\r\n\r\ndata: 3\n\n")
    headers = {"content-type": "text/event-stream"}
    mock.session.reply_with(RawReply(headers=headers, chunks=chunks))
    strike(mock, Truncate(after_events=2))
    began = time.monotonic()
    assert ask(mock).content == b"data: 1\n\ndata: 2\r\n\r\n"
    assert time.monotonic() - began >= 0.2


# The connection


def test_a_disconnect_before_the_headers_sends_nothing(mock: Any) -> None:
    """Not a byte; with reset the client gets a reset. The journal has no status."""
    strike(mock, Hangup())
    assert received(mock) == (b"", False)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        ask(mock)
    strike(mock, Hangup(reset=True))
    assert received(mock) == (b"", True)
    entries = mock.session.journal.entries
    assert [(one.status, one.fault) for one in entries] == [(None, "disconnect")] * 3
    mock.session.use_faults(())
    assert ask(mock).status_code == 200


@pytest.mark.parametrize("reset", [False, True])
def test_a_disconnect_in_mid_stream_leaves_the_body_unfinished(mock: Any, *, reset: bool) -> None:
    """So many events came; the end of the chunked body never does."""
    strike(mock, Disconnect(after_events=2, reset=reset))
    got, was_reset = received(mock, stream=True)
    assert was_reset is reset
    assert got.count(b"\ndata: ") == 2
    assert not got.endswith(b"0\r\n\r\n")
    with pytest.raises(httpx.ReadError if reset else httpx.RemoteProtocolError):
        ask(mock, stream=True)


def test_a_disconnect_after_bytes_counts_those_of_the_body(mock: Any) -> None:
    """Of a whole reply too, whose length was announced; none at all leaves the head."""
    for size in (100, 0):
        strike(mock, Disconnect(after_bytes=size))
        head, _, body = received(mock)[0].partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert len(body) == size
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message"):
        ask(mock)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("off_by", [-10, 10])
def test_a_wrong_content_length_is_announced(mock: Any, off_by: int, *, stream: bool) -> None:
    """The body is whole, its announced length is not, and the connection is closed behind it."""
    strike(mock, ContentLength(off_by))
    head, _, body = received(mock, stream=stream)[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert f"content-length: {len(body) + off_by}".encode() in lines
    assert b"connection: close" in lines
    assert not [line for line in lines if line.startswith(b"transfer-encoding")]
    if off_by > 0:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message"):
            ask(mock, stream=stream)
    else:
        assert len(ask(mock, stream=stream).content) == len(body) - 10
    assert mock.session.journal.entries[0].status == 200


def test_garbage_is_no_http(mock: Any) -> None:
    """The same bytes each time, or those that a test gives; the client cannot parse them."""
    strike(mock, Garbage(100))
    first, second = received(mock)[0], received(mock)[0]
    assert (len(first), first) == (100, second)
    with pytest.raises(httpx.RemoteProtocolError):
        ask(mock)
    strike(mock, Garbage(data=b"SSH-2.0-OpenSSH\r\n"))
    assert received(mock) == (b"SSH-2.0-OpenSSH\r\n", False)
    assert mock.session.journal.entries[0].status is None


def test_requests_behind_a_broken_one_are_not_answered(mock: Any) -> None:
    """Two requests at once on one connection: the first is cut off, so the second gets nothing."""
    strike(mock, Hangup(), times=1)
    address = urlsplit(mock.url)
    request = b"GET /v1/models HTTP/1.1\r\nHost: m\r\nAuthorization: Bearer k\r\n\r\n"
    strike(mock, Hangup(), times=1, match=Match(endpoint="any"))
    with socket.create_connection((address.hostname, address.port), timeout=10) as client:
        client.sendall(request * 2)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1000) == b""


def test_an_in_process_client_gets_an_exception_instead() -> None:
    """Plain ASGI cannot break a connection: the fault says so, before and in mid-reply."""

    async def main(fault: Any) -> httpx.Response:
        session = Session(load_profile("openai"))
        session.use_faults((FaultRule(fault),))
        transport = httpx.ASGITransport(create_app(session))
        headers = {"authorization": "Bearer k"}
        async with httpx.AsyncClient(transport=transport, base_url="http://m") as client:
            return await client.post("/v1/responses", json=ASK, headers=headers)

    for fault in (Hangup(), Disconnect(after_bytes=5), ContentLength(1), Garbage()):
        with pytest.raises(BrokenConnectionError, match="without the mock's own server"):
            asyncio.run(main(fault))
    assert asyncio.run(main(Status(503))).status_code == 503
    assert asyncio.run(main(Latency(0.01))).status_code == 200


# Limits of requests


def test_a_rate_limit_tells_what_is_left_and_refuses_the_rest(serve: Any) -> None:
    """With OpenAI's headers, by the session's clock; a window begins when one has ended."""
    now = [100.0]
    mock = serve(clock=lambda: now[0])
    strike(mock, RateLimit(requests=2, per=60))
    first, second, third = (ask(mock) for _ in range(3))
    assert [one.status_code for one in (first, second, third)] == [200, 200, 429]
    told = [
        [one.headers[f"x-ratelimit-{what}-requests"] for what in ("limit", "remaining", "reset")]
        for one in (first, second, third)
    ]
    assert told == [["2", "1", "1m0s"], ["2", "0", "1m0s"], ["2", "0", "1m0s"]]
    assert third.headers["retry-after"] == "60"
    assert third.json()["error"]["code"] == "rate_limit_exceeded"
    assert [one.fault for one in mock.session.journal.entries] == [None, None, "rate_limit"]
    now[0] += 59.5
    late = ask(mock)
    assert (late.status_code, late.headers["retry-after"]) == (429, "1")
    assert late.headers["x-ratelimit-reset-requests"] == "500ms"
    now[0] += 0.5
    assert ask(mock).headers["x-ratelimit-remaining-requests"] == "1"


def test_a_rate_limit_counts_whoever_was_let_in(mock: Any) -> None:
    """A 401 does not count and is not told; a 400 does, as at OpenAI."""
    strike(mock, RateLimit(requests=1))
    wrong = mock.client.post("/v1/responses", json=ASK, headers={"authorization": "none"})
    assert wrong.status_code == 401
    assert "x-ratelimit-limit-requests" not in wrong.headers
    assert ask(mock, unknown_field=1).headers["x-ratelimit-remaining-requests"] == "0"
    assert ask(mock).status_code == 429


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0001, "1ms"),
        (0.5, "500ms"),
        (1, "1s"),
        (8.64, "8.64s"),
        (59.999, "1m0s"),
        (90, "1m30s"),
        (3600, "1h0m0s"),
    ],
)
def test_durations_look_like_openai_s(seconds: float, text: str) -> None:
    """As in its documentation of the headers."""
    assert duration(seconds) == text


# What the official client makes of it


def retried(mock: Any, fault: Any, call: Callable[[openai.OpenAI], object], times: int) -> int:
    """How many requests the official client sends when the first ones fail."""
    strike(mock, fault, times=times)
    with openai.OpenAI(base_url=f"{mock.url}/v1", api_key="k", max_retries=2, timeout=5) as made:
        call(made)
    count = len(mock.session.journal.entries)
    mock.session.journal.clear()
    return count


def test_the_official_client_retries_what_happens_before_the_body(mock: Any) -> None:
    """Statuses, hang-ups and garbage: a later request succeeds, and its user sees nothing."""

    def call(client: openai.OpenAI) -> None:
        assert client.responses.create(model="gpt-5.2", input="hi").output_text

    for fault in (
        Status(429, retry_after=0),
        Status(500, headers={"retry-after-ms": "1"}),
        Status(503, headers={"retry-after-ms": "1"}),
    ):
        assert retried(mock, fault, call, 2) == 3
    for fault in (Hangup(), Hangup(reset=True), Garbage()):
        assert retried(mock, fault, call, 1) == 2


def test_the_official_client_raises_what_it_does_not_retry(
    mock: Any, client: openai.OpenAI
) -> None:
    """Each with an exception of its own kind."""
    kinds = {
        400: openai.BadRequestError,
        401: openai.AuthenticationError,
        429: openai.RateLimitError,
        503: openai.InternalServerError,
    }
    for status, kind in kinds.items():
        strike(mock, Status(status))
        with pytest.raises(kind):
            client.responses.create(model="gpt-5.2", input="hi")


def test_the_official_client_does_not_notice_a_truncated_stream(
    mock: Any, client: openai.OpenAI
) -> None:
    """It stops without an error and without the last event: its user has to look for that."""
    strike(mock, Truncate(after_events=3))
    kinds = [event.type for event in client.responses.create(model="m", input="hi", stream=True)]
    assert (len(kinds), kinds[0]) == (3, "response.created")
    assert "response.completed" not in kinds


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Malformed(2), (orjson.JSONDecodeError, ValueError)),
        (Malformed(2, "utf-8"), (UnicodeDecodeError, ValueError)),
        (Truncate(after_events=2, within_event=True), ()),
        (Disconnect(after_events=2), (httpx.RemoteProtocolError,)),
        (Disconnect(after_events=2, reset=True), (httpx.ReadError,)),
        (ContentLength(10), (httpx.RemoteProtocolError,)),
    ],
)
def test_the_official_client_raises_what_breaks_in_mid_stream(
    mock: Any, client: openai.OpenAI, fault: Any, kind: Any
) -> None:
    """And sends no second request: what was read cannot be taken back."""
    strike(mock, fault)
    seen = []
    catch = pytest.raises(kind) if kind else contextlib.nullcontext()
    with catch:
        seen += list(client.responses.create(model="gpt-5.2", input="hi", stream=True))
    assert len(mock.session.journal.entries) == 1


def test_a_stalled_stream_ends_with_the_client_s_timeout(mock: Any) -> None:
    """The SDK's own limit of time cures it, in Chat Completions as well."""
    strike(mock, Stall(2))
    url = f"{mock.url}/v1"
    with openai.OpenAI(base_url=url, api_key="k", max_retries=0, timeout=0.3) as made:
        stream: Any = made.chat.completions.create(
            model="gpt-4.1", messages=CHAT["messages"], stream=True
        )  # type: ignore[call-overload]  # a plain dict
        with pytest.raises(httpx.ReadTimeout):
            list(stream)


def test_a_tool_call_survives_slow_tokens(mock: Any, client: openai.OpenAI) -> None:
    """Timing changes when the events come, not what they are."""
    call = ToolCall("Bash", '{"command":"' + "ls " * 20 + '"}')
    mock.session.use_script(Script((Entry(ReplyPlan(tool_calls=(call,), tokens_per_second=500)),)))
    stream = client.responses.create(model="gpt-5.2", input="hi", stream=True)
    done = [event for event in stream if event.type == "response.function_call_arguments.done"]
    assert done[0].arguments == call.arguments
