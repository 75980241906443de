"""One fault of each kind at many depths: the exact message, `param` and code."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

import mock_upstream
from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import load_profile
from mock_upstream.schema.checker import Checker, compile_schema
from mock_upstream.schema.data import ObjectType, Schema
from mock_upstream.schema.fault import FAULT_KINDS, Fault
from mock_upstream.schema.tables import Tables
from mock_upstream.schema.wording import openai_wording
from mock_upstream.verdict import Api

USER = {"role": "user", "content": "hi"}
TEXT = {"type": "input_text", "text": "hi"}
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
TOOL = {"type": "function", "name": "f", "parameters": {}, "strict": False}
CHAT_CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
FUNCTION = {"type": "function", "function": {"name": "f"}}
NESTED = {"type": "eq", "key": "k", "value": 1}

ITEMS = (
    "'additional_tools', 'agent_message', 'apply_patch_call', 'apply_patch_call_output', "
    "'code_interpreter_call', 'compaction', 'compaction_trigger', 'computer_call', "
    "'computer_call_output', 'custom_tool_call', 'custom_tool_call_output', "
    "'file_search_call', 'function_call', 'function_call_output', 'image_generation_call', "
    "'item_reference', 'local_shell_call', 'local_shell_call_output', 'mcp_approval_request', "
    "'mcp_approval_response', 'mcp_call', 'mcp_list_tools', 'message', 'multi_agent_call', "
    "'multi_agent_call_output', 'program', 'program_output', 'reasoning', 'shell_call', "
    "'shell_call_output', 'tool_search_call', 'tool_search_output', and 'web_search_call'"
)
PARTS = (
    "'input_text', 'input_image', 'input_audio', 'output_text', 'refusal', 'input_file', "
    "'computer_screenshot', 'summary_text', and 'encrypted_content'"
)
HERE = "'input_text', 'input_image', 'input_file', 'scoped_content', and 'input_audio'"
EFFORTS = "'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return compile_judge(load_profile("openai"))


def _input(*items: object) -> dict[str, Any]:
    return {"model": "m", "input": list(items)}


def _part(**part: object) -> dict[str, Any]:
    return _input(USER, {"role": "user", "content": [TEXT, part]})


def _tool(**tool: object) -> dict[str, Any]:
    return {"model": "m", "input": "hi", "tools": [TOOL, tool]}


def _chat(**keys: object) -> dict[str, Any]:
    return {"model": "m", "messages": [USER]} | keys


def _message(**message: object) -> dict[str, Any]:
    return _chat(messages=[USER, message])


def _filter(depth: int, innermost: object) -> dict[str, Any]:
    for _ in range(depth):
        innermost = {"type": "and", "filters": [NESTED, innermost]}
    return _tool(type="file_search", vector_store_ids=["v"], filters=innermost)


def unknown(path: str) -> tuple[str, str, str]:
    return f"Unknown parameter: '{path}'.", path, "unknown_parameter"


def missing(path: str) -> tuple[str, str, str]:
    return f"Missing required parameter: '{path}'.", path, "missing_required_parameter"


def mistyped(path: str, expected: str, received: str) -> tuple[str, str, str]:
    message = f"Invalid type for '{path}': expected {expected}, but got {received} instead."
    return message, path, "invalid_type"


def unsupported(path: str, value: str, values: str) -> tuple[str, str, str]:
    return f"Invalid value: '{value}'. Supported values are: {values}.", path, "invalid_value"


def bounded(path: str, what: str, value: object, limit: str) -> tuple[str, str, str]:
    noun, side = what.split()
    word = {"below": "minimum", "above": "maximum"}[side]
    message = (
        f"Invalid '{path}': {what} {word} value. Expected a value {limit}, but got {value} instead."
    )
    return message, path, f"{noun}_{side}_{word[:3]}_value"


def too_long(path: str, limit: int, length: int, noun: str = "string") -> tuple[str, str, str]:
    a = "an" if noun == "array" else "a"
    message = (
        f"Invalid '{path}': {noun} too long. Expected {a} {noun} with maximum length {limit}, "
        f"but got {a} {noun} with length {length} instead."
    )
    return message, path, f"{noun}_above_max_length"


def empty(path: str, noun: str) -> tuple[str, str, str]:
    a = "an" if noun == "array" else "a"
    message = (
        f"Invalid '{path}': empty {noun}. Expected {a} {noun} with minimum length 1, "
        f"but got an empty {noun} instead."
    )
    return message, path, f"empty_{noun}"


RESPONSES: list[tuple[dict[str, Any], tuple[str, str | None, str | None]]] = [
    (_input(USER) | {"thinking": {}}, unknown("thinking")),
    (_part(**TEXT, cache_control={}), unknown("input[1].content[1].cache_control")),
    (_filter(3, NESTED | {"x": 1}), unknown(f"tools[1].filters{'.filters[1]' * 3}.x")),
    (_tool(type="function"), missing("tools[1].name")),
    (_tool(type="function", function={"name": "f"}), missing("tools[1].name")),
    (_tool(name="f"), missing("tools[1].type")),
    (_input({"role": "user"}), missing("input[0].content")),
    (_part(type="input_text"), missing("input[1].content[1].text")),
    (_input(CALL, {"type": "web_search_call"}), missing("input[1].id")),
    (
        _filter(2, {"type": "eq", "key": "k"}),
        missing("tools[1].filters.filters[1].filters[1].value"),
    ),
    ({"text": {"format": {"type": "json_schema"}}}, missing("text.format.name")),
    ({"tool_choice": {"type": "function"}}, missing("tool_choice.name")),
    ({"input": 7}, mistyped("input", "one of a string or array of input items", "an integer")),
    (_input(7), mistyped("input[0]", "an input item", "an integer")),
    (_input(USER, None), mistyped("input[1]", "an input item", "null")),
    (_input({**CALL, "arguments": {}}), mistyped("input[0].arguments", "a string", "an object")),
    (
        _part(type="input_text", text=True),
        mistyped("input[1].content[1].text", "a string", "a boolean"),
    ),
    ({"tools": "x"}, mistyped("tools", "an array of tools", "a string")),
    (
        _tool(**TOOL | {"parameters": True}),
        mistyped("tools[1].parameters", "an object", "a boolean"),
    ),
    ({"metadata": "x"}, mistyped("metadata", "a metadata object", "a string")),
    ({"metadata": {"k": 7}}, mistyped("metadata.k", "a string", "an integer")),
    ({"temperature": "x"}, mistyped("temperature", "a decimal", "a string")),
    ({"max_output_tokens": 16.5}, mistyped("max_output_tokens", "an integer", "a decimal number")),
    ({"stream": "x"}, mistyped("stream", "a boolean", "a string")),
    ({"store": 1}, mistyped("store", "a boolean", "an integer")),
    ({"reasoning": "high"}, mistyped("reasoning", "an object", "a string")),
    ({"truncation": {}}, mistyped("truncation", "one of 'auto' or 'disabled'", "an object")),
    (
        {"prompt_cache_retention": {}},
        mistyped("prompt_cache_retention", "one of 'in_memory' or '24h'", "an object"),
    ),
    (
        {"context_management": {"edits": []}},
        mistyped("context_management", "an array of objects", "an object"),
    ),
    (
        {"tool_choice": 7},
        mistyped("tool_choice", "one of an object or 'none', 'auto', or 'required'", "an integer"),
    ),
    (
        {"include": "x"},
        mistyped(
            "include",
            "an array of one of 'fil...lts', 'web...lts', 'web...ces', 'mes...url', 'com...url', "
            "'cod...uts', 'rea...ent', or 'mes...obs'",
            "a string",
        ),
    ),
    (_input({"type": "bogus"}), unsupported("input[0]", "bogus", ITEMS)),
    (_input({"type": 7}), unsupported("input[0]", "", ITEMS)),
    (
        _input(USER, {"role": "tool", "content": "x"}),
        unsupported("input[1]", "tool", "'assistant', 'system', 'developer', and 'user'"),
    ),
    (_input({}), unsupported("input[0]", "", "'assistant', 'system', 'developer', and 'user'")),
    (_part(type="text", text="x"), unsupported("input[1].content[1].type", "text", PARTS)),
    (_part(type="output_text", text="x"), unsupported("input[1].content[1]", "output_text", HERE)),
    ({"reasoning": {"effort": "most"}}, unsupported("reasoning.effort", "most", EFFORTS)),
    (
        {"tool_choice": "any"},
        unsupported("tool_choice", "any", "'none', 'auto', and 'required'"),
    ),
    (
        _filter(1, {**NESTED, "type": "like"}),
        unsupported(
            "tools[1].filters.filters[1].type",
            "like",
            "'eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'and', and 'or'",
        ),
    ),
    ({"max_output_tokens": 1}, bounded("max_output_tokens", "integer below", 1, ">= 16")),
    ({"max_tool_calls": 0}, bounded("max_tool_calls", "integer below", 0, ">= 1")),
    ({"top_logprobs": 50}, bounded("top_logprobs", "integer above", 50, "<= 20")),
    ({"temperature": 2.5}, bounded("temperature", "decimal above", 2.5, "<= 2")),
    ({"top_p": -1}, bounded("top_p", "decimal below", -1, ">= 0")),
    (_input(CALL | {"call_id": "c" * 86}), too_long("input[0].call_id", 64, 86)),
    (_tool(**TOOL | {"name": "f" * 129}), too_long("tools[1].name", 128, 129)),
    ({"metadata": {"actual": "x" * 695}}, too_long("metadata.actual", 512, 695)),
    (_input(CALL | {"call_id": ""}), empty("input[0].call_id", "string")),
    ({"context_management": []}, empty("context_management", "array")),
    (
        {"metadata": {"k" * 70: "v"}},
        (
            "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with "
            "maximum length 64, but got a string with length 70 instead.",
            f"metadata.{'k' * 70}",
            "property_name_above_max_length",
        ),
    ),
    (
        {"metadata": {f"k{number}": "v" for number in range(24)}},
        (
            "Invalid 'metadata': too many properties. Expected an object with at most 16 "
            "properties, but got an object with 24 properties instead.",
            "metadata",
            "object_above_max_properties",
        ),
    ),
]

CHAT: list[tuple[dict[str, Any], tuple[str, str | None, str | None]]] = [
    ({}, ("you must provide a model parameter", None, None)),
    ({"model": "m"}, missing("messages")),
    (_chat(reasoning={}), unknown("reasoning")),
    (
        _message(role="assistant", tool_calls=[CHAT_CALL | {"index": 0}]),
        unknown("messages[1].tool_calls[0].index"),
    ),
    (_chat(stream_options={"bogus": 1}), unknown("stream_options.bogus")),
    (_chat(messages=[{"content": "hi"}]), missing("messages[0].role")),
    (_message(role="developer"), missing("messages[1].content")),
    (_chat(tools=[FUNCTION, {"type": "function"}]), missing("tools[1].function")),
    (_chat(tools=[{"type": "function", "function": {}}]), missing("tools[0].function.name")),
    (_chat(tools=[{"type": "function", "name": "f"}]), missing("tools[0].function")),
    (
        _chat(response_format={"type": "json_schema", "json_schema": {}}),
        missing("response_format.json_schema.name"),
    ),
    (
        _message(role="user", content={}),
        mistyped("messages[1].content", "one of a string or array of objects", "an object"),
    ),
    (_chat(messages="hi"), mistyped("messages", "an array of objects", "a string")),
    (_chat(messages=["hi"]), mistyped("messages[0]", "an object", "a string")),
    (_chat(functions="x"), mistyped("functions", "an array of function definitions", "a string")),
    (
        _chat(tool_choice=7),
        mistyped(
            "tool_choice", "one of one of 'none', 'auto', or 'required' or object", "an integer"
        ),
    ),
    (_chat(seed=1.5), mistyped("seed", "an integer", "a decimal number")),
    (
        _message(role="assistant", tool_calls=[CHAT_CALL | {"id": None}]),
        mistyped("messages[1].tool_calls[0].id", "a string", "null"),
    ),
    (
        _message(role="user", content=[{"type": "image_url", "image_url": "u"}]),
        mistyped("messages[1].content[0].image_url", "an object", "a string"),
    ),
    (
        _message(role="bogus", content="x"),
        unsupported(
            "messages[1].role",
            "bogus",
            "'system', 'assistant', 'user', 'function', 'tool', and 'developer'",
        ),
    ),
    (_chat(verbosity="loud"), unsupported("verbosity", "loud", "'low', 'medium', and 'high'")),
    (_chat(n=0), bounded("n", "integer below", 0, ">= 1")),
    (_chat(frequency_penalty=3), bounded("frequency_penalty", "decimal above", 3, "<= 2")),
    (
        _chat(tools=[FUNCTION, {"type": "function", "function": {"name": "f" * 90}}]),
        too_long("tools[1].function.name", 64, 90),
    ),
    (_chat(stop=["a"] * 5), too_long("stop", 4, 5, "array")),
    (_chat(messages=[]), empty("messages", "array")),
    (
        _chat(tools=[{"type": "function", "function": {"name": ""}}]),
        empty("tools[0].function.name", "string"),
    ),
]  # fmt: skip

FAULTS: list[tuple[Api, Mapping[str, Any], tuple[str, str | None, str | None]]] = [
    *(("responses", payload, body) for payload, body in RESPONSES),
    *(("chat", payload, body) for payload, body in CHAT),
]


@pytest.mark.parametrize(("api", "payload", "told"), FAULTS, ids=lambda value: str(value)[:60])
def test_a_fault_is_told_in_openais_words(
    judge: Judge, api: Api, payload: Mapping[str, Any], told: tuple[str, str | None, str | None]
) -> None:
    verdict = judge.check(api, payload)
    reply = judge.refusal(verdict)
    message, param, code = told
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    assert (reply.status, json.loads(reply.body)) == (400, {"error": error})


def test_the_table_has_every_kind_that_the_schema_finds() -> None:
    """No kind of fault goes without an example, but `pattern`, which no published limit needs."""
    met = {fault.kind for api, payload, _ in FAULTS for fault in compile_schema(api).all(payload)}
    assert met == {*FAULT_KINDS} - {"pattern"}


CATALOGUED: dict[str, tuple[Api, dict[str, Any]]] = {
    "openai-resp-max-output-tokens-min16": ("responses", {"max_output_tokens": 1}),
    "openai-resp-call-id-64": (
        "responses",
        _input(*[USER] * 149, CALL | {"call_id": "c" * 86}),
    ),
    "openai-resp-item-id-missing": (
        "responses",
        _input(*[USER] * 79, {"type": "web_search_call", "status": "completed"}),
    ),
    "openai-resp-content-part-type": (
        "responses",
        _input({"role": "user", "content": [{"type": "text", "text": "hi"}]}),
    ),
    "openai-resp-tool-name-missing": (
        "responses",
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
    ),
    "openai-resp-unknown-thinking": ("responses", {"thinking": {"type": "enabled"}}),
    "openai-resp-unknown-output-config": ("responses", {"output_config": {"effort": "high"}}),
    "openai-resp-cache-control": (
        "responses",
        _input({"role": "user", "content": [TEXT | {"cache_control": {"type": "ephemeral"}}]}),
    ),
    "openai-chat-unknown-parameter": ("chat", _chat(reasoning={"effort": "low"})),
    "openai-chat-invalid-type": ("chat", _message(role="user", content={"text": "hi"})),
    "openai-tool-name-64": (
        "chat",
        _chat(tools=[*[FUNCTION] * 24, {"type": "function", "function": {"name": "f" * 90}}]),
    ),
    "openai-metadata-16-properties": (
        "responses",
        {"metadata": {str(number): "v" for number in range(24)}},
    ),
    "openai-metadata-value-512": ("responses", {"metadata": {"actual": "x" * 695}}),
}  # fmt: skip


@pytest.mark.parametrize("entry", CATALOGUED)
def test_a_catalogued_body_is_answered_to_the_letter(judge: Judge, entry: str) -> None:
    api, payload = CATALOGUED[entry]
    verdict = judge.check(api, payload)
    assert json.loads(judge.refusal(verdict).body) == json.loads(_catalogue()[entry]["error_body"])
    [rule] = [
        rule for rule in load_profile("openai").rules if rule.id == verdict.violations[0].rule
    ]
    assert entry in rule.source


def test_a_catalogued_list_that_is_cut_begins_as_ours(judge: Judge) -> None:
    """openai-resp-tool-choice-object-auto shows the first seven values."""
    body = json.loads(_catalogue()["openai-resp-tool-choice-object-auto"]["error_body"])["error"]
    [violation] = judge.check("responses", {"tool_choice": {"type": "auto"}}).violations
    assert violation.message.startswith(body["message"].removesuffix("..."))
    assert (violation.param, violation.code) == (body["param"], body["code"])


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    path = Path(mock_upstream.__file__).parent / "catalogue" / "quirks.yaml"
    return {entry["id"]: entry for entry in yaml.safe_load(path.read_text("utf-8"))}


@pytest.mark.parametrize(
    ("payload", "places"),
    [
        (
            {"z": 1, "input": [{"role": "user", "y": 1, "content": [{"type": "input_text"}]}, {}]},
            ["z", "input[0].y", "input[0].content[0].text", "input[1]"],
        ),
        (
            {"tools": [{"x": 1, "type": "function", "function": {}, "strict": 7}], "store": "x"},
            ["tools[0].name", "tools[0].x", "tools[0].function", "tools[0].strict", "store"],
        ),
    ],
    ids=["nested", "missing first"],
)
def test_faults_come_in_document_order(payload: dict[str, Any], places: list[str]) -> None:
    """What an object lacks stands at its opening, before its keys."""
    checker = compile_schema("responses")
    assert [fault.values()["path"] for fault in checker.all(payload)] == places
    first = checker.first(payload)
    assert first is not None
    assert first.values()["path"] == places[0]


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_unknown_keys_alone_can_be_ignored(api: Api) -> None:
    checker = compile_schema(api)
    payload = {"x": 1, **(_chat() if api == "chat" else _input(USER)), "metadata": 7}
    found = [fault.kind for fault in checker.all(payload, unknown=False)]
    assert found == ["type"]
    assert checker.first({**payload, "metadata": {}}, unknown=False) is None


ACCEPTED: list[tuple[Api, dict[str, Any]]] = [
    ("chat", _chat(tools=None, tool_choice=None, user=None, response_format=None)),
    ("chat", _chat(stop=None, n=1.0, max_tokens=0, logit_bias={"1": -100})),
    ("chat", _message(role="assistant", content="x", tool_calls=None)),
    ("chat", _message(role="assistant", content="x", annotations=[{"anything": 1}])),
    (
        "chat",
        _message(
            role="tool",
            tool_call_id="c",
            name="f",
            content=[{"type": "image_url", "image_url": {"url": "u"}}],
        ),
    ),
    ("responses", {"tools": None, "tool_choice": None, "user": None, "text": None}),
    ("responses", {"frequency_penalty": 0.5, "presence_penalty": None}),
    ("responses", _input({"role": "user", "content": "hi", "id": "msg_1", "status": "completed"})),
    ("responses", _input({"role": "assistant", "content": [{"type": "output_text", "text": "x"}]})),
    ("responses", _input({"type": "reasoning", "summary": []})),
    ("responses", _input({"id": "msg_1"}, {"id": "msg_2", "type": None})),
    ("responses", _input({"type": "compaction", "encrypted_content": "x", "created_by": "y"})),
    (
        "responses",
        _input({"type": "image_generation_call", "id": "ig_1", "status": "completed"}),
    ),
    (
        "responses",
        _input(
            {
                "type": "code_interpreter_call",
                "id": "ci_1",
                "container_id": "c",
                "status": "completed",
            }
        ),
    ),
    ("responses", _part(type="input_image", image_url="u")),
    ("responses", _tool(type="function", name="f")),
]  # fmt: skip


@pytest.mark.parametrize(("api", "payload"), ACCEPTED, ids=lambda value: str(value)[:80])
def test_what_the_api_takes_beyond_the_types_is_accepted(
    judge: Judge, api: Api, payload: dict[str, Any]
) -> None:
    assert judge.check(api, payload).violations == ()


def test_any_mapping_is_a_payload() -> None:
    assert compile_schema("responses").first(MappingProxyType({"x": 1})) is not None
    assert compile_schema("responses").first(MappingProxyType({"model": "m"})) is None


def test_values_that_are_known_to_the_api_alone_are_accepted(judge: Judge) -> None:
    """Item, part and tool types that error messages list and the types lack."""
    payload = _input({"type": "agent_message", "anything": 1}) | {
        "tool_choice": {"type": "web_search"}
    }
    assert judge.check("responses", payload).violations == ()
    assert judge.check("responses", _part(type="input_audio", input_audio={})).violations == ()


def test_values_of_subclasses_are_judged_by_their_json_type(judge: Judge) -> None:
    """A payload may come from Python, not from JSON: a member of an enum is its string."""

    class Name(str):
        __slots__ = ()

    class Body(dict[str, Any]):
        pass

    payload = Body(model=Name("m"), input=[Body(USER)], reasoning={"effort": Name("low")})
    assert judge.check("responses", payload).violations == ()
    payload["input"] = [(1, 2)]
    assert [one.path for one in judge.check("responses", payload).violations] == ["input[0]"]


def test_a_member_of_a_union_whose_type_is_any_string_takes_what_no_other_does() -> None:
    """No union of today's types has one; the next version of them may."""
    objects = {
        "Fixed": ObjectType({"type": {"enum": ["a"]}, "x": "string"}, frozenset({"type"})),
        "Free": ObjectType({"type": "string", "y": "string"}, frozenset({"type"})),
    }
    root = {"any_of": [{"ref": "Fixed"}, {"ref": "Free"}]}
    checker = Checker(Tables(Schema("1", {"chat": root}, objects)).root("chat"))
    assert checker.first({"type": "b", "y": "known"}) is None
    assert checker.first({"type": "a", "y": "unknown"}) == Fault("unknown", ("y",), "unknown")


@pytest.mark.parametrize(
    ("fault", "message", "code"),
    [
        (
            Fault("too_short", ("x",), "ab", limit=5, length=2, noun="string"),
            "Invalid 'x': string too short. Expected a string with minimum length 5, but got a "
            "string with length 2 instead.",
            "string_below_min_length",
        ),
        (
            Fault("too_short", ("x",), {}, limit=1, length=0, noun="object"),
            "Invalid 'x': too few properties. Expected an object with at least 1 properties, but "
            "got an object with 0 properties instead.",
            "object_below_min_properties",
        ),
    ],
    ids=["string", "object"],
)
def test_what_only_the_rules_of_profiles_find_has_words_too(
    fault: Fault, message: str, code: str
) -> None:
    wording = openai_wording(fault)
    assert (wording.message.format(**fault.values()), wording.code) == (message, code)
