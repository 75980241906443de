"""Replies as the official types see them: every object and event, whole and streamed."""

from itertools import pairwise
from typing import Any

import orjson
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response

from mock_upstream import CustomCall, Failure, ReplyPlan, ToolCall
from mock_upstream.replies.reply_parts import FAILURE_CODES
from tests.mock_upstream.official import EVENT_TYPES, events_of, validated
from tests.mock_upstream.reply_plans import CALLS, CITED, CUSTOM, LONG, PLANS, SEARCH

MESSAGES: Any = [{"role": "user", "content": "hi"}]
INCLUDE = ["reasoning.encrypted_content", "web_search_call.action.sources"]
REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}

each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
each_dialect = pytest.mark.parametrize("dialect", ["full", "sparse"])
with_nulls = pytest.mark.parametrize("quirks", [(), ("null-fields",)], ids=["", "nulls"])


def ask(mock: Any, plan: ReplyPlan, path: str, **more: Any) -> Any:
    mock.session.reply_with(plan)
    body = {"model": "gpt-5.2", **more}
    body |= {"input": "hi"} if path == "/v1/responses" else {"messages": MESSAGES}
    return mock.client.post(path, json=body)


def item_kinds(plan: ReplyPlan) -> list[str]:
    kinds = ["reasoning"] * (plan.reasoning is not None)
    kinds += ["web_search_call"] * (plan.search is not None)
    kinds += ["message"] * (plan.text is not None or plan.refusal is not None)
    names = {ToolCall: "function_call", CustomCall: "custom_tool_call"}
    return kinds + [names[type(call)] for call in plan.tool_calls]


def said(item: Any) -> str:
    """What a call carries: its arguments or its input."""
    return str(item.arguments if item.type == "function_call" else item.input)


def planned(plan: ReplyPlan) -> list[tuple[str, str]]:
    return [
        (call.name, call.arguments if isinstance(call, ToolCall) else call.input)
        for call in plan.tool_calls
    ]


def check_output(plan: ReplyPlan, response: Response) -> None:
    """Compare a response with its plan."""
    assert [item.type for item in response.output] == item_kinds(plan)
    assert response.output_text == (plan.text or "")
    calls: list[Any] = [item for item in response.output if item.type.endswith("tool_call")]
    calls += [item for item in response.output if item.type == "function_call"]
    assert sorted((c.name, said(c)) for c in calls) == sorted(planned(plan))
    assert len({c.call_id for c in calls}) == len(calls)
    reasoning: list[Any] = [item for item in response.output if item.type == "reasoning"]
    assert [tuple(p.text for p in item.summary) for item in reasoning] == [
        plan.summary for _ in reasoning
    ]
    refusals = [
        part.refusal
        for item in response.output
        if item.type == "message"
        for part in item.content
        if part.type == "refusal"
    ]
    assert refusals == ([] if plan.refusal is None else [plan.refusal])
    check_ending(plan, response)


def check_ending(plan: ReplyPlan, response: Response) -> None:
    """Compare status, reasons and counts."""
    if plan.failure is not None:
        assert response.status == "failed"
        assert response.usage is None
        assert response.error is not None
        assert (response.error.code, response.error.message) == (
            plan.failure.code,
            plan.failure.message,
        )
        return
    assert response.error is None
    assert response.usage is not None
    assert response.usage.total_tokens == plan.usage.input + plan.usage.output
    assert response.usage.input_tokens_details.cached_tokens == plan.usage.cached
    assert response.usage.output_tokens_details.reasoning_tokens == plan.usage.reasoning
    details = response.incomplete_details
    assert (details.reason if details else None) == plan.incomplete
    assert response.status == ("incomplete" if plan.incomplete else "completed")


@each_plan
@each_dialect
@with_nulls
def test_a_response_validates(serve: Any, plan: ReplyPlan, dialect: str, quirks: Any) -> None:
    """A whole response is an official `Response` that says what the plan says."""
    mock = serve(dialect=dialect, quirks=quirks)
    answered = ask(mock, plan, "/v1/responses", include=INCLUDE)
    assert answered.status_code == 200
    check_output(plan, validated(Response, answered.json()))


@each_plan
@each_dialect
@with_nulls
def test_each_event_of_a_response_validates(
    serve: Any, plan: ReplyPlan, dialect: str, quirks: Any
) -> None:
    """Every event is the official event of its name; numbers and order are right; deltas add up."""
    mock = serve(dialect=dialect, quirks=quirks)
    answered = ask(mock, plan, "/v1/responses", stream=True, include=INCLUDE)
    assert answered.status_code == 200
    raw = events_of(answered.text)
    events = [validated(EVENT_TYPES[name or ""], orjson.loads(data)) for name, data in raw]
    assert [event.type for event in events] == [name for name, _ in raw]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type.removeprefix("response.") for event in events]
    assert kinds[:2] == ["created", "in_progress"]
    failed = "failed" if plan.failure else "completed"
    assert kinds[-1] == ("incomplete" if plan.incomplete else failed)
    assert [events[n].response.status for n in (0, 1)] == ["in_progress"] * 2
    assert [events[n].response.usage for n in (0, 1)] == [None, None]
    assert [events[n].response.output for n in (0, 1)] == [[], []]
    final = events[-1].response
    check_output(plan, final)
    for index, item in enumerate(final.output):
        ours = [event for event in events if getattr(event, "output_index", None) == index]
        check_item_events(ours, item)
    check_order(plan, events)


def check_item_events(events: list[Any], item: Any) -> None:
    """Check the events of one output item: added, filled, done; what was added adds up."""
    assert events[0].type == "response.output_item.added"
    assert events[-1].type == "response.output_item.done"
    assert events[-1].item == item
    fillable = ("content", "summary", "arguments", "input")
    assert not any(getattr(events[0].item, name, None) for name in fillable)
    inner = events[1:-1]
    assert len({event.item_id for event in inner}) <= 1
    if item.id is not None:
        assert events[0].item.id == item.id
        assert {event.item_id for event in inner} <= {item.id}
    assert getattr(events[0].item, "status", None) in (None, "in_progress")
    for part in {getattr(e, "content_index", getattr(e, "summary_index", None)) for e in inner}:
        check_deltas([e for e in inner if part in (None, e_part(e))], item, part)


def e_part(event: Any) -> Any:
    return getattr(event, "content_index", getattr(event, "summary_index", None))


def check_deltas(events: list[Any], item: Any, part: int | None) -> None:
    if item.type == "web_search_call":
        steps = [event.type.rsplit(".", 1)[1] for event in events]
        assert steps == ["in_progress", "searching", "completed"]
        return
    text = "".join(event.delta for event in events if event.type.endswith(".delta"))
    (done,) = [e for e in events if e.type.endswith(("text.done", "s.done", "l.done", "put.done"))]
    fields = ("text", "refusal", "arguments", "input")
    (finished,) = [
        getattr(done, field) for field in fields if getattr(done, field, None) is not None
    ]
    assert text == finished
    if part is None:
        assert finished == said(item)
        return
    parts = [event for event in events if "_part." in event.type]
    assert [event.type.rsplit(".", 1)[1] for event in parts] == ["added", "done"]
    whole = (item.summary if item.type == "reasoning" else item.content)[part]
    assert parts[1].part.model_dump() == whole.model_dump()
    assert finished == (whole.refusal if whole.type == "refusal" else whole.text)
    added = [e for e in events if e.type.endswith("annotation.added")]
    noted = [one.model_dump() for one in getattr(whole, "annotations", [])]
    assert [(e.annotation_index, e.annotation) for e in added] == list(enumerate(noted))
    assert events[0] is parts[0]
    assert events[-1] is parts[1]


def check_order(plan: ReplyPlan, events: list[Any]) -> None:
    """Items open in their order; each is closed before the next, unless calls are interleaved."""
    indexes = [e.output_index for e in events if hasattr(e, "output_index")]
    opened = [e.output_index for e in events if e.type.endswith("item.added")]
    assert opened == list(range(len(opened)))
    if not plan.interleaved:
        assert indexes == sorted(indexes)
    elif len(plan.tool_calls) > 1:
        assert sum(a > b for a, b in pairwise(indexes)) > 1


@each_plan
@each_dialect
@with_nulls
def test_a_completion_validates(serve: Any, plan: ReplyPlan, dialect: str, quirks: Any) -> None:
    """A whole completion is an official `ChatCompletion` that says what the plan says."""
    mock = serve(dialect=dialect, quirks=quirks)
    answered = ask(mock, plan, "/v1/chat/completions")
    if plan.failure is not None:
        check_failure(plan.failure, answered.json())
        statuses = {"server_error": 500, "rate_limit_exceeded": 429}
        assert answered.status_code == statuses.get(plan.failure.code, 400)
        return
    completion = validated(ChatCompletion, answered.json())
    check_completion(plan, completion)
    cited = [one.url_citation.url for one in completion.choices[0].message.annotations or []]
    assert cited == [one.url for one in plan.citations]
    if dialect == "full":
        details = completion.usage
        assert details.completion_tokens_details.reasoning_tokens == plan.usage.reasoning
        assert details.prompt_tokens_details.cached_tokens == plan.usage.cached


def check_failure(failure: Failure, body: Any) -> None:
    """A failed reply is an HTTP error on Chat Completions, in OpenAI's envelope."""
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert (body["error"]["message"], body["error"]["code"]) == (failure.message, failure.code)


def finish_reason(plan: ReplyPlan) -> str:
    if plan.incomplete:
        return REASONS[plan.incomplete]
    return "tool_calls" if plan.tool_calls else "stop"


def check_completion(plan: ReplyPlan, completion: Any) -> None:
    (choice,) = completion.choices
    assert choice.message.content == plan.text
    assert choice.message.refusal == plan.refusal
    assert choice.finish_reason == finish_reason(plan)
    calls = [
        c.function if c.type == "function" else c.custom for c in choice.message.tool_calls or []
    ]
    named = [(c.name, getattr(c, "arguments", None) or getattr(c, "input", "")) for c in calls]
    assert named == planned(plan)
    assert completion.usage.total_tokens == plan.usage.input + plan.usage.output


@each_plan
@each_dialect
@pytest.mark.parametrize("include_usage", [True, False, None])
def test_each_chunk_of_a_completion_validates(
    serve: Any, plan: ReplyPlan, dialect: str, *, include_usage: bool | None
) -> None:
    """Every chunk is an official one, usage comes last and only when asked for, `[DONE]` ends."""
    mock = serve(dialect=dialect)
    options = {} if include_usage is None else {"stream_options": {"include_usage": include_usage}}
    raw = events_of(ask(mock, plan, "/v1/chat/completions", stream=True, **options).text)
    data = [orjson.loads(text) for _, text in raw if text != "[DONE]"]
    if plan.failure is not None:
        check_failure(plan.failure, data.pop())
        assert "[DONE]" not in raw[-1]
    else:
        assert raw[-1] == (None, "[DONE]")
    chunks = [validated(ChatCompletionChunk, chunk, frozenset({"custom"})) for chunk in data]
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    check_usage_chunk(plan, chunks, data, dialect, wanted=include_usage is True)
    check_chunks(plan, [chunk.choices[0] for chunk in chunks])


def check_usage_chunk(
    plan: ReplyPlan, chunks: list[Any], data: list[Any], dialect: str, *, wanted: bool
) -> None:
    """Take away the chunk with the counts, which is there if it was wanted and nothing failed."""
    counted = [chunk for chunk in chunks if chunk.usage]
    assert counted == (chunks[-1:] if wanted and not plan.failure else [])
    if counted:
        assert counted[0].usage.total_tokens == plan.usage.input + plan.usage.output
        assert chunks.pop().choices == []
    assert all(("usage" in chunk) == wanted for chunk in data) or dialect == "sparse"
    assert wanted or not any("usage" in chunk for chunk in data)


def check_chunks(plan: ReplyPlan, choices: list[Any]) -> None:
    """What the deltas add up to is the plan; the last one has the finish reason."""
    last = None if plan.failure else finish_reason(plan)
    assert [c.finish_reason for c in choices] == [None] * (len(choices) - 1) + [last]
    assert "".join(c.delta.content or "" for c in choices) == (plan.text or "")
    assert "".join(c.delta.refusal or "" for c in choices) == (plan.refusal or "")
    calls: dict[int, list[str]] = {}
    turns = [part for c in choices for part in c.delta.tool_calls or []]
    for part in turns:
        inner = part.custom if "custom" in (part.model_extra or {}) else part.function.model_dump()
        call = calls.setdefault(part.index, ["", "", ""])
        call[0] += part.id or ""
        call[1] += inner.get("name") or ""
        call[2] += inner.get("arguments") or inner.get("input") or ""
    assert [(name, text) for _, name, text in calls.values()] == planned(plan)
    assert len({call_id for call_id, _, _ in calls.values()}) == len(calls)
    indexes = [part.index for part in turns]
    if plan.interleaved:
        assert indexes != sorted(indexes)
    else:
        assert indexes == sorted(indexes)


def test_reasoning_is_encrypted_when_asked_for(mock: Any) -> None:
    """`include` decides whether the reasoning item carries its secret, streamed and whole."""
    plan = PLANS["reasoning"]
    whole = ask(mock, plan, "/v1/responses", include=INCLUDE).json()["output"][0]
    assert whole["encrypted_content"] == "encrypted_mock000001"
    plain = ask(mock, plan, "/v1/responses").json()["output"][0]
    assert "encrypted_content" not in plain
    streamed = ask(mock, plan, "/v1/responses", include=INCLUDE, stream=True).text
    assert '"encrypted_content":"encrypted_mock000003"' in streamed


def test_sources_are_listed_when_asked_for(mock: Any) -> None:
    """`include` decides whether a search tells its pages; citations always stand in the text."""
    plan = PLANS["search"]
    told = ask(mock, plan, "/v1/responses", include=INCLUDE).json()["output"]
    assert [one["url"] for one in told[0]["action"]["sources"]] == list(SEARCH.sources)
    untold = ask(mock, plan, "/v1/responses").json()["output"]
    assert "sources" not in untold[0]["action"]
    cited = [one["url"] for one in untold[1]["content"][0]["annotations"]]
    assert cited == [one.url for one in CITED]


def test_the_last_part_of_a_cut_answer_is_unfinished(mock: Any) -> None:
    """An incomplete answer's last item is incomplete, those before it are done."""
    plan = ReplyPlan(text="x", tool_calls=CALLS[:2], incomplete="max_output_tokens")
    output = ask(mock, plan, "/v1/responses").json()["output"]
    assert [item["status"] for item in output] == ["completed", "completed", "incomplete"]


def test_a_call_of_the_named_tool_ends_with_stop(mock: Any) -> None:
    """On Chat Completions a call that `tool_choice` names ends with `stop`, as OpenAI's does."""
    tool = {"type": "function", "function": {"name": "Bash", "parameters": {"type": "object"}}}
    named = {"type": "function", "function": {"name": "Bash"}}
    reasons = []
    for choice in (named, "required", "auto"):
        for stream in (False, True):
            plan, asked = PLANS["one call"], {"tools": [tool], "tool_choice": choice}
            reply = ask(mock, plan, "/v1/chat/completions", stream=stream, **asked)
            reasons.append('"finish_reason":"stop"' in reply.text)
    assert reasons == [True, True, False, False, False, False]


def test_a_reply_repeats_the_settings_of_its_request(mock: Any) -> None:
    """What was asked stands in the response; tools and instructions do not."""
    asked: dict[str, Any] = {
        "temperature": 0.5,
        "max_output_tokens": 99,
        "metadata": {"user_id": "u"},
        "store": False,
        "tool_choice": "none",
        "truncation": "auto",
        "parallel_tool_calls": False,
    }
    reply = ask(mock, PLANS["text"], "/v1/responses", instructions="Be brief.", **asked).json()
    assert {name: reply[name] for name in asked} == asked
    assert (reply["tools"], reply["instructions"]) == ([], None)


@pytest.mark.parametrize("dialect", ["full", "sparse"])
def test_nonsense_is_not_repeated(serve: Any, dialect: str) -> None:
    """Settings that an upstream took though they are none leave the reply valid."""
    mock = serve("permissive", dialect=dialect)
    deep: Any = "x"
    for _ in range(300):
        deep = {"a": deep}
    nonsense = {
        "temperature": "hot",
        "max_output_tokens": True,
        "metadata": {"a": 1},
        "store": "yes",
        "tool_choice": ["required"],
        "truncation": {},
        "previous_response_id": 7,
        "include": "reasoning.encrypted_content",
        "text": {"format": {"type": "json_schema", "name": "deep", "schema": deep}},
        "model": "m" * 10_000,
    }
    for stream in (False, True):
        reply = ask(mock, PLANS["reasoning"], "/v1/responses", stream=stream, **nonsense)
        assert reply.status_code == 200
        assert len(reply.content) < 20_000
        if not stream:
            validated(Response, reply.json())
            assert reply.json().get("store", True) is True


def test_failure_codes_are_the_package_s() -> None:
    """The codes that a plan may fail with are those that the package declares."""
    from typing import get_args

    from openai.types.responses import ResponseError

    assert get_args(ResponseError.model_fields["code"].annotation) == FAILURE_CODES


def test_ids_name_the_request(mock: Any) -> None:
    """The number in the ids of a reply is that of the request in the journal."""
    mock.client.get("/v1/models")
    plan = ReplyPlan(reasoning="r", search=SEARCH, text=LONG, tool_calls=(*CALLS, CUSTOM))
    reply = ask(mock, plan, "/v1/responses").json()
    assert mock.session.journal.entries[1].number == 2
    assert reply["id"] == "resp_mock000002"
    ids = [item["id"].replace("_mock000002", "") for item in reply["output"]]
    assert ids == ["rs", "ws", "msg", "fc_0", "fc_1", "fc_2", "ctc_3"]
    calls = [item["call_id"] for item in reply["output"][3:]]
    assert calls == ["call_mock000002_0", "call_of_my_own", "call_mock000002_2", "call_custom"]
