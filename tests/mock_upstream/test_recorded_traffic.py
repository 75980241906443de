"""What real clients send, judged by `openai`: no false refusal.

The bodies are taken from the journal of a mock that accepts everything, as they came over the wire.
"""

import asyncio
import base64
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import litellm
import orjson
import pytest
from openai import OpenAI
from pydantic import BaseModel

from mock_upstream import Session, load_profile
from mock_upstream.verdict import APIS, Api
from tests.mock_upstream.conftest import Mock, ServeMock

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
SCENARIOS = Path(__file__).parents[2] / "conformance" / "scenarios"
RECORDED = ("first-turn", "tool-error", "tool-results-with-image")
LEDGER = Path(__file__).parents[1] / "conformance" / "ledger"


class Weather(BaseModel):
    """What a structured answer shall hold."""

    city: str
    degrees: float | None = None


FUNCTION = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": Weather.model_json_schema(),
    "strict": False,
}
CHAT_FUNCTION = {
    "type": "function",
    "function": {key: value for key, value in FUNCTION.items() if key not in ("type", "strict")},
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
MESSAGES: list[Any] = [
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
        ],
    },
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    {"role": "assistant", "content": "Sunny."},
    {"role": "user", "content": "Thanks."},
]
INPUT: list[Any] = [
    {"role": "developer", "content": "Be brief."},
    {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What is this?"},
            {"type": "input_image", "image_url": PNG, "detail": "auto"},
            {"type": "input_file", "filename": "a.pdf", "file_data": PNG},
        ],
    },
    {"type": "function_call", "call_id": "c", "name": "get_weather", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c", "output": "sunny"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hm."}]},
]


def _replayed(client: OpenAI) -> None:
    """A second turn that gives the first one's reply back, as the SDK's models write it."""
    first = client.responses.create(model="m", input="hi", tools=[FUNCTION])  # type: ignore[list-item]
    items = [item.model_dump(exclude_none=True) for item in first.output]
    client.responses.create(model="m", input=[*INPUT, *items], store=False)
    said = client.chat.completions.create(model="m", messages=MESSAGES).choices[0].message
    client.chat.completions.create(model="m", messages=[*MESSAGES, said, MESSAGES[-1]])
    client.chat.completions.create(model="m", messages=[*MESSAGES, said.model_dump(), MESSAGES[-1]])


def _responses(client: OpenAI) -> None:
    create: Callable[..., Any] = client.responses.create
    create(model="m", input="hi")
    create(model="m", input=INPUT, tools=[FUNCTION], tool_choice="auto", parallel_tool_calls=False)
    create(
        model="m",
        instructions="Be brief.",
        input=INPUT,
        tools=[
            FUNCTION,
            {"type": "web_search_preview"},
            {"type": "web_search", "filters": {"allowed_domains": ["example.org"]}},
            {"type": "code_interpreter", "container": {"type": "auto"}},
            {
                "type": "mcp",
                "server_label": "l",
                "server_url": "https://x",
                "require_approval": "never",
            },
            {"type": "custom", "name": "patch", "format": {"type": "text"}},
        ],
        tool_choice={"type": "function", "name": "get_weather"},
        reasoning={"effort": "high", "summary": "auto"},
        include=["reasoning.encrypted_content"],
        metadata={"trace": "1"},
        max_output_tokens=16,
        temperature=1,
        top_p=0.5,
        truncation="auto",
        prompt_cache_key="k",
        service_tier="auto",
        text={"verbosity": "low"},
        store=False,
    )
    for _ in create(model="m", input="hi", stream=True):
        pass
    with client.responses.stream(model="m", input="hi", tools=[FUNCTION]) as stream:  # type: ignore[list-item]
        stream.until_done()


def _chat(client: OpenAI) -> None:
    create: Callable[..., Any] = client.chat.completions.create
    create(model="m", messages=MESSAGES)
    create(
        model="m",
        messages=MESSAGES,
        tools=[CHAT_FUNCTION],
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
        parallel_tool_calls=True,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "w", "schema": Weather.model_json_schema(), "strict": True},
        },
        max_completion_tokens=100,
        temperature=0.2,
        stop=["\n"],
        logit_bias={"50256": -100},
        seed=7,
        n=1,
        user="someone",
        metadata={"trace": "1"},
        store=True,
        reasoning_effort="low",
        frequency_penalty=None,
    )
    for _ in create(
        model="m", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ):
        pass
    with client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
        stream.until_done()


def _parse(client: OpenAI) -> None:
    """What the reply holds is not judged here: what was sent is."""
    with contextlib.suppress(ValueError):
        client.responses.parse(model="m", input="hi", text_format=Weather)
    with contextlib.suppress(ValueError):
        client.chat.completions.parse(model="m", messages=MESSAGES, response_format=Weather)


@pytest.mark.parametrize(
    ("use", "requests"),
    [(_responses, 5), (_chat, 4), (_parse, 2), (_replayed, 5)],
    ids=["responses", "chat", "parse", "replayed"],
)
def test_the_official_sdk_is_never_refused(
    serve: ServeMock, use: Callable[[OpenAI], None], requests: int
) -> None:
    mock = serve("permissive")
    http = httpx.Client(verify=False)  # noqa: S501 - plain HTTP to this machine
    with OpenAI(
        base_url=f"{mock.url}/v1", api_key="key-from-call", max_retries=0, http_client=http
    ) as client:
        use(client)
    assert len(mock.session.journal.entries) == requests
    assert _refused(mock) == []


@pytest.mark.parametrize("more", [{}, {"stream": True}], ids=["whole", "streamed"])
@pytest.mark.parametrize("model", ["openai/gpt-4.1", "openai/gpt-5", "hosted_vllm/m"])
def test_litellm_is_never_refused(serve: ServeMock, model: str, more: dict[str, Any]) -> None:
    mock = serve("permissive")
    to: dict[str, Any] = {"model": model, "api_base": f"{mock.url}/v1", "api_key": "key-from-call"}
    for request in (
        {},
        {
            "tools": [CHAT_FUNCTION],
            "tool_choice": "auto",
            "max_tokens": 100,
            "metadata": {"trace": "1"},
            "user": "someone",
            "response_format": {"type": "json_object"},
        },
        {"reasoning_effort": "low", "max_completion_tokens": 100, "drop_params": True},
    ):
        _drain(litellm.completion(**to, messages=MESSAGES, **request, **more))
    if model.startswith("openai/"):
        for request in (
            {"input": "hi"},
            {"input": INPUT, "tools": [FUNCTION], "max_output_tokens": 100, "store": False},
            {"input": INPUT, "truncation": "auto", "instructions": "Be brief."},
        ):
            _drain(litellm.responses(**to, **request, **more))
    assert len(mock.session.journal.entries) == (6 if model.startswith("openai/") else 3)
    assert _refused(mock) == []


@pytest.mark.parametrize("scenario", RECORDED)
@pytest.mark.parametrize("model", ["openai/gpt-4.1", "openai/gpt-5"])
def test_litellms_own_translation_of_claude_code_is_never_refused(
    serve: ServeMock, model: str, scenario: str
) -> None:
    """LiteLLM without our handler, given Claude Code's requests: what it makes of them."""
    mock = serve("permissive")
    body = {
        **orjson.loads((SCENARIOS / f"{scenario}.json").read_bytes())["body"],
        "model": model,
        "stream": False,
    }
    to = {"api_base": f"{mock.url}/v1", "api_key": "key-from-call"}
    asyncio.run(litellm.anthropic_messages(**body, **to, drop_params=True))
    assert len(mock.session.journal.entries) == 1
    assert _refused(mock) == []


def _drain(reply: Any) -> None:
    if not hasattr(reply, "model_dump"):
        for _ in reply:
            pass


def _refused(mock: Mock) -> list[tuple[str, str]]:
    """Judge what a permissive mock has seen by `openai`; list what that would refuse."""
    judge = Session(load_profile("openai"))
    return [
        (entry.api, violation.message)
        for entry in mock.session.journal.entries
        if entry.api is not None
        for violation in judge.judge(entry.api, entry.json()).violations
    ]


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("scenario", [*RECORDED, "plain-turn", "thinking-history"])
def test_what_the_handler_sends_is_refused_for_thinking_blocks_alone(
    scenario: str, api: Api
) -> None:
    """The committed payloads of the handler, and each of them less `thinking_blocks`."""
    payload = orjson.loads((LEDGER / scenario / f"{api}.json").read_bytes())
    session = Session(load_profile("openai"))
    told = {violation.message for violation in session.judge(api, payload).violations}
    for item in payload.get("input", payload.get("messages")):
        item.pop("thinking_blocks", None)
    assert session.judge(api, payload).violations == ()
    assert all(message.endswith(".thinking_blocks'.") for message in told)
    assert told or (scenario, api) != ("thinking-history", "responses")
