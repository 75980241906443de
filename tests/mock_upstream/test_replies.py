"""Replies as the official SDK sees them: every object and event, whole and streamed."""

import ssl
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import httpx
import openai
import orjson
import pytest
from openai._models import BaseModel  # the base of every official model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

from mock_upstream import ReplyPlan, ToolCall, Usage

LONG = 'A text of some length, so that it takes several deltas: äöü 🎈 \n\t"quoted" \\ .'
CALLS = (
    ToolCall("Bash", '{"command": "ls -la /tmp", "description": "List files, all of them"}'),
    ToolCall("Read", "{}", call_id="call_of_my_own"),
    ToolCall("Broken", '{"unfinished": '),
)
USAGE = Usage(input=100, output=50, cached=30, reasoning=20)
PLANS = {
    "text": ReplyPlan(text=LONG),
    "empty text": ReplyPlan(text=""),
    "nothing": ReplyPlan(),
    "one call": ReplyPlan(tool_calls=CALLS[:1]),
    "calls": ReplyPlan(tool_calls=CALLS),
    "text and calls": ReplyPlan(text=LONG, tool_calls=CALLS),
    "everything": ReplyPlan(text=LONG, tool_calls=CALLS, reasoning=LONG, usage=USAGE),
    "reasoning": ReplyPlan(reasoning=LONG),
    "empty reasoning": ReplyPlan(text="x", reasoning=""),
    "empty arguments": ReplyPlan(tool_calls=(ToolCall("Bash", ""),)),
}
MESSAGES: Any = [{"role": "user", "content": "hi"}]

EVENT_TYPES: Mapping[str, type[BaseModel]] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(ResponseStreamEvent)[0])
}

each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())


@pytest.fixture
def client(mock: Any, no_tls: ssl.SSLContext) -> Iterator[openai.OpenAI]:
    with (
        httpx.Client(verify=no_tls) as http,
        openai.OpenAI(
            base_url=f"{mock.url}/v1",
            api_key="key-from-call",
            max_retries=0,
            timeout=10,
            http_client=http,
        ) as client,
    ):
        yield client


def undeclared(value: object) -> set[str]:
    """The keys that the official models do not declare, at any depth."""
    if isinstance(value, list):
        return set().union(*map(undeclared, value))
    if not isinstance(value, BaseModel):
        return set()
    children = (getattr(value, name) for name in type(value).model_fields)
    return set(value.model_extra or ()).union(*map(undeclared, children))


def validated(model: type[BaseModel], data: object) -> Any:
    """Read data with an official model, which must know every key of it.

    `store` is the exception: the API answers it, and the package's `Response` leaves it out.
    """
    value = model.model_validate(data)
    assert undeclared(value) <= {"store"}
    return value


def events_of(stream: str) -> list[tuple[str | None, str]]:
    """Split an event stream into the name and data of its events."""
    events = []
    for block in stream.removesuffix("\n\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        events.append((fields.get("event"), fields["data"]))
    return events


def ask(mock: Any, plan: ReplyPlan, path: str, **more: Any) -> Any:
    mock.session.reply_with(plan)
    body = {"model": "gpt-5.2", **more}
    body |= {"input": "hi"} if path == "/v1/responses" else {"messages": MESSAGES}
    response = mock.client.post(path, json=body)
    assert response.status_code == 200
    return response


def check_output(plan: ReplyPlan, response: Response) -> None:
    """Compare a response with its plan."""
    kinds = [item.type for item in response.output]
    expected = ["reasoning"] * (plan.reasoning is not None) + ["message"] * (plan.text is not None)
    assert kinds == expected + ["function_call"] * len(plan.tool_calls)
    assert response.output_text == (plan.text or "")
    calls = [item for item in response.output if item.type == "function_call"]
    assert [(c.name, c.arguments) for c in calls] == [
        (c.name, c.arguments) for c in plan.tool_calls
    ]
    assert len({c.call_id for c in calls}) == len(calls)
    summaries = [item.summary[0].text for item in response.output if item.type == "reasoning"]
    assert summaries == ([] if plan.reasoning is None else [plan.reasoning])
    assert response.usage is not None
    assert response.usage.total_tokens == plan.usage.input + plan.usage.output
    assert response.usage.input_tokens_details.cached_tokens == plan.usage.cached
    assert response.usage.output_tokens_details.reasoning_tokens == plan.usage.reasoning


@each_plan
def test_a_response_validates(mock: Any, plan: ReplyPlan) -> None:
    """A whole response is an official `Response` that says what the plan says."""
    response = validated(Response, ask(mock, plan, "/v1/responses").json())
    assert response.status == "completed"
    check_output(plan, response)


@each_plan
def test_each_event_of_a_response_validates(mock: Any, plan: ReplyPlan) -> None:
    """Every event is the official event of its name; numbers and order are right; deltas add up."""
    raw = events_of(ask(mock, plan, "/v1/responses", stream=True).text)
    events = [validated(EVENT_TYPES[name or ""], orjson.loads(data)) for name, data in raw]
    assert [event.type for event in events] == [name for name, _ in raw]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type.removeprefix("response.") for event in events]
    assert kinds[:2] == ["created", "in_progress"]
    assert kinds[-1] == "completed"
    assert [(e.response.status, e.response.usage) for e in events[:2]] == [
        ("in_progress", None)
    ] * 2
    assert events[-1].response.status == "completed"
    check_output(plan, events[-1].response)
    for index, item in enumerate(events[-1].response.output):
        ours = [event for event in events if getattr(event, "output_index", None) == index]
        check_item_events(ours, item)


def check_item_events(events: list[Any], item: Any) -> None:
    """Check the events of one output item: added, filled, done, in one block."""
    assert [event.sequence_number for event in events] == list(
        range(events[0].sequence_number, events[0].sequence_number + len(events))
    )
    assert events[0].type == "response.output_item.added"
    assert events[-1].type == "response.output_item.done"
    assert events[0].item.id == item.id
    assert events[-1].item == item
    assert {event.item_id for event in events[1:-1]} == {item.id}
    text = "".join(event.delta for event in events if event.type.endswith(".delta"))
    (done,) = [e for e in events if e.type.endswith(("_text.done", "_arguments.done"))]
    assert text == (done.arguments if item.type == "function_call" else done.text)
    parts = [e.type.rsplit(".", 1)[1] for e in events if "_part." in e.type]
    assert parts == ([] if item.type == "function_call" else ["added", "done"])


@each_plan
def test_a_completion_validates(mock: Any, plan: ReplyPlan) -> None:
    """A whole completion is an official `ChatCompletion` that says what the plan says."""
    completion = validated(ChatCompletion, ask(mock, plan, "/v1/chat/completions").json())
    check_completion(plan, completion)
    assert completion.usage.completion_tokens_details.reasoning_tokens == plan.usage.reasoning
    assert completion.usage.prompt_tokens_details.cached_tokens == plan.usage.cached


def check_completion(plan: ReplyPlan, completion: Any) -> None:
    (choice,) = completion.choices
    calls = choice.message.tool_calls or []
    assert choice.message.content == plan.text
    assert choice.finish_reason == ("tool_calls" if plan.tool_calls else "stop")
    named = [(c.function.name, c.function.arguments) for c in calls]
    assert named == [(c.name, c.arguments) for c in plan.tool_calls]
    assert completion.usage.total_tokens == plan.usage.input + plan.usage.output


@each_plan
@pytest.mark.parametrize("include_usage", [True, False, None])
def test_each_chunk_of_a_completion_validates(
    mock: Any, plan: ReplyPlan, *, include_usage: bool | None
) -> None:
    """Every chunk is an official one, usage comes last and only when asked for, `[DONE]` ends."""
    options = {} if include_usage is None else {"stream_options": {"include_usage": include_usage}}
    raw = events_of(ask(mock, plan, "/v1/chat/completions", stream=True, **options).text)
    assert raw[-1] == (None, "[DONE]")
    data = [orjson.loads(text) for _, text in raw[:-1]]
    chunks = [validated(ChatCompletionChunk, chunk) for chunk in data]
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    counted = [chunk for chunk in chunks if chunk.usage]
    if include_usage:
        assert counted == chunks[-1:]
        assert chunks.pop().choices == []
        assert all("usage" in chunk for chunk in data)
    else:
        assert not any("usage" in chunk for chunk in data)
    reasons = [chunk.choices[0].finish_reason for chunk in chunks]
    assert reasons == [None] * (len(chunks) - 1) + ["tool_calls" if plan.tool_calls else "stop"]


@each_plan
def test_the_sdk_reads_a_response(mock: Any, client: openai.OpenAI, plan: ReplyPlan) -> None:
    """`client.responses.create` and `.stream` arrive at the same response."""
    mock.session.reply_with(plan)
    whole = client.responses.create(model="gpt-5.2", input="hi")
    check_output(plan, whole)
    mock.session.reply_with(plan)
    with client.responses.stream(model="gpt-5.2", input="hi") as stream:
        final = stream.get_final_response()
    check_output(plan, final)
    assert [entry.status for entry in mock.session.journal.entries] == [200, 200]


@each_plan
def test_the_sdk_reads_a_completion(mock: Any, client: openai.OpenAI, plan: ReplyPlan) -> None:
    """`client.chat.completions.create`, streamed or not, and `.stream` agree with the plan."""
    for _ in range(3):
        mock.session.reply_with(plan)
    options: Any = {"include_usage": True}
    check_completion(plan, client.chat.completions.create(model="gpt-5.2", messages=MESSAGES))
    chunks = client.chat.completions.create(
        model="gpt-5.2", messages=MESSAGES, stream=True, stream_options=options
    )
    content = [c.choices[0].delta.content for c in chunks if c.choices]
    assert "".join(filter(None, content)) == (plan.text or "")
    with client.chat.completions.stream(
        model="gpt-5.2", messages=MESSAGES, stream_options=options
    ) as stream:
        final = stream.get_final_completion()
    if plan.text != "":  # the SDK's accumulator makes an empty content of an empty stream None
        check_completion(plan, final)
    assert mock.session.replies_left == 0


def test_the_sdk_raises_its_own_errors(mock: Any, client: openai.OpenAI) -> None:
    """A refusal becomes the SDK's exception, with param and code."""
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="gpt-5.2", input="hi", extra_body={"surprise": 1})
    assert (refused.value.param, refused.value.code) == ("surprise", "unknown_parameter")
    with pytest.raises(openai.AuthenticationError):
        client.with_options(default_headers={"Authorization": "Basic eA=="}).models.list()
    with pytest.raises(openai.NotFoundError):
        client.with_options(base_url=mock.url).models.list()
    assert [model.object for model in client.models.list()] == ["model"] * 4


def test_ids_name_the_request(mock: Any) -> None:
    """The number in the ids of a reply is that of the request in the journal."""
    mock.client.get("/v1/models")
    reply = ask(mock, PLANS["everything"], "/v1/responses").json()
    assert mock.session.journal.entries[1].number == 2
    assert reply["id"] == "resp_mock000002"
    ids = [item["id"] for item in reply["output"]]
    assert ids == ["rs_mock000002", "msg_mock000002", *(f"fc_mock000002_{i}" for i in range(3))]
    calls = [item["call_id"] for item in reply["output"][2:]]
    assert calls == ["call_mock000002_0", "call_of_my_own", "call_mock000002_2"]
