import asyncio
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import litellm
import orjson
import pytest

from claude_code_proxy.responses_request import SMALLEST_MAX_OUTPUT_TOKENS
from tests.claude_code_proxy.upstream import (
    METHODS,
    MODELS,
    RESPONSES_MODEL,
    USER,
    Upstream,
    call_handler,
)

FIXTURES = Path(__file__).parents[2] / "conformance" / "scenarios"
IMAGE = "data:image/png;base64,iVBORw0KGgo="
THINKING = [{"type": "thinking", "thinking": "step", "signature": "c2ln"}]
TOOL = {
    "type": "function",
    "cache_control": {"type": "ephemeral"},
    "function": {
        "name": "Bash",
        "description": "Run it.",
        "parameters": {"type": "object", "properties": {"command": {"type": "string"}}},
    },
}


def call(call_id: str, name: str = "Bash") -> dict[str, Any]:
    """Return a tool call as an assistant turn holds it."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}}


def items(upstream: Upstream, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the input items that the messages become."""
    sent: list[dict[str, Any]] = upstream.sent(messages=copy.deepcopy(list(messages)))["input"]
    return sent


def test_the_body_of_a_plain_turn(upstream: Upstream) -> None:
    """Nothing is sent that was not asked for, save the trace name."""
    assert upstream.sent() == {
        "model": RESPONSES_MODEL,
        "input": [{"type": "message", "role": "user", "content": "hello"}],
        "metadata": {"trace_name": "claude_code_proxy"},
    }
    assert (upstream.last.method, upstream.last.path) == ("POST", "/v1/responses")


def test_streaming_changes_nothing_but_the_stream_key(upstream: Upstream) -> None:
    """The four methods send the same body, two of them with ``stream: true``."""
    sent = {}
    for name, method in METHODS.items():
        method(upstream.arguments(tools=[TOOL], max_tokens=100, metadata={"a": "b"}))
        sent[name] = upstream.last.json()
    streamed = {**sent["completion"], "stream": True}
    assert sent["acompletion"] == sent["completion"]
    assert sent["streaming"] == sent["astreaming"] == streamed
    assert upstream.count == len(METHODS)


@pytest.mark.parametrize("role", ["system", "developer"])
def test_instructions_stay_where_they_stand(upstream: Upstream, role: str) -> None:
    """A system turn keeps its role and place, in mid-conversation too, less its cache marks."""
    parts = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
    instructions = {"role": role, "content": parts}
    sent = items(upstream, *USER, instructions)
    content = [{"type": "input_text", "text": "Be brief."}]
    assert sent[1] == {"type": "message", "role": role, "content": content}


def test_images_and_files_of_a_user(upstream: Upstream) -> None:
    content = [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": IMAGE, "detail": "low", "format": "png"}},
        {"type": "image_url", "image_url": "https://example.com/a.png"},
        {"type": "file", "file": {"file_data": "data:x", "filename": "a.pdf", "format": "pdf"}},
    ]
    arguments = {"messages": [{"role": "user", "content": content}]}
    call_handler(
        "completion",
        model=RESPONSES_MODEL,
        api_base=upstream.url,
        api_key="key-from-call",
        **arguments,
    )
    assert upstream.last.json()["input"][0]["content"] == [
        {"type": "input_text", "text": "See"},
        {"type": "input_image", "image_url": IMAGE, "detail": "low"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"},
        {"type": "input_file", "file_data": "data:x", "filename": "a.pdf"},
    ]


def test_documents_are_files_wherever_they_stand(upstream: Upstream) -> None:
    """LiteLLM passes Claude Code's documents as images, in tool results too."""
    data = "data:application/pdf;base64,AA"
    address = "https://example.com/a.pdf"
    content = [
        {"type": "image_url", "image_url": {"url": data}},
        {"type": "image_url", "image_url": {"url": address}},
        {"type": "file", "file": {"file_id": address}},
    ]
    expected = [
        {"type": "input_file", "file_data": data, "filename": "document.pdf"},
        {"type": "input_file", "file_url": address},
        {"type": "input_file", "file_url": address},
    ]
    turn = {"role": "assistant", "content": None, "tool_calls": [call("a")]}
    result = {"role": "tool", "tool_call_id": "a", "content": content}
    sent = items(upstream, {"role": "user", "content": content}, turn, result)
    assert sent[0]["content"] == sent[2]["output"] == expected


def test_a_conversation_that_says_nothing_is_refused(upstream: Upstream) -> None:
    """A clear 400 instead of an empty input, which the upstream would refuse in its own words."""
    with pytest.raises(litellm.BadRequestError, match="no message says anything"):
        items(upstream, {"role": "assistant", "content": ""})
    assert upstream.count == 0


def test_text_stands_before_its_calls_and_carries_the_thinking(upstream: Upstream) -> None:
    """Thinking blocks go to the turn's message item exactly as they arrived, no other key does."""
    turn = {
        "role": "assistant",
        "content": "Let me look.",
        "thinking_blocks": THINKING,
        "reasoning_content": "step",
        "tool_calls": [call("a"), call("b", "Read")],
    }
    results = [
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "one"}]},
        {"role": "tool", "tool_call_id": "b", "content": "two", "cache_control": {}},
    ]
    text = [{"type": "output_text", "text": "Let me look."}]
    assert items(upstream, *USER, turn, *results)[1:] == [
        {"type": "message", "role": "assistant", "content": text, "thinking_blocks": THINKING},
        {"type": "function_call", "call_id": "a", "name": "Bash", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "Read", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "one"},
        {"type": "function_call_output", "call_id": "b", "output": "two"},
    ]


@pytest.mark.parametrize("content", [None, ""])
def test_a_turn_without_text_gives_its_thinking_to_the_first_call(
    upstream: Upstream, content: str | None
) -> None:
    turn = {
        "role": "assistant",
        "content": content,
        "thinking_blocks": THINKING,
        "tool_calls": [call("a"), call("b")],
    }
    sent = items(upstream, *USER, turn)[1:]
    assert [item["type"] for item in sent[:2]] == ["function_call", "function_call"]
    assert sent[0]["thinking_blocks"] == THINKING
    assert "thinking_blocks" not in sent[1]


def test_a_turn_of_thinking_alone_is_a_message_with_an_empty_text(upstream: Upstream) -> None:
    turn = {"role": "assistant", "content": "", "thinking_blocks": THINKING}
    assert items(upstream, *USER, turn)[1:] == [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": ""}],
            "thinking_blocks": THINKING,
        }
    ]


def test_an_empty_assistant_turn_is_left_out(upstream: Upstream) -> None:
    assert len(items(upstream, *USER, {"role": "assistant", "content": ""}, *USER)) == 2


def test_an_image_in_a_tool_result_stays_in_it(upstream: Upstream) -> None:
    image = {"type": "image_url", "image_url": {"url": IMAGE}}
    note = {"type": "text", "text": "a picture"}
    result = {"role": "tool", "tool_call_id": "a", "content": [note, image]}
    turn = {"role": "assistant", "content": None, "tool_calls": [call("a")]}
    assert items(upstream, *USER, turn, result)[-1] == {
        "type": "function_call_output",
        "call_id": "a",
        "output": [
            {"type": "input_text", "text": "a picture"},
            {"type": "input_image", "image_url": IMAGE, "detail": "auto"},
        ],
    }


@pytest.mark.parametrize("content", ["", [], None, [{"type": "text", "text": ""}]])
def test_an_empty_tool_result_is_an_empty_text(upstream: Upstream, content: object) -> None:
    result = {"role": "tool", "tool_call_id": "a", "content": content}
    call_handler(
        "completion",
        model=RESPONSES_MODEL,
        messages=[{"role": "assistant", "content": None, "tool_calls": [call("a")]}, result],
        api_base=upstream.url,
        api_key="key-from-call",
    )
    assert upstream.last.json()["input"][-1]["output"] == ""


def test_an_empty_list_of_thinking_goes_as_it_came(upstream: Upstream) -> None:
    """On an item that there is anyway: no item is made for it."""
    turn: dict[str, Any] = {"role": "assistant", "content": "hi", "thinking_blocks": []}
    assert items(upstream, *USER, turn)[1]["thinking_blocks"] == []
    assert len(items(upstream, *USER, {**turn, "content": ""})) == 1


def test_tools_are_flat_and_say_whether_they_are_strict(upstream: Upstream) -> None:
    """Without ``strict`` the Responses API would take them for strict ones."""
    strict = {"type": "function", "function": {"name": "Now", "strict": True}}
    assert upstream.sent(tools=[TOOL, strict])["tools"] == [
        {
            "type": "function",
            "name": "Bash",
            "description": "Run it.",
            "parameters": TOOL["function"]["parameters"],  # type: ignore[index]  # a dict above
            "strict": False,
        },
        {
            "type": "function",
            "name": "Now",
            "parameters": {"type": "object", "properties": {}},
            "strict": True,
        },
    ]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ({"type": "auto"}, "auto"),
        ({"type": "any"}, "required"),
        ({"type": "function", "function": {"name": "Bash"}}, {"type": "function", "name": "Bash"}),
        ({"type": "tool", "name": "Bash"}, {"type": "function", "name": "Bash"}),
    ],
)
def test_every_form_of_tool_choice(upstream: Upstream, given: object, sent: object) -> None:
    params = {"tools": [TOOL], "tool_choice": given}
    call_handler(
        "completion",
        model=RESPONSES_MODEL,
        messages=USER,
        optional_params=params,
        api_base=upstream.url,
        api_key="key-from-call",
    )
    assert upstream.last.json()["tool_choice"] == sent


def test_what_is_only_allowed_beside_tools_stays_away_without_them(upstream: Upstream) -> None:
    sent = upstream.sent(tool_choice="auto", parallel_tool_calls=False)
    assert sent.keys() == {"model", "input", "metadata"}
    assert upstream.sent(tools=[TOOL], parallel_tool_calls=False)["parallel_tool_calls"] is False


@pytest.mark.parametrize(("given", "sent"), [(1, SMALLEST_MAX_OUTPUT_TOKENS), (32000, 32000)])
@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_the_token_limit_is_renamed_and_never_too_small(
    upstream: Upstream, name: str, given: int, sent: int
) -> None:
    body = upstream.sent(**{name: given})
    assert body["max_output_tokens"] == sent
    assert name not in body


def test_sampling_user_and_cache_key_pass(upstream: Upstream) -> None:
    """LiteLLM's own opinion of what a GPT-5 takes does not interfere."""
    given = {"temperature": 0.5, "top_p": 0.9, "user": "someone", "prompt_cache_key": "session"}
    call_handler(
        "completion",
        model=RESPONSES_MODEL,
        messages=USER,
        optional_params={**given, "stop": ["x"], "seed": 1, "max_retries": 3},
        api_base=upstream.url,
        api_key="key-from-call",
    )
    sent = upstream.last.json()
    assert {key: sent[key] for key in given} == given
    assert sent.keys() == {"model", "input", "metadata", *given}


def test_reasoning_effort_and_response_format_are_nested(upstream: Upstream) -> None:
    schema = {"name": "answer", "schema": {"type": "object"}, "strict": True}
    sent = upstream.sent(
        reasoning_effort="high",
        allowed_openai_params=["reasoning_effort"],
        response_format={"type": "json_schema", "json_schema": schema},
    )
    assert sent["reasoning"] == {"effort": "high"}
    assert sent["text"] == {"format": {"type": "json_schema", **schema}}
    assert not sent.keys() & {"reasoning_effort", "response_format"}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_the_name_of_an_answers_schema_fits_the_api(upstream: Upstream, model: str) -> None:
    """64 characters at most; two long names stay two."""
    names = []
    for name in ("s" * 64, "s" * 65, "s" * 66):
        schema = {"name": name, "schema": {"type": "object"}}
        form = {"type": "json_schema", "json_schema": schema}
        sent = upstream.sent(model, response_format=form)
        written = sent["text"]["format"] if "text" in sent else sent["response_format"]
        names.append(written.get("json_schema", written)["name"])
    assert names[0] == "s" * 64
    assert len(set(names)) == 3
    assert max(map(len, names)) == 64


def test_extra_body_is_sent_as_asked_but_for_our_own_words(upstream: Upstream) -> None:
    """What the user asked for by name wins over what we would send; flags still act on it."""
    extra = {
        "truncation": "auto",
        "metadata": {"team": "blue"},
        "drop_metadata_res_api": True,
        "use_responses_api": False,
        "api_key": "key-from-extra-body",
        "stream": True,
    }
    sent = upstream.sent(extra_body=extra)
    assert sent["truncation"] == "auto"
    assert sent["metadata"] == {"team": "blue"}
    assert sent.keys() == {"model", "input", "metadata", "truncation"}
    flagged = upstream.sent(extra_body=extra, drop_metadata_res_api=True)
    assert flagged.keys() == {"model", "input", "truncation"}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "critic", "content": "x"},
        {"role": "user", "content": [{"type": "video_url", "video_url": {"url": "x"}}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {}}]},
        {"role": "user", "content": 7},
        {"role": "user", "content": [{"type": "file", "file": "a string"}]},
        {"role": "user", "content": [{"type": "input_audio", "input_audio": "a string"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "a"}]},
        {"role": "assistant", "content": None, "tool_calls": ["a string"]},
        {"role": "assistant", "content": None, "tool_calls": 7},
        "a string",
    ],
)
@pytest.mark.parametrize("model", [RESPONSES_MODEL, "glm-4.6"])
def test_what_has_no_place_upstream_is_refused_not_lost(
    upstream: Upstream, message: Any, model: str
) -> None:
    """A clear 400 before anything leaves."""
    with pytest.raises(litellm.BadRequestError):
        call_handler(
            "completion",
            model=model,
            messages=[message],
            api_base=upstream.url,
            api_key="key-from-call",
        )
    assert upstream.count == 0


@pytest.mark.parametrize(
    "params",
    [
        {"response_format": {"type": "json_schema", "json_schema": "a string"}},
        {"response_format": "a string"},
        {"tools": [TOOL], "tool_choice": {"type": []}},
        {"extra_body": {"input": 7}},
        {"extra_body": {"input": ["a string"]}},
        {"extra_body": "a string"},
    ],
)
def test_a_malformed_parameter_is_refused(upstream: Upstream, params: dict[str, Any]) -> None:
    """A clear 400 before anything leaves."""
    arguments = {"model": RESPONSES_MODEL, "messages": USER, "optional_params": params}
    with pytest.raises(litellm.BadRequestError):
        call_handler("completion", api_base=upstream.url, api_key="key-from-call", **arguments)
    assert upstream.count == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_text_alone_may_be_the_input(upstream: Upstream, method: str) -> None:
    METHODS[method](upstream.arguments(extra_body={"input": "hello"}))
    assert upstream.last.json()["input"] == "hello"


@pytest.mark.parametrize("messages", ["hello", ["hello"], None, [{}], [{"role": []}]])
def test_messages_of_an_extra_body_never_fail_within(upstream: Upstream, messages: object) -> None:
    """A list of objects goes as it is, whatever is in them; all else is a clear 400."""
    try:
        upstream.sent("glm-4.6", extra_body={"messages": messages})
    except litellm.BadRequestError:
        assert upstream.count == 0
    else:
        assert upstream.last.json()["messages"] == messages


@pytest.mark.parametrize("fixture", ["first-turn", "tool-results-with-image", "tool-error"])
@pytest.mark.parametrize("model", [RESPONSES_MODEL, "glm-4.6"])
def test_claude_codes_own_requests_pass_the_strictest_upstream(
    start: Callable[..., Upstream], fixture: str, model: str
) -> None:
    """With the thinking flag no key at any depth is unknown to OpenAI, on either API."""
    upstream = start("openai")
    body = orjson.loads((FIXTURES / f"{fixture}.json").read_bytes())["body"]
    request = {**body, "model": f"claude_code_router/{model}", "stream": False}
    arguments = {
        "api_base": upstream.url,
        "api_key": "key-from-call",
        "drop_params": True,
        "drop_thinking_blocks_res_api": True,
    }
    asyncio.run(litellm.anthropic_messages(**request, **arguments))
    assert upstream.last.verdict.accepted
    assert upstream.count == 1
