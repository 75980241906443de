import asyncio
import logging
from typing import Any

import litellm
import pytest

from tests.claude_code_proxy.upstream import (
    CHAT_MODEL,
    MODELS,
    RESPONSES_MODEL,
    USER,
    Upstream,
    call_handler,
)

APIS = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
EMPTY = {"type": "object", "properties": {}}
BASH = {"type": "function", "function": {"name": "Bash", "parameters": EMPTY}}
READ = {"type": "function", "function": {"name": "Read", "parameters": EMPTY}}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
SERVER_TOOLS = [
    {"type": "web_fetch_20250910", "name": "web_fetch"},
    {"type": "computer_20250124", "name": "computer", "display_width_px": 1},
    {"type": "bash_20250124", "name": "bash"},
    {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
    {"type": "memory_20250818", "name": "memory"},
    {"type": "mcp_toolset", "mcp_server_name": "x"},
]


def sent_by_handler(upstream: Upstream, model: str, **params: Any) -> Any:
    """Call the handler with params that LiteLLM's own entries would not let by."""
    call_handler(
        "completion",
        model=model,
        messages=USER,
        optional_params=params,
        api_base=upstream.url,
        api_key="key-from-call",
    )
    return upstream.last.json()


def sent_by_messages(upstream: Upstream, model: str, **more: Any) -> Any:
    """Send a request in Anthropic's form through LiteLLM's ``/v1/messages``."""
    arguments = {**upstream.arguments(model), "max_tokens": 64, "drop_params": True, **more}
    asyncio.run(litellm.anthropic_messages(**arguments))
    return upstream.last.json()


@pytest.mark.parametrize("kind", ["web_search_20250305", "web_search_20260209"])
def test_anthropics_web_search_becomes_the_hosted_one(upstream: Upstream, kind: str) -> None:
    """Claude Code's search is a request with that tool alone."""
    sent = sent_by_messages(upstream, RESPONSES_MODEL, tools=[{"type": kind, "name": "web_search"}])
    assert sent["tools"] == [{"type": "web_search"}]


def test_a_search_keeps_its_place_its_size_and_its_domains(upstream: Upstream) -> None:
    """In Anthropic's form and in that of Chat Completions, which is one level deeper."""
    place = {"city": "Berlin", "country": "DE"}
    nested = {"type": "approximate", "approximate": {**place, "postcode": 1}}
    options = {"search_context_size": "low", "user_location": nested}
    expected = {
        "type": "web_search",
        "search_context_size": "low",
        "user_location": {"type": "approximate", **place},
    }
    assert upstream.sent(web_search_options=options, tools=[BASH])["tools"][1:] == [expected]
    tool = {**SEARCH, "user_location": {"type": "approximate", **place}, "allowed_domains": ["a.b"]}
    sent = sent_by_handler(upstream, RESPONSES_MODEL, tools=[tool])
    assert sent["tools"] == [
        {
            "type": "web_search",
            "user_location": {"type": "approximate", **place},
            "filters": {"allowed_domains": ["a.b"]},
        }
    ]


def test_code_execution_becomes_the_code_interpreter(upstream: Upstream) -> None:
    tool = {"type": "code_execution_20250825", "name": "code_execution"}
    sent = sent_by_messages(upstream, RESPONSES_MODEL, tools=[tool])
    assert sent["tools"] == [{"type": "code_interpreter", "container": {"type": "auto"}}]


@APIS
@pytest.mark.parametrize("tool", SERVER_TOOLS, ids=lambda tool: tool["type"])
def test_what_no_upstream_could_run_is_left_out_and_logged(
    upstream: Upstream, model: str, tool: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is it demanded: a tool choice that names it does not leave either."""
    choice = {"type": "tool", "name": tool.get("name", "x")}
    own = {"name": "Bash", "input_schema": EMPTY}
    with caplog.at_level(logging.WARNING, "claude_code_proxy"):
        sent = sent_by_messages(upstream, model, tools=[tool, own], tool_choice=choice)
    assert [t.get("name") or t["function"]["name"] for t in sent["tools"]] == ["Bash"]
    assert "tool_choice" not in sent
    assert "is not sent" in caplog.text


def test_on_chat_a_search_is_for_models_that_search(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    """OpenAI declares the option and refuses it for every other model."""
    place = {"type": "approximate", "approximate": {"city": "Berlin"}}
    options = {"search_context_size": "low", "user_location": {**place, "more": 1}}
    sent = upstream.sent("gpt-4o-search-preview", web_search_options=options)
    assert sent["web_search_options"] == {"search_context_size": "low", "user_location": place}
    with caplog.at_level(logging.WARNING, "claude_code_proxy"):
        assert "web_search_options" not in upstream.sent(CHAT_MODEL, web_search_options=options)
    assert "web_search_options is not sent" in caplog.text


NAMED = {"type": "function", "name": "Bash"}
CHAT_NAMED = {"type": "function", "function": {"name": "Bash"}}
CHOICES = [
    ("auto", "auto", "auto"),
    ("none", "none", "none"),
    ("any", "required", "required"),
    ("required", "required", "required"),
    ({"type": "auto"}, "auto", "auto"),
    ({"type": "none"}, "none", "none"),
    ({"type": "any"}, "required", "required"),
    ({"type": "tool", "name": "Bash"}, NAMED, CHAT_NAMED),
    (CHAT_NAMED, NAMED, CHAT_NAMED),
    (NAMED, NAMED, CHAT_NAMED),
    ({"name": "Bash"}, NAMED, CHAT_NAMED),
    (
        {"type": "allowed_tools", "mode": "auto", "tools": [NAMED]},
        {"type": "allowed_tools", "mode": "auto", "tools": [NAMED]},
        {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [CHAT_NAMED]}},
    ),
    (
        {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [CHAT_NAMED]}},
        {"type": "allowed_tools", "mode": "required", "tools": [NAMED]},
        {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [CHAT_NAMED]}},
    ),
    ({"type": "allowed_tools", "mode": "auto", "tools": [{"name": "Gone"}]}, "none", "none"),
    ({"type": "tool", "name": "Gone"}, None, None),
]


@pytest.mark.parametrize(("given", "responses", "chat"), CHOICES, ids=str)
def test_every_form_of_tool_choice(
    upstream: Upstream, given: Any, responses: Any, chat: Any
) -> None:
    """Each API gets it in its own form, whoever's form it came in."""
    for model, expected in ((RESPONSES_MODEL, responses), (CHAT_MODEL, chat)):
        sent = sent_by_handler(upstream, model, tools=[BASH, READ], tool_choice=given)
        assert sent.get("tool_choice") == expected


@APIS
@pytest.mark.parametrize("given", ["validated", {"type": "mcp"}, {"type": "tool"}, 7])
def test_a_choice_that_nobody_knows_is_refused(upstream: Upstream, model: str, given: Any) -> None:
    with pytest.raises(litellm.BadRequestError, match="tool_choice"):
        sent_by_handler(upstream, model, tools=[BASH], tool_choice=given)
    assert upstream.count == 0


def test_a_choice_may_name_a_hosted_tool(upstream: Upstream) -> None:
    """The Responses API has no word for the search alone, but for a list of it."""
    choice = {"type": "tool", "name": "web_search"}
    alone = sent_by_messages(upstream, RESPONSES_MODEL, tools=[SEARCH], tool_choice=choice)
    assert alone["tool_choice"] == "required"
    own = {"name": "Bash", "input_schema": EMPTY}
    among = sent_by_messages(upstream, RESPONSES_MODEL, tools=[SEARCH, own], tool_choice=choice)
    assert among["tool_choice"] == {
        "type": "allowed_tools",
        "mode": "required",
        "tools": [{"type": "web_search"}],
    }


@APIS
def test_one_call_at_a_time_is_said_in_either_way(upstream: Upstream, model: str) -> None:
    """Anthropic says it in the tool choice; beside no tool it is not said at all."""
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    sent = sent_by_handler(upstream, model, tools=[BASH], tool_choice=choice)
    assert (sent["tool_choice"], sent["parallel_tool_calls"]) == ("auto", False)
    sent = sent_by_handler(upstream, model, tools=[BASH], parallel_tool_calls=True)
    assert sent["parallel_tool_calls"] is True
    assert "parallel_tool_calls" not in sent_by_handler(upstream, model, tool_choice=choice)


@APIS
def test_a_tools_schema_is_an_objects_and_free_of_anthropics_words(
    upstream: Upstream, model: str
) -> None:
    """LiteLLM puts what else stands on an Anthropic tool into the schema of its arguments."""
    tool = {
        "name": "F",
        "input_schema": {"properties": {"defer_loading": {"type": "string"}}},
        "defer_loading": True,
        "allowed_callers": ["direct"],
    }
    sent = sent_by_messages(upstream, model, tools=[tool])["tools"][0]
    assert sent.get("function", sent)["parameters"] == {
        "type": "object",
        "properties": {"defer_loading": {"type": "string"}},
    }


@APIS
def test_the_legacy_functions_are_tools(upstream: Upstream, model: str) -> None:
    function = {"name": "Bash", "parameters": EMPTY}
    call = {"name": "Bash"}
    sent = upstream.sent(model, functions=[function], function_call=call)
    modern = upstream.sent(model, tools=[BASH], tool_choice=CHAT_NAMED)
    assert sent == modern


SCHEMA = {"name": "answer", "schema": {"type": "object"}, "strict": True}
FLAT = {"type": "json_schema", **SCHEMA}
NESTED = {"type": "json_schema", "json_schema": SCHEMA}


@pytest.mark.parametrize(
    ("given", "flat", "nested"),
    [
        ({"type": "text"}, {"type": "text"}, {"type": "text"}),
        ({"type": "json_object"}, {"type": "json_object"}, {"type": "json_object"}),
        (NESTED, FLAT, NESTED),
        (FLAT, FLAT, NESTED),
        ({"type": "json_schema", "json_schema": {**SCHEMA, "more": 1}}, FLAT, NESTED),
        (
            {"type": "json_schema", "json_schema": {"schema": {}}},
            {"type": "json_schema", "name": "answer", "schema": {}},
            {"type": "json_schema", "json_schema": {"name": "answer", "schema": {}}},
        ),
    ],
)
def test_every_form_of_an_answers_format(
    upstream: Upstream, given: Any, flat: Any, nested: Any
) -> None:
    sent = sent_by_handler(upstream, RESPONSES_MODEL, response_format=given)
    assert sent["text"] == {"format": flat}
    assert sent_by_handler(upstream, CHAT_MODEL, response_format=given)["response_format"] == nested


@APIS
@pytest.mark.parametrize("given", [{"type": "grammar"}, {"type": []}, "json_object", {}])
def test_a_format_that_nobody_knows_is_refused(upstream: Upstream, model: str, given: Any) -> None:
    if given == {}:
        given = {"type": None}
    with pytest.raises(litellm.BadRequestError, match="response_format"):
        sent_by_handler(upstream, model, response_format=given)
    assert upstream.count == 0


def test_effort_and_summary_of_the_model_and_of_the_request(upstream: Upstream) -> None:
    """The request's own effort wins; the model's summary stays."""
    own = {"reasoning": {"effort": "low", "summary": "auto"}}
    assert sent_by_handler(upstream, RESPONSES_MODEL, **own)["reasoning"] == own["reasoning"]
    asked = {**own, "reasoning_effort": "high"}
    sent = sent_by_handler(upstream, RESPONSES_MODEL, **asked)
    assert sent["reasoning"] == {"effort": "high", "summary": "auto"}
    assert sent_by_handler(upstream, CHAT_MODEL, **own)["reasoning_effort"] == "low"
    assert sent_by_handler(upstream, CHAT_MODEL, **asked)["reasoning_effort"] == "high"
    assert not {"reasoning", "summary"} & upstream.last.json().keys()


@APIS
def test_what_has_no_place_is_named_in_the_log(
    upstream: Upstream, model: str, caplog: pytest.LogCaptureFixture
) -> None:
    """By its name alone: a value may be anything; settings of ours are no requests."""
    own: dict[str, Any] = {"stream": False, "reasoning": {"effort": "low"}, "drop_fields": ["x"]}
    with caplog.at_level(logging.DEBUG, "claude_code_proxy"):
        sent_by_handler(upstream, model, top_k="secret", temperature=1, **own)
    lines = [r.getMessage() for r in caplog.records if "no place in the" in r.getMessage()]
    assert len(lines) == 1
    assert lines[0].endswith("API: top_k")
    assert "secret" not in caplog.text
