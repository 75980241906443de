"""What the judge finds: the first undeclared key, the union's right member, the order."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import load_profile
from mock_upstream.schema.checker import Checker, compile_schema
from mock_upstream.schema.data import ObjectType, Schema, Shape
from mock_upstream.schema.tables import Tables
from mock_upstream.verdict import Api


@pytest.fixture(scope="module")
def judge() -> Judge:
    return compile_judge(load_profile("openai"))


def _paths(judge: Judge, api: Api, payload: Mapping[str, Any]) -> list[str]:
    return [violation.path for violation in judge.check(api, payload).violations]


RESPONSES: dict[str, Any] = {
    "model": "gpt-5.2-high",
    "instructions": "Be brief.",
    "metadata": {"trace_name": "claude-code", "any key": "is welcome"},
    "input": [
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "x"}]},
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "look"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA=="},
                {"type": "input_file", "filename": "a.pdf", "file_data": "data:;base64,AA=="},
            ],
        },
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "thought"}],
            "encrypted_content": "gAAA",
        },
        {"type": "reasoning", "summary": []},
        {"role": "assistant", "content": [{"type": "output_text", "text": "hm"}]},
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": [
                {"type": "output_text", "text": "hm", "annotations": [], "logprobs": []},
                {"type": "refusal", "refusal": "no"},
            ],
        },
        {"type": "function_call", "call_id": "call_1", "name": "Bash", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "call_1",
            "output": [
                {"type": "input_text", "text": "x"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "low"},
            ],
        },
        {"type": "custom_tool_call", "call_id": "call_2", "name": "patch", "input": "x"},
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "done"},
        {"id": "msg_2"},
        {"type": "item_reference", "id": "msg_2"},
    ],
    "tools": [
        {
            "type": "function",
            "name": "Bash",
            "description": "Run",
            "strict": False,
            "parameters": {
                "type": "object",
                "properties": {"command": {"type": "string", "x-order": 1}},
                "$defs": {"odd": {"thinking_blocks": {}}},
            },
        },
        {"type": "web_search_preview"},
        {"type": "custom", "name": "patch", "format": {"type": "text"}},
    ],
    "tool_choice": {"type": "function", "name": "Bash"},
    "parallel_tool_calls": True,
    "reasoning": {"effort": "high", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "text": {
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "x", "schema": {"odd": {}}, "strict": True},
    },
    "max_output_tokens": 32000,
    "prompt_cache_key": "session",
    "store": False,
    "stream": True,
    "stream_options": {"include_obfuscation": False},
}

CHAT: dict[str, Any] = {
    "model": "gpt-4.1",
    "messages": [
        {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
        {"role": "developer", "content": "Be brief.", "name": "dev"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "annotations": [],
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "Bash", "arguments": "{}"},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "done", "name": "Bash"},
        {"role": "assistant", "content": [{"type": "text", "text": "hm"}]},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "Bash",
                "description": "Run",
                "strict": True,
                "parameters": {"type": "object", "odd": {"thinking_blocks": {}}},
            },
        }
    ],
    "tool_choice": {"type": "function", "function": {"name": "Bash"}},
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "x", "schema": {"odd": 1}, "strict": True},
    },
    "reasoning_effort": "high",
    "max_tokens": 100,
    "max_completion_tokens": 100,
    "metadata": {"any key": "is welcome"},
    "logit_bias": {"50256": -100},
    "stream": True,
    "stream_options": {"include_usage": True},
    "user": "someone",
}


@pytest.mark.parametrize(("api", "payload"), [("responses", RESPONSES), ("chat", CHAT)])
def test_a_rich_request_is_accepted_whole(
    judge: Judge, api: Api, payload: Mapping[str, Any]
) -> None:
    assert _paths(judge, api, payload) == []


@pytest.mark.parametrize("example", [RESPONSES, CHAT], ids=["responses", "chat"])
def test_an_unknown_key_anywhere_declared_in_a_rich_request_is_found(
    judge: Judge, example: Mapping[str, Any]
) -> None:
    """Every object of the example but the open ones refuses a foreign key at its own place."""
    api: Api = "responses" if example is RESPONSES else "chat"
    unseen = []
    payload = json.loads(json.dumps(example))
    for path, declared in _objects("", payload):
        declared["cache_control"] = {"type": "ephemeral"}
        found = _paths(judge, api, payload)
        del declared["cache_control"]
        if found != [f"{path}.cache_control".removeprefix(".")]:
            unseen.append(path)
    assert unseen == []


OPEN = ("metadata", "parameters", "schema", "logit_bias")


def _objects(path: str, value: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the objects of a request with their paths, save those that are open by nature."""
    if isinstance(value, list):
        for index, element in enumerate(value):
            yield from _objects(f"{path}[{index}]", element)
    elif isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            if key not in OPEN:
                yield from _objects(f"{path}.{key}".removeprefix("."), inner)


TEXT = {"type": "input_text", "text": "x"}
USER = {"role": "user", "content": "x"}


def _chat(**message: object) -> dict[str, object]:
    return {"model": "m", "messages": [USER, message]}


@pytest.mark.parametrize(
    ("api", "payload", "path"),
    [
        ("responses", {"thinking": {}}, "thinking"),
        ("responses", {"messages": []}, "messages"),
        ("responses", {"text": {"format": {"type": "text", "x": 1}}}, "text.format.x"),
        (
            "responses",
            {"input": [USER, {"role": "assistant", "content": "x", "thinking_blocks": []}]},
            "input[1].thinking_blocks",
        ),
        (
            "responses",
            {"input": [{"role": "user", "content": [{**TEXT, "a b": 1}]}]},
            'input[0].content[0]["a b"]',
        ),
        (
            "responses",
            {
                "input": [
                    {
                        "type": "function_call",
                        "call_id": "c",
                        "name": "f",
                        "arguments": "",
                        "role": "user",
                    }
                ]
            },
            "input[0].role",
        ),
        (
            "responses",
            {
                "input": [
                    {
                        "type": "web_search_call",
                        "id": "ws_1",
                        "status": "completed",
                        "action": {"type": "find_in_page", "pattern": "p", "url": "u", "query": 1},
                    }
                ]
            },
            "input[0].action.query",
        ),
        (
            "responses",
            {"prompt": {"id": "p", "variables": {"v": {**TEXT, "x": 1}}}},
            "prompt.variables.v.x",
        ),
        (
            "responses",
            {"input": [{"id": "msg_1", "thinking_blocks": 1}]},
            "input[0].thinking_blocks",
        ),
        (
            "chat",
            _chat(
                role="assistant",
                tool_calls=[
                    {
                        "index": 0,
                        "id": "c",
                        "type": "function",
                        "function": {"name": "f", "arguments": ""},
                    }
                ],
            ),
            "messages[1].tool_calls[0].index",
        ),
        ("chat", _chat(role="user", content="x", tool_call_id="x"), "messages[1].tool_call_id"),
        ("chat", _chat(role="user", content="x", type="message"), "messages[1].type"),
        ("chat", {"model": "m", "messages": [USER], "input": "x"}, "input"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_error_names_the_real_culprit(
    judge: Judge, api: Api, payload: Mapping[str, Any], path: str
) -> None:
    [violation] = judge.check(api, payload).violations
    assert (violation.rule, violation.path) == ("unknown-parameter", path)


@pytest.mark.parametrize(
    "item",
    [
        {"type": "no such type", "thinking_blocks": []},
        {"role": "no such role", "thinking_blocks": []},
        {"type": 7, "thinking_blocks": []},
        {"type": 7, "role": "user", "content": "x", "thinking_blocks": []},
        {"type": ["message"], "thinking_blocks": []},
        {"thinking_blocks": []},
        {"content": "x", "thinking_blocks": []},
    ],
    ids=str,
)
def test_nothing_is_said_about_the_keys_of_an_undetermined_object(item: Mapping[str, Any]) -> None:
    """What no member of a union fits is one fault of its own, and its keys are not judged."""
    faults = compile_schema("responses").all({"input": [item]})
    assert [(fault.kind, fault.place) for fault in faults] == [("value", ("input", 0))]


@pytest.mark.parametrize(
    "payload",
    [
        {"input": {"role": "user", "x": 1}},
        {"input": None, "tools": 7, "text": [], "reasoning": "high", "metadata": [1]},
        {"tools": [[{"type": "function", "x": 1}]], "include": {"a": 1}},
    ],
    ids=str,
)
def test_a_value_of_the_wrong_kind_is_no_unknown_key(payload: Mapping[str, Any]) -> None:
    assert {fault.kind for fault in compile_schema("responses").all(payload)} == {"type"}


def test_the_first_unknown_key_in_document_order_answers(judge: Judge) -> None:
    late = {"input": [{"role": "user", "content": "x", "deep": 1}], "top": 1}
    early = {"top": 1, "input": [{"role": "user", "content": "x", "deep": 1}]}
    assert _paths(judge, "responses", late) == ["input[0].deep"]
    assert _paths(judge, "responses", early) == ["top"]


def test_violations_of_several_rules_stand_in_document_order() -> None:
    judge = compile_judge(load_profile("openai"), reject=["store", "input[*].name", "input[1]"])
    payload = {
        "model": "x",
        "input": [
            {"type": "function_call", "name": "n", "call_id": "c", "arguments": ""},
            {"type": "reasoning", "summary": []},
        ],
        "z": 1,
        "store": True,
    }
    verdict = judge.check("responses", payload)
    assert [(violation.rule, violation.path) for violation in verdict.violations] == [
        ("reject input[*].name", "input[0].name"),
        ("reject input[1]", "input[1]"),
        ("unknown-parameter", "z"),
        ("reject store", "store"),
    ]


def test_one_place_is_reported_once_under_the_rule_that_names_it() -> None:
    judge = compile_judge(load_profile("openai"), reject=["thinking"])
    verdict = judge.check("responses", {"thinking": 1})
    assert [violation.rule for violation in verdict.violations] == ["reject thinking"]


def test_nesting_beyond_pythons_stack_is_judged(judge: Judge) -> None:
    """A recursive type and open objects, each 100,000 levels deep."""
    compound: dict[str, Any] = {"type": "and", "filters": [], "unheard_of": 1}
    opened: Any = {}
    for _ in range(100_000):
        compound = {"type": "and", "filters": [compound]}
        opened = {"x": [opened]}
    tool = {"type": "file_search", "vector_store_ids": ["v"], "filters": compound}
    [violation] = judge.check("responses", {"tools": [tool]}).violations
    assert violation.path == f"tools[0].filters{'.filters[0]' * 100_000}.unheard_of"
    tool = {"type": "function", "name": "f", "parameters": opened}
    assert _paths(judge, "responses", {"tools": [tool]}) == []
    assert _paths(judge, "responses", {"metadata": opened, "input": opened["x"]}) == ["metadata.x"]


def test_an_object_that_may_also_be_anything_is_open() -> None:
    """A union of a declared object and `any`, or a map of anything, refuses no key."""
    shape = {"any_of": [{"ref": "A"}, "any"]}
    mapped = {"any_of": [{"ref": "A"}, {"map": "any"}]}
    properties: dict[str, Shape] = {"closed": {"ref": "A"}, "open": shape, "mapped": mapped}
    objects = {
        "Root": ObjectType(properties, frozenset()),
        "A": ObjectType({"a": "string"}, frozenset()),
    }
    root: Shape = {"ref": "Root"}
    checker = Checker(Tables(Schema("0", {"chat": root, "responses": root}, objects)).root("chat"))
    assert checker.first({"open": {"x": 1}, "mapped": {"x": 1}}) is None
    fault = checker.first({"closed": {"a": "1", "x": 1}})
    assert fault is not None
    assert (fault.kind, fault.place) == ("unknown", ("closed", "x"))


def test_judging_leaves_the_payload_untouched(judge: Judge) -> None:
    before = json.dumps(RESPONSES)
    judge.check("responses", RESPONSES)
    assert json.dumps(RESPONSES) == before
