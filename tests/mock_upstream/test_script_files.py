"""Scripts as YAML: what is read, and how each fault is told, with file, line, place and word."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_upstream import (
    Citation,
    CustomCall,
    Entry,
    Failure,
    FaultRule,
    Match,
    RawReply,
    ReplyPlan,
    ScriptError,
    ToolCall,
    Usage,
    WebSearch,
    load_script,
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
from mock_upstream.scripts import Answer, Contains, Equals, Matches, faults_from, script_from
from mock_upstream.scripts.condition import Present
from mock_upstream.scripts.script import Strict


def entry(text: str) -> Entry:
    [found] = parse_script(f"entries:\n  - {text}").entries
    return found


def faults(text: str) -> tuple[Any, ...]:
    return entry(f"{{fault: {text}}}").answers[0].faults


def refusal(text: str) -> str:
    with pytest.raises(ScriptError) as caught:
        parse_script(text, "s.yaml")
    return str(caught.value)


def test_a_whole_script_is_read(tmp_path: Path) -> None:
    """Every key of a script, of entries and of fault rules arrives where it belongs."""
    file = tmp_path / "a script.yaml"
    file.write_text(
        """
strict: {unmatched: true, unused: true}
entries:
  - name: first turn
    match:
      endpoint: responses
      model: gpt-5.2
      header: {X-Test: "1"}
      body: {stream: true, "input[*].type": function_call}
      nth: 1
    times: 1
    reply: {text: Hi, tool_calls: [{name: Bash, arguments: {command: ls}}]}
  - sequence:
      - fault: {status: 429, retry_after: 7}
      - raw: {status: 200, headers: {content-type: text/plain}, body: "…"}
      - reply: {text: done}
faults:
  - {match: {endpoint: any}, fault: {disconnect: {after_bytes: 100}}, times: 2, every: 3, after: 1}
"""
    )
    script = load_script(file)
    first, second = script.entries
    assert (script.strict, script.origin) == (Strict(unmatched=True, unused=True), str(file))
    assert (first.name, first.times, first.line) == ("first turn", 1, 4)
    assert first.match == Match(
        "responses",
        Equals("gpt-5.2"),
        {"X-Test": Equals("1")},
        {"stream": Equals(True), "input[*].type": Equals("function_call")},  # noqa: FBT003 -- a JSON value
        1,
    )
    assert first.reply == ReplyPlan(text="Hi", tool_calls=(ToolCall("Bash", '{"command":"ls"}'),))
    assert second.sequence == (
        Answer(None, Status(429, retry_after=7)),
        Answer(RawReply(200, {"content-type": "text/plain"}, ("…".encode(),))),
        Answer(ReplyPlan(text="done")),
    )
    assert script.faults == (
        FaultRule((Disconnect(after_bytes=100),), Match("any"), times=2, every=3, after=1, line=18),
    )


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("Hi", ReplyPlan(text="Hi")),
        ("{}", ReplyPlan()),
        ("{reasoning: a}", ReplyPlan(reasoning="a")),
        ("{reasoning: [a, b]}", ReplyPlan(reasoning=("a", "b"))),
        ("{refusal: No., interleaved: true}", ReplyPlan(refusal="No.", interleaved=True)),
        ("{usage: {input: 1, output: 2, cached: 0}}", ReplyPlan(usage=Usage(1, 2, 0))),
        (
            '{tool_calls: [{name: a, arguments: "{bro", call_id: c}, {name: b, input: text}]}',
            ReplyPlan(tool_calls=(ToolCall("a", "{bro", "c"), CustomCall("b", "text"))),
        ),
        (
            "{text: x, search: {query: q, sources: [u]}, citations: [{url: u, title: t, end: 1}]}",
            ReplyPlan(
                text="x", search=WebSearch("q", ("u",)), citations=(Citation("u", "t", 0, 1),)
            ),
        ),
        ("{text: a, incomplete: content_filter}", ReplyPlan("a", incomplete="content_filter")),
        ("{failure: {code: server_error}}", ReplyPlan(failure=Failure())),
        (
            "{text: a, delay: 1, first_token: 0.5, tokens_per_second: 20}",
            ReplyPlan("a", delay=1, first_token=0.5, tokens_per_second=20),
        ),
    ],
)
def test_plans_say_what_python_says(text: str, plan: ReplyPlan) -> None:
    """Each field of a plan has the same name in YAML."""
    assert entry(f"{{reply: {text}}}").reply == plan


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("{}", RawReply()),
        ("{status: 500, body: x}", RawReply(500, chunks=(b"x",))),
        ("{body: {base64: AP8=}}", RawReply(chunks=(b"\x00\xff",))),
        ("{body: !!binary AP8=}", RawReply(chunks=(b"\x00\xff",))),
        ("{chunks: [a, 0.5, {base64: AA==}]}", RawReply(chunks=(b"a", 0.5, b"\x00"))),
    ],
)
def test_raw_replies_are_bytes(text: str, raw: RawReply) -> None:
    """A body is text or base64; chunks may hold pauses."""
    assert entry(f"{{raw: {text}}}").reply == raw


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{status: 503}", (Status(503),)),
        (
            "{status: 503, body: {a: 1}, headers: {x-a: b}}",
            (Status(503, b'{"a":1}', {"x-a": "b", "content-type": "application/json"}),),
        ),
        (
            "{status: 502, body: <html>}",
            (Status(502, b"<html>", {"content-type": "text/plain; charset=utf-8"}),),
        ),
        ("{latency: 0.2}", (Latency(0.2),)),
        ("{first_token: 1, tokens_per_second: 5}", (FirstToken(1), TokensPerSecond(5))),
        ("{stall: {}}", (Stall(),)),
        ("{stall: {after_events: 2, seconds: 3}}", (Stall(2, 3),)),
        ("{disconnect: before_headers}", (Hangup(),)),
        ("{disconnect: {reset: true}}", (Hangup(reset=True),)),
        ("{disconnect: {after_events: 1, reset: true}}", (Disconnect(1, reset=True),)),
        ("{truncate: {after_events: 1, within_event: true}}", (Truncate(1, within_event=True),)),
        ("{truncate: {after_bytes: 0}}", (Truncate(after_bytes=0),)),
        ("{malformed: {event: 2, how: utf-8}}", (Malformed(2, "utf-8"),)),
        ("{malformed: }", (Malformed(),)),
        ("{content_length: {off_by: -3}}", (ContentLength(-3),)),
        ("{garbage: {length: 5}}", (Garbage(5),)),
        ("{garbage: {data: SSH-2.0}}", (Garbage(data=b"SSH-2.0"),)),
    ],
)
def test_faults_say_what_python_says(text: str, expected: tuple[object, ...]) -> None:
    """Each fault has its word in YAML, and several stand side by side."""
    assert faults(text) == expected


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("{a: 1}", Equals(1)),
        ("{a: null}", Equals(None)),
        ("{a: [1]}", Equals([1])),
        ("{a: {equals: {b: 1}}}", Equals({"b": 1})),
        ("{a: {contains: x}}", Contains("x")),
        ("{a: {matches: ^x}}", Matches("^x")),
        ("{a: {present: false}}", Present(wanted=False)),
    ],
)
def test_conditions_are_values_or_operators(text: str, condition: object) -> None:
    """A plain value is to be equalled; a mapping is one operator."""
    assert entry(f"{{reply: a, match: {{body: {text}}}}}").match.body["a"] == condition


BAD = {
    "strikt: true": "s.yaml:1: strikt: unknown key; expected one of strict, entries, faults; "
    "did you mean 'strict'?",
    "strict: yes please": "s.yaml:1: strict: received 'yes please'; expected a mapping with some "
    "of unmatched, unused",
    "entries: {}": "s.yaml:1: entries: received {}; expected a list",
    "entries:\n- 7": "s.yaml:2: entries[0]: received 7; expected a mapping with some of name, ",
    "entries:\n- 429: x": "s.yaml:2: entries[0]: received the key 429; expected text; write '429'",
    "entries:\n- {}": "s.yaml:2: entries[0]: no answer; expected reply, raw, fault or sequence",
    "entries:\n- {replay: a}": "did you mean 'reply'?",
    "entries:\n- {reply: a, raw: {}}": "entries[0].raw: stands beside reply; keep one of them",
    "entries:\n- {reply: a, sequence: []}": "entries[0].sequence: stands beside reply; keep one",
    "entries:\n- {sequence: []}": "entries[0].sequence: received []; expected at least one answer",
    "entries:\n- {sequence: [{}]}": "entries[0].sequence[0]: no answer; expected reply, raw or",
    "entries:\n- {reply: a, times: 0}": "entries[0]: received 0 as times; expected a number from 1",
    "entries:\n- {reply: a, times: x}": "entries[0].times: received 'x'; expected a whole number",
    "entries:\n- {times: 1, sequence: [{reply: a}, {reply: b}]}": "as times; expected a number "
    "from 2, so that every answer can be given",
    "entries:\n- reply: a\n  match:\n    endpoint: respones": "s.yaml:4: entries[0].match."
    "endpoint: received 'respones'; expected one of responses, chat, models, stored, any; did you "
    "mean 'responses'?",
    "entries:\n- {reply: a, match: {endpoint: models}}": "a reply plan cannot answer the endpoint",
    "entries:\n- {reply: a, match: {model: 5}}": 'received 5; expected text; write "5"',
    "entries:\n- {reply: a, match: {header: {x: 1}}}": "entries[0].match.header.x: received 1; "
    'expected text; write "1"',
    "entries:\n- {reply: a, match: {nth: 0}}": "received 0 as nth; expected a whole number from 1",
    'entries:\n- {reply: a, match: {body: {"input[": 1}}}': "'input[' is no field path: at column",
    "entries:\n- {reply: a, match: {body: {a: {matchs: x}}}}": "unknown operator; expected one of "
    "equals, contains, matches, present, or for an object {equals: …}; did you mean 'matches'?",
    "entries:\n- {reply: a, match: {body: {a: {matches: (a+)+$}}}}": "could take long on hostile",
    "entries:\n- {reply: a, match: {body: {a: {}}}}": "for an object write {equals: …}",
    "entries:\n- {reply: a, match: {body: {a: 2020-01-01}}}": "expected a JSON value in UTF-8",
    "entries:\n- {reply: {txt: a}}": "entries[0].reply.txt: unknown key; expected one of text, ",
    "entries:\n- {reply: {tool_calls: [{arguments: {}}]}}": "expected a call with a name",
    "entries:\n- {reply: {incomplete: full}}": "expected one of max_output_tokens, content_filter",
    "entries:\n- {reply: {failure: {code: server_eror}}}": "did you mean 'server_error'?",
    "entries:\n- {reply: {delay: -1}}": "received -1; expected seconds from 0 to 86400",
    "entries:\n- {reply: {tokens_per_second: 0}}": "received 0; expected a number above 0",
    "entries:\n- {raw: {status: 204, body: x}}": "status 204 has no body in HTTP",
    "entries:\n- {raw: {body: {base64: '!'}}}": "entries[0].raw.body.base64: received '!'; "
    "expected base64",
    "entries:\n- {raw: {headers: {a b: c}}}": "is not an HTTP token",
    "entries:\n- {fault: {}}": "no fault; expected at least one of status, ",
    "entries:\n- {fault: {latncy: 1}}": "entries[0].fault.latncy: unknown fault; expected one of ",
    "entries:\n- {fault: {latency: .inf}}": "expected seconds from 0 to 86400",
    "entries:\n- {fault: {status: 700}}": "received 700 as status; expected a number from 200",
    "entries:\n- {fault: {retry_after: 1}}": "says nothing without a status beside it",
    "entries:\n- {fault: {status: 500, garbage: {}}}": "several faults that answer instead",
    "entries:\n- {fault: {rate_limit: {requests: 1}}}": "it stands under the script's own",
    "entries:\n- {fault: {truncate: {}}}": "expected either after_events or after_bytes",
    "entries:\n- {fault: {malformed: {how: jsn}}}": "did you mean 'json'?",
    "entries:\n- {fault: {content_length: {off_by: 0}}}": "a whole number of bytes that is not 0",
    "entries:\n- {fault: {disconnect: later}}": "expected before_headers, or a mapping with after_",
    "entries:\n- {name: a, reply: x}\n- {name: a, reply: y}": "s.yaml:1: entries: the name 'a' is "
    "given twice; keep one",
    "faults:\n- {match: {}}": "s.yaml:2: faults[0]: no fault; expected a mapping under the key",
    "faults:\n- {fault: {latency: 1}, every: 0}": "received 0 as every; expected a number from 1",
    "faults:\n- {fault: {rate_limit: {requests: 1}}, times: 2}": "rate_limit stands alone",
    "a: [": "s.yaml:2: not YAML",
    "strict: true\na: &a [*a]": "s.yaml:2: aliases go in a circle: this value holds itself",
    "\n".join(
        ["a0: &a0 [1]", *(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]" for n in range(7))]
    ): "s.yaml: its aliases stand for more than 1000000 values",
    "- a": "s.yaml:1: expected a mapping of keys to values at the top",
    "entries: []\nentries: []": "s.yaml:2: the key 'entries' is given twice; keep one",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_script_is_told_with_its_place(text: str) -> None:
    """File, line, place, what was received and what fits."""
    assert BAD[text] in refusal(text)


def test_all_faults_of_a_script_are_told_at_once() -> None:
    """One line a fault, each with its own, up to twenty."""
    told = refusal("strikt: 1\nentries:\n- {}\n- {reply: 1}\nfaults:\n- {}\n").splitlines()
    assert [line.split(": ")[0] for line in told] == [
        "s.yaml:1",
        "s.yaml:3",
        "s.yaml:4",
        "s.yaml:6",
    ]
    many = refusal("entries:\n" + "- {}\n" * 30).splitlines()
    assert (len(many), many[-1]) == (21, "and 10 more")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """As are a directory, and bytes that are no text."""
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    for name, expected in {"no.yaml": "cannot read the script", "bytes.yaml": "not UTF-8"}.items():
        with pytest.raises(ScriptError, match=expected):
            load_script(tmp_path / name)
    with pytest.raises(ScriptError, match="cannot read the script"):
        load_script(tmp_path)


def test_data_is_read_like_a_file() -> None:
    """What a control call brings has places, and no lines."""
    data = {"entries": [{"reply": "a"}], "faults": [{"fault": {"latency": 1}}]}
    script = script_from(data)
    assert script.entries == (Entry(ReplyPlan("a")),)
    assert script.faults == (FaultRule((Latency(1),)),)
    assert faults_from([{"fault": {"rate_limit": {"requests": 3, "per": 1}}}]) == (
        FaultRule((RateLimit(3, 1),)),
    )
    with pytest.raises(ScriptError, match=r"^script: entries\[0\]\.match: received 1; expected a"):
        script_from({"entries": [{"match": 1, "reply": "a"}]})
    with pytest.raises(ScriptError, match=r"^faults: received \{\}; expected a list"):
        faults_from({})
    with pytest.raises(ScriptError, match=r"^script: received None; expected a mapping"):
        script_from(None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Entry, "an entry answers with a reply, a fault or both, or with a sequence"),
        (lambda: Entry(ReplyPlan(), sequence=(ReplyPlan(),)), "or with a sequence"),
        (lambda: Entry(ReplyPlan(), times=0), "received 0 as times"),
        (lambda: Entry(fault=RateLimit(1)), "lay it over the script as a FaultRule"),
        (lambda: Entry("text"), "reply is str; give a ReplyPlan or a RawReply"),
        (lambda: Entry(sequence=("text",)), "give a ReplyPlan or a RawReply, a fault or an Answer"),
        (lambda: Entry(fault="x"), "fault is str; give a fault, or a tuple of faults"),
        (lambda: FaultRule(()), "a fault rule without a fault"),
        (lambda: FaultRule(Latency(1), after=-1), "received -1 as after"),
        (lambda: Match(endpoint="chats"), "did you mean 'chat'?"),
        (lambda: Match(body={"[": 1}), "is no field path"),
        (lambda: Latency(float("nan")), "expected seconds"),
        (lambda: Garbage(0), "expected a whole number from 1"),
    ],
)
def test_python_is_told_the_same(make: Any, message: str) -> None:
    """What cannot be meant is refused where it is written."""
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    assert message in str(caught.value)


GOOD = {
    "strict": {"unmatched": True},
    "entries": [
        {
            "name": "all",
            "times": 9,
            "match": {
                "endpoint": "responses",
                "model": "m",
                "header": {"a": "b"},
                "body": {"a": 1, "b": {"contains": [1]}, "c": {"matches": "x"}},
                "nth": 1,
            },
            "reply": {
                "text": "x",
                "reasoning": ["a"],
                "tool_calls": [{"name": "a", "arguments": {"b": 1}}, {"name": "c", "input": "d"}],
                "usage": {"input": 1},
                "search": {"query": "q", "sources": ["a"]},
                "citations": [{"url": "u", "title": "t", "start": 1, "end": 2}],
                "failure": {"code": "server_error", "message": "m"},
                "tokens_per_second": 3,
            },
            "fault": {"latency": 1, "stall": {"after_events": 1, "seconds": 2}},
        },
        {"sequence": [{"raw": {"status": 200, "headers": {"a": "b"}, "chunks": ["a", 1]}}]},
        {"raw": {"body": {"base64": "AA=="}}},
    ],
    "faults": [
        {"fault": {"status": 503, "body": {"a": 1}, "retry_after": 3}, "every": 2, "after": 1},
        {"fault": {"rate_limit": {"requests": 3, "per": 2.5}}},
        {"fault": {"malformed": {"event": 1, "how": "json"}, "content_length": {"off_by": 3}}},
        {"fault": {"truncate": {"after_events": 1, "within_event": True}}},
        {"fault": {"garbage": {"length": 3, "data": "x"}}},
        {"fault": {"disconnect": {"after_bytes": 3, "reset": True}}},
    ],
}
ODD = (
    *(None, True, -1, 0, 10**30, 1.5, float("nan"), float("inf"), "", "x", "\ud800", "[", "(a+)+$"),
    *([], {}, [[]], {"a": "\ud800"}, {1: 2}, {"equals": 1}, {"base64": 1}, b"\xff", object(), (1,)),
)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            yield from places(one, (*place, key))


def test_whatever_stands_anywhere_is_read_or_told() -> None:
    """Each odd value at each place of a script: it is taken, or the fault is a ScriptError."""
    assert len(script_from(GOOD).entries) == 3
    told: list[str] = []
    for *above, last in filter(None, places(GOOD)):
        for odd in ODD:
            data = copy.deepcopy(GOOD)
            holder: Any = data
            for step in above:
                holder = holder[step]
            holder[last] = odd
            try:
                script_from(data)
            except ScriptError as error:
                told.append(str(error))
    assert len(told) > 1000
    assert all(line.startswith("script: ") for line in told)
