"""Scripts played over real sockets: who is answered what, how often, and what strictness says."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson
import pytest

from mock_upstream import (
    Entry,
    FaultRule,
    Match,
    RawReply,
    ReplyPlan,
    Script,
    Session,
    ToolCall,
    load_profile,
    parse_script,
)
from mock_upstream.faults import Latency, Status
from mock_upstream.scripts import ABSENT, PRESENT, Contains, Equals, Matches

ASK = {"model": "gpt-5.2", "input": "hi"}
CHAT = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}]}


def ask(mock: Any, path: str = "/v1/responses", headers: Any = None, **changes: Any) -> Any:
    base = ASK if path == "/v1/responses" else CHAT
    return mock.client.post(path, json=base | changes, headers=headers)


def said(response: httpx.Response) -> str:
    """What an answer says, in either API."""
    body = response.json()
    if "choices" in body:
        return str(body["choices"][0]["message"]["content"])
    return str(body["output"][-1]["content"][0]["text"])


def play(mock: Any, text: str) -> None:
    mock.session.use_script(parse_script(text))


def test_the_first_entry_that_matches_answers(mock: Any) -> None:
    """By endpoint and model; what nothing matches, the mock answers of itself."""
    play(
        mock,
        """
entries:
  - {match: {endpoint: chat}, reply: chat}
  - {match: {model: gpt-5.2}, reply: by model}
  - {match: {endpoint: responses}, reply: the rest}
""",
    )
    assert said(ask(mock, "/v1/chat/completions")) == "chat"
    assert said(ask(mock)) == "by model"
    assert said(ask(mock, model="gpt-5.1")) == "the rest"
    mock.session.use_script(Script())
    assert said(ask(mock)) == "Hello from the mock upstream."


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        (Match(body={"input": "hi"}), True),
        (Match(body={"input": "ho"}), False),
        (Match(body={"input": Contains("h")}), True),
        (Match(body={"input": Matches("^h.$")}), True),
        (Match(body={"input": Matches("^i")}), False),
        (Match(body={"metadata": ABSENT}), True),
        (Match(body={"metadata": PRESENT}), False),
        (Match(body={"tools[*].name": "Read"}), True),
        (Match(body={"tools[?type=function].name": "Write"}), False),
        (Match(body={"tools[1].name": "Read"}), True),
        (Match(body={"tools[0].strict": False}), True),
        (Match(body={"tools[0].strict": 0}), False),
        (Match(body={"max_output_tokens": 100.0}), True),
        (Match(body={"tools[0].parameters": {"type": "object", "properties": {}}}), True),
        (Match(body={"include": Contains("reasoning.encrypted_content")}), True),
        (Match(model=Matches("^gpt-5")), True),
        (Match(model="gpt-5"), False),
        (Match(header={"X-Test": "1"}), True),
        (Match(header={"x-test": Matches("[2-9]")}), False),
        (Match(header={"x-other": ABSENT}), True),
        (Match(header={"authorization": "Bearer key-from-call"}), True),
        (Match(endpoint="any", model="gpt-5.2"), True),
        (Match(endpoint="stored"), False),
    ],
)
def test_matches_look_at_model_headers_and_field_paths(
    mock: Any, match: Match, *, hit: bool
) -> None:
    """A condition holds if one of the places that a path names has the value."""
    raw = RawReply(chunks=(b"hit",))
    mock.session.use_script(Script((Entry(raw, match=match),)))
    tools = [
        {
            "type": "function",
            "name": name,
            "strict": False,
            "parameters": {"type": "object", "properties": {}},
        }
        for name in ("Bash", "Read")
    ]
    include = ["reasoning.encrypted_content"]
    answer = ask(mock, headers={"x-test": "1"}, tools=tools, include=include, max_output_tokens=100)
    assert answer.status_code == 200
    assert (answer.content == b"hit") is hit


def test_nth_counts_the_requests_that_meet_the_rest(mock: Any) -> None:
    """Whichever entry answers them; a request to elsewhere does not count."""
    play(
        mock,
        """
entries:
  - {match: {model: gpt-5.2, nth: 2}, reply: second}
  - {match: {model: gpt-5.2, nth: 3}, reply: third}
  - {reply: another}
""",
    )
    models = ["gpt-5.2", "gpt-5.1", "gpt-5.2", "gpt-5.2", "gpt-5.2"]
    assert [said(ask(mock, model=model)) for model in models] == [
        "another",
        "another",
        "second",
        "third",
        "another",
    ]


def test_a_sequence_is_given_once_through(mock: Any) -> None:
    """Then the entry is used up, and the next one that matches answers."""
    play(mock, "entries: [{sequence: [{reply: a}, {reply: b}]}, {reply: later}]")
    assert [said(ask(mock)) for _ in range(4)] == ["a", "b", "later", "later"]
    assert [one.answered for one in mock.session.script.played] == [2, 2]


def test_times_beyond_a_sequence_repeat_its_last_answer(mock: Any) -> None:
    """And a single answer is given as often as `times` says, without it for ever."""
    play(
        mock,
        """
entries:
  - {times: 3, sequence: [{reply: a}, {reply: b}]}
  - {times: 1, reply: c}
  - {reply: d}
""",
    )
    assert [said(ask(mock)) for _ in range(7)] == ["a", "b", "b", "c", "d", "d", "d"]


def test_a_sequence_holds_faults_raw_bytes_and_plans(mock: Any) -> None:
    """As a client that retries meets them: two failures, then the answer."""
    play(
        mock,
        """
entries:
  - sequence:
      - fault: {status: 429, retry_after: 7}
      - raw: {status: 502, headers: {content-type: text/html}, body: <html>}
      - reply: {text: at last}
""",
    )
    first, second, third = (ask(mock) for _ in range(3))
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert first.json()["error"]["code"] == "rate_limit_exceeded"
    assert (second.status_code, second.text) == (502, "<html>")
    assert said(third) == "at last"
    entries = mock.session.journal.entries
    assert [(one.status, one.fault, one.script_entry) for one in entries] == [
        (429, "status", "entry 1"),
        (502, None, "entry 1"),
        (200, None, "entry 1"),
    ]


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/chat/completions"])
@pytest.mark.parametrize("stream", [False, True])
def test_one_plan_answers_either_api_whole_or_streamed(
    mock: Any, path: str, *, stream: bool
) -> None:
    """The entry names no API, and each gets its own rendering."""
    play(mock, "entries: [{reply: {text: said, tool_calls: [{name: Bash, arguments: {a: 1}}]}}]")
    answer = ask(mock, path, stream=stream)
    kind = answer.headers["content-type"]
    assert kind.startswith("text/event-stream" if stream else "application/json")
    assert b"said" in answer.content
    assert b'{\\"a\\":1}' in answer.content


def test_a_scripted_response_is_kept_and_asked_for_again(mock: Any) -> None:
    """GET and DELETE on it work as for any other; an entry may answer them instead."""
    play(mock, "entries: [{reply: kept}]")
    made = ask(mock).json()
    again = mock.client.get(f"/v1/responses/{made['id']}")
    assert again.json() == made
    play(
        mock,
        """
strict: true
entries:
  - {match: {endpoint: stored}, raw: {status: 200, body: instead}, times: 1}
  - {match: {endpoint: models}, fault: {status: 503}, times: 1}
""",
    )
    assert mock.client.get(f"/v1/responses/{made['id']}").text == "instead"
    assert mock.client.get(f"/v1/responses/{made['id']}").json() == made
    play(mock, "entries: [{match: {endpoint: stored}, raw: {body: not kept}, times: 1}]")
    assert mock.client.get("/v1/responses/resp_recorded").text == "not kept"
    assert mock.client.get("/v1/responses/resp_recorded").status_code == 404
    play(mock, "entries: [{match: {endpoint: models}, fault: {status: 503}, times: 1}]")
    assert mock.client.get("/v1/models").status_code == 503
    assert mock.client.get("/v1/models").status_code == 200


def test_refused_requests_take_nothing(mock: Any) -> None:
    """A 401 and a 400 by the rules neither use an entry nor count for nth."""
    play(mock, "entries: [{match: {nth: 1}, reply: first}, {times: 1, reply: second}]")
    assert ask(mock, headers={"authorization": "none"}).status_code == 401
    assert ask(mock, unknown_field=1).status_code == 400
    assert [said(ask(mock)) for _ in range(2)] == ["first", "second"]


def test_queued_replies_go_before_a_script(mock: Any) -> None:
    """What a test queues is answered first, faults included; then the script goes on."""
    play(mock, "entries: [{sequence: [{reply: a}, {reply: b}]}]")
    mock.session.reply_with(ReplyPlan(text="queued"))
    mock.session.reply_with(Status(500))
    assert mock.client.get("/v1/models").status_code == 200
    assert mock.session.replies_left == 2
    answers = [ask(mock) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 500, 200]
    assert (said(answers[0]), said(answers[2])) == ("queued", "a")


def test_a_miss_is_the_harness_s_own_400(mock: Any) -> None:
    """Marked in header and type; the message names the nearest entry and the difference."""
    play(
        mock,
        """
strict: {unmatched: true}
entries:
  - {name: turn one, match: {endpoint: chat, model: gpt-4.1}, reply: a}
  - name: turn two
    match: {model: gpt-5.2, body: {stream: true, "input[*].type": message}}
    reply: b
""",
    )
    miss = ask(mock)
    assert (miss.status_code, miss.headers["x-mock-upstream"]) == (400, "script-miss")
    error = miss.json()["error"]
    assert (error["type"], error["code"]) == ("mock_upstream_script_miss", "script-miss")
    assert error["message"] == (
        "No entry of the script answers POST /v1/responses, model 'gpt-5.2'. Nearest is "
        "'turn two' (line 5): body stream: expected True, received nothing; "
        "body input[*].type: expected 'message', received nothing."
    )
    entry = mock.session.journal.entries[0]
    assert [one.rule for one in entry.verdict.violations] == ["script-miss"]
    assert mock.client.get("/v1/models").status_code == 200


def test_a_miss_tells_when_an_entry_is_used_up_or_waits_for_its_turn(mock: Any) -> None:
    """Conditions that hold are not the difference; the counts are."""
    play(mock, "{strict: {unmatched: true}, entries: [{name: one, times: 1, reply: a}]}")
    assert said(ask(mock)) == "a"
    assert "'one' (line 1): it is used up, after 1 of 1 answers." in ask(mock).text
    play(mock, "{strict: {unmatched: true}, entries: [{name: x, match: {nth: 3}, reply: a}]}")
    assert "nth: expected request 3 of those that meet the rest, received 1." in ask(mock).text
    play(mock, "strict: {unmatched: true}")
    assert "The script has no entries." in ask(mock).text


def test_a_miss_shows_no_credential(mock: Any) -> None:
    """Neither the key that came, nor the one in the script, nor one that stands in the body."""
    play(
        mock,
        """
strict: {unmatched: true}
entries:
  - match:
      header: {authorization: Bearer key-in-script, x-api-key: key-in-script}
      body: {"metadata.api_key": x, "input": other}
    reply: a
""",
    )
    text = ask(mock, input="key-from-call", metadata={"api_key": "sk-0123456789abcdef"}).text
    assert "expected the value that the script names, received another value" in text
    assert not [key for key in ("key-from-call", "key-in-script", "sk-0123") if key in text]


def test_a_miss_is_not_retried_by_the_official_client(mock: Any) -> None:
    """The SDK raises BadRequestError after one request, with the message in it."""
    openai = pytest.importorskip("openai")
    play(mock, "strict: true")
    client = openai.OpenAI(base_url=f"{mock.url}/v1", api_key="key-from-call", max_retries=3)
    with client, pytest.raises(openai.BadRequestError, match="No entry of the script answers"):
        client.responses.create(model="gpt-5.2", input="hi")
    assert len(mock.session.journal.entries) == 1


def test_what_nobody_came_for_is_told(mock: Any) -> None:
    """Entries unused or half used, with the nearest request; queued replies that are left."""
    play(
        mock,
        """
entries:
  - {name: never, match: {model: gpt-4}, reply: a}
  - {name: half, match: {endpoint: responses}, sequence: [{reply: b}, {reply: c}]}
  - {name: used, match: {endpoint: chat}, reply: d}
""",
    )
    assert mock.session.unused_replies() == (
        "entry 'never' (line 3): never used; no request came\n"
        "entry 'half' (line 4): 0 of 2 answers given; no request came\n"
        "entry 'used' (line 5): never used; no request came"
    )
    ask(mock)
    ask(mock, "/v1/chat/completions")
    mock.session.reply_with(ReplyPlan())
    assert mock.session.unused_replies() == (
        "queued replies: 1 left\n"
        "entry 'never' (line 3): never used; nearest is POST /v1/responses, model 'gpt-5.2': "
        "model: expected 'gpt-4', received 'gpt-5.2'\n"
        "entry 'half' (line 4): 1 of 2 answers given; 1 requests met its match"
    )
    ask(mock)
    mock.session.use_script(Script())
    assert mock.session.unused_replies() is None


def test_many_threads_use_each_answer_once(mock: Any) -> None:
    """Two hundred requests of eight clients share a sequence: no answer is lost or given twice."""
    entries = tuple(Entry(ReplyPlan(str(at)), times=1) for at in range(200))
    mock.session.use_script(Script(entries, (FaultRule(Latency(0), every=2),)))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: said(ask(mock)), range(200)))
    assert sorted(answers, key=int) == [str(at) for at in range(200)]
    assert mock.session.faults.struck[0].struck == 100
    assert mock.session.unused_replies() is None


def test_a_play_may_be_shared_by_threads() -> None:
    """Counting is exact when many threads take from one script at once."""
    from mock_upstream.scripts.incoming import Incoming

    session = Session(load_profile("openai"))
    plans = tuple(ReplyPlan(str(number)) for number in range(5000))
    session.use_script(Script((Entry(sequence=plans),)))
    body = orjson.dumps(ASK)
    taken: list[Any] = []

    def take() -> None:
        asked = (Incoming("POST", "/v1/responses", (), body) for _ in range(1000))
        taken.extend([session.script.take(one) for one in asked])

    threads = [threading.Thread(target=take) for _ in range(5)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    texts = [one.answer.reply.text for one in taken]
    assert sorted(texts, key=int) == [plan.text for plan in plans]


def test_a_new_script_starts_from_its_beginning(mock: Any) -> None:
    """The same script put in again is played anew, and its faults are counted anew."""
    script = parse_script(
        "{entries: [{times: 1, reply: a}], faults: [{fault: {status: 500}, after: 1, times: 1}]}"
    )
    for _ in range(2):
        mock.session.use_script(script)
        assert said(ask(mock)) == "a"
        assert ask(mock).status_code == 500
        assert said(ask(mock)) == "Hello from the mock upstream."


def test_python_says_it_in_the_same_words(mock: Any) -> None:
    """A script built in Python plays like one from a file."""
    call = ReplyPlan(tool_calls=(ToolCall("Bash", '{"command":"ls"}'),))
    mock.session.use_script(
        Script(
            entries=(
                Entry(call, name="first", match=Match(body={"input": Equals("hi")}), times=1),
                Entry(sequence=(Status(429), ReplyPlan("done"))),
            ),
            faults=(FaultRule(Status(503), every=3),),
            strict=True,
        )
    )
    answers = [ask(mock) for _ in range(4)]
    assert answers[0].json()["output"][0]["arguments"] == '{"command":"ls"}'
    assert [one.status_code for one in answers] == [200, 429, 503, 200]
    assert ask(mock).headers["x-mock-upstream"] == "script-miss"
