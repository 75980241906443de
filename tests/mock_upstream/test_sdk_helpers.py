"""The official SDK's own helpers against a real socket: streams, parsing, looking things up."""

import asyncio
import ssl
from collections.abc import Iterator
from enum import Enum
from typing import Any

import httpx
import openai
import pytest
from pydantic import BaseModel, Field

from mock_upstream import ReplyPlan
from tests.mock_upstream.reply_plans import LONG, PLANS
from tests.mock_upstream.test_replies import check_completion, check_output

MESSAGES: Any = [{"role": "user", "content": "hi"}]
USAGE: Any = {"include_usage": True}
FINISHED = {name: plan for name, plan in PLANS.items() if not plan.cut}

each_finished_plan = pytest.mark.parametrize("plan", FINISHED.values(), ids=FINISHED.keys())


class Level(Enum):
    HIGH = "high"
    LOW = "low"


class Step(BaseModel):
    title: str
    level: Level
    parts: list["Step"]


class Answer(BaseModel):
    """A model with what people use: nesting, recursion, enums, bounds, options, lists."""

    name: str
    count: int = Field(ge=3, le=9)
    ratio: float | None
    first: Step
    tags: list[str] = Field(min_length=2)
    code: str = Field(pattern=r"^[A-Z]{3}-\d{2,4}$")


def client_of(mock: Any, http: httpx.Client) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{mock.url}/v1",
        api_key="key-from-call",
        max_retries=0,
        timeout=10,
        http_client=http,
    )


@pytest.fixture
def client(mock: Any, no_tls: ssl.SSLContext) -> Iterator[openai.OpenAI]:
    with httpx.Client(verify=no_tls) as http, client_of(mock, http) as client:
        yield client


@each_finished_plan
def test_responses(mock: Any, client: openai.OpenAI, plan: ReplyPlan) -> None:
    """`responses.create`, streamed or not, and `.stream` arrive at the same response."""
    for _ in range(3):
        mock.session.reply_with(plan)
    check_output(plan, client.responses.create(model="gpt-5.2", input="hi"))
    events = list(client.responses.create(model="gpt-5.2", input="hi", stream=True))
    assert events[-1].type == "response.completed"
    check_output(plan, events[-1].response)
    with client.responses.stream(model="gpt-5.2", input="hi") as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    check_output(plan, final)
    assert kinds == [event.type for event in events]
    assert [entry.status for entry in mock.session.journal.entries] == [200] * 3


@each_finished_plan
def test_completions(mock: Any, client: openai.OpenAI, plan: ReplyPlan) -> None:
    """`chat.completions.create`, streamed or not, and `.stream` agree with the plan."""
    for _ in range(3):
        mock.session.reply_with(plan)
    check_completion(plan, client.chat.completions.create(model="gpt-5.2", messages=MESSAGES))
    chunks = client.chat.completions.create(
        model="gpt-5.2", messages=MESSAGES, stream=True, stream_options=USAGE
    )
    content = [c.choices[0].delta.content for c in chunks if c.choices]
    assert "".join(filter(None, content)) == (plan.text or "")
    with client.chat.completions.stream(
        model="gpt-5.2", messages=MESSAGES, stream_options=USAGE
    ) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert kinds >= {"chunk"}
    assert final.usage is not None
    assert final.choices[0].message.refusal == (plan.refusal or None)
    customs = [call for call in plan.tool_calls if hasattr(call, "input")]
    # The SDK's accumulator makes an empty content or refusal of an empty stream None, and does
    # not know calls of custom tools.
    if plan.text != "" and plan.refusal != "" and not customs:
        check_completion(plan, final)
    assert mock.session.replies_left == 0


@pytest.mark.parametrize("name", ["cut text", "cut call", "filtered"])
def test_cut_answers(mock: Any, client: openai.OpenAI, name: str) -> None:
    """The SDK reads an answer that stopped early, and says why, in both APIs."""
    plan = PLANS[name]
    for _ in range(3):
        mock.session.reply_with(plan)
    check_output(plan, client.responses.create(model="gpt-5.2", input="hi"))
    check_completion(plan, client.chat.completions.create(model="gpt-5.2", messages=MESSAGES))
    with client.responses.stream(model="gpt-5.2", input="hi") as stream:
        *_, last = stream
    assert last.type == "response.incomplete"
    check_output(plan, last.response)


def test_the_parsers_complain_of_a_cut_answer(mock: Any, client: openai.OpenAI) -> None:
    """`.parse` raises the SDK's own errors for an answer that stopped early."""
    expected = {
        "cut text": openai.LengthFinishReasonError,
        "filtered": openai.ContentFilterFinishReasonError,
    }
    for name, error in expected.items():
        mock.session.reply_with(PLANS[name])
        with pytest.raises(error):
            client.chat.completions.parse(
                model="gpt-5.2", messages=MESSAGES, response_format=Answer
            )


def test_failed_answers(mock: Any, client: openai.OpenAI) -> None:
    """A failed answer is a failed response, an HTTP error, or an error in mid-stream."""
    plan = PLANS["failed midway"]
    for _ in range(4):
        mock.session.reply_with(plan)
    check_output(plan, client.responses.create(model="gpt-5.2", input="hi"))
    with client.responses.stream(model="gpt-5.2", input="hi") as stream:
        *_, last = stream
    assert last.type == "response.failed"
    with pytest.raises(openai.RateLimitError, match=r"Too many\."):
        client.chat.completions.create(model="gpt-5.2", messages=MESSAGES)
    chunks = client.chat.completions.create(model="gpt-5.2", messages=MESSAGES, stream=True)
    with pytest.raises(openai.APIError, match=r"Too many\."):
        list(chunks)


def check_answer(answer: Answer | None) -> None:
    assert answer is not None
    assert (answer.count, answer.first.level, len(answer.tags)) == (3, Level.HIGH, 2)


def test_parse(mock: Any, client: openai.OpenAI) -> None:
    """`.parse` and the parsing streams get a text that their model takes, in both APIs."""
    parsed = client.responses.parse(model="gpt-5.2", input="hi", text_format=Answer)
    check_answer(parsed.output_parsed)
    with client.responses.stream(model="gpt-5.2", input="hi", text_format=Answer) as responses:
        check_answer(responses.get_final_response().output_parsed)
    completion = client.chat.completions.parse(
        model="gpt-5.2", messages=MESSAGES, response_format=Answer
    )
    check_answer(completion.choices[0].message.parsed)
    with client.chat.completions.stream(
        model="gpt-5.2", messages=MESSAGES, response_format=Answer
    ) as completions:
        check_answer(completions.get_final_completion().choices[0].message.parsed)
    assert [entry.status for entry in mock.session.journal.entries] == [200] * 4


def test_parse_of_a_refusal(mock: Any, client: openai.OpenAI) -> None:
    """A refusal is parsed as one: there is no instance, and the refusal is told."""
    for _ in range(2):
        mock.session.reply_with(PLANS["refusal"])
    parsed = client.responses.parse(model="gpt-5.2", input="hi", text_format=Answer)
    assert parsed.output_parsed is None
    message = (
        client.chat.completions.parse(model="gpt-5.2", messages=MESSAGES, response_format=Answer)
        .choices[0]
        .message
    )
    assert (message.parsed, message.refusal) == (None, LONG)


def test_parse_of_a_tool_call(mock: Any, client: openai.OpenAI) -> None:
    """A strict tool that must be called gets arguments that its model takes, in both APIs."""
    tool = openai.pydantic_function_tool(Answer, name="answer")
    for stream in (False, True):
        asked: Any = {"model": "gpt-5.2", "messages": MESSAGES, "tools": [tool]}
        asked["tool_choice"] = "required"
        if stream:
            with client.chat.completions.stream(**asked) as completions:
                completion = completions.get_final_completion()
        else:
            completion = client.chat.completions.parse(**asked)
        (call,) = completion.choices[0].message.tool_calls or []
        check_answer(call.function.parsed_arguments)
        assert completion.choices[0].finish_reason == "tool_calls"
    declared: Any = {"type": "function", **tool["function"]}
    choice: Any = {"type": "function", "name": "answer"}
    with client.responses.stream(
        model="gpt-5.2", input="hi", tools=[declared], tool_choice=choice
    ) as responses:
        (item,) = responses.get_final_response().output
    assert item.type == "function_call"
    check_answer(Answer.model_validate_json(item.arguments))
    assert len(mock.session.journal.entries) == 3


def test_the_lookups(mock: Any, client: openai.OpenAI) -> None:
    """Responses and models can be asked for again, a response can be continued and deleted."""
    first = client.responses.create(model="gpt-5.2", input="hi")
    assert client.responses.retrieve(first.id) == first
    second = client.responses.create(model="gpt-5.2", input="go on", previous_response_id=first.id)
    assert client.responses.retrieve(second.id).previous_response_id == first.id
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError, match=f"Response with id '{first.id}' not found"):
        client.responses.retrieve(first.id)
    assert client.models.retrieve("gpt-5.2").id == "gpt-5.2"
    with pytest.raises(openai.NotFoundError, match="The model 'gpt-9' does not exist"):
        client.models.retrieve("gpt-9")
    assert [model.object for model in client.models.list()] == ["model"] * 4
    assert [entry.status for entry in mock.session.journal.entries] == [
        *(200, 200, 200, 200, 200, 404, 200, 404, 200)
    ]


def test_the_sdk_raises_its_own_errors(mock: Any, client: openai.OpenAI) -> None:
    """A refusal becomes the SDK's exception, with param and code."""
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="gpt-5.2", input="hi", extra_body={"surprise": 1})
    assert (refused.value.param, refused.value.code) == ("surprise", "unknown_parameter")
    with pytest.raises(openai.AuthenticationError):
        client.with_options(default_headers={"Authorization": "Basic eA=="}).models.list()
    with pytest.raises(openai.NotFoundError):
        client.with_options(base_url=mock.url).models.list()
    with pytest.raises(openai.BadRequestError) as lost:
        client.responses.create(model="gpt-5.2", input="hi", previous_response_id="resp_gone")
    assert lost.value.code == "previous_response_not_found"


def test_the_asynchronous_helpers(mock: Any) -> None:
    """The same helpers of the asynchronous client run through, side by side."""

    async def run() -> None:
        async with openai.AsyncOpenAI(
            base_url=f"{mock.url}/v1", api_key="key-from-call", max_retries=0, timeout=10
        ) as client:
            await asyncio.gather(*(one(client) for one in (responses, completions, lookups)))

    async def responses(client: openai.AsyncOpenAI) -> None:
        parsed = await client.responses.parse(model="gpt-5.2", input="hi", text_format=Answer)
        check_answer(parsed.output_parsed)
        async with client.responses.stream(model="m", input="hi", text_format=Answer) as stream:
            check_answer((await stream.get_final_response()).output_parsed)

    async def completions(client: openai.AsyncOpenAI) -> None:
        parsed = await client.chat.completions.parse(
            model="gpt-5.2", messages=MESSAGES, response_format=Answer
        )
        check_answer(parsed.choices[0].message.parsed)
        async with client.chat.completions.stream(
            model="gpt-5.2", messages=MESSAGES, response_format=Answer
        ) as stream:
            final = await stream.get_final_completion()
        check_answer(final.choices[0].message.parsed)

    async def lookups(client: openai.AsyncOpenAI) -> None:
        created = await client.responses.create(model="gpt-5.2", input="hi")
        assert await client.responses.retrieve(created.id) == created
        assert (await client.models.retrieve("gpt-4o")).id == "gpt-4o"

    asyncio.run(run())
    assert {entry.status for entry in mock.session.journal.entries} == {200}


def test_the_helpers_read_sparse_replies(serve: Any, no_tls: ssl.SSLContext) -> None:
    """Replies with required fields alone carry the SDK's helpers through as well."""
    mock = serve(dialect="sparse")
    with httpx.Client(verify=no_tls) as http, client_of(mock, http) as client:
        for plan in (PLANS["everything"], PLANS["interleaved"], PLANS["text"]):
            mock.session.reply_with(plan)
            with client.responses.stream(model="gpt-5.2", input="hi") as stream:
                check_output(plan, stream.get_final_response())
        parsed = client.chat.completions.parse(
            model="gpt-5.2", messages=MESSAGES, response_format=Answer
        )
        check_answer(parsed.choices[0].message.parsed)
        with client.chat.completions.stream(model="gpt-5.2", messages=MESSAGES) as completions:
            assert completions.get_final_completion().choices[0].finish_reason == "stop"
