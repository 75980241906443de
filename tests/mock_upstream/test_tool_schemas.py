"""Tool-schema rules: each construct that an upstream's reader of schemas refuses."""

from pathlib import Path
from typing import Any, get_args

import pytest

from mock_upstream.profile_format.rule import ToolSchema
from mock_upstream.verdict import Api
from tests.mock_upstream.profile_text import rule

STRING = {"type": "string"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


Row = tuple[str, str, Any, str | None]

ROWS: list[Row] = [
    ("array_items", "{context}", _object(a={"type": "array"}), "('properties', 'a')"),
    ("array_items", "{context}", {"type": "array"}, "()"),
    (
        "array_items",
        "{context}",
        _object(a={"type": "array", "items": _object(b={"type": ["array", "null"]})}),
        "('properties', 'a', 'items', 'properties', 'b')",
    ),
    ("array_items", "{context}", _object(a={"type": "array", "items": {}}), None),
    ("array_items", "{context}", _object(a={"default": {"type": "array"}}), None),
    ("object_properties", "{schema_path}", _object(a={"type": "object"}), "properties.a"),
    ("object_properties", "{schema_path}", _object(a=_object()), None),
    ("property_type", "{key} {schema_path}", _object(a={"title": "A"}), "a properties.a"),
    ("property_type", "{key}", _object(a={"$ref": "#"}, b={"anyOf": []}, c=STRING), None),
    ("top_level_combinator", "{key}", {**_object(), "oneOf": []}, "oneOf"),
    ("top_level_combinator", "{key}", STRING, "type"),
    ("top_level_combinator", "{key}", _object(a={"oneOf": []}), None),
    ("top_level_combinator, words: [const]", "{key}", {**_object(), "const": 1}, "const"),
    ("strict_required", "{key} {context}", _object(a=STRING), "a ()"),
    ("strict_required", "{key}", {**_object(a=STRING), "required": ["a"]}, None),
    (
        "strict_required",
        "{key} {context}",
        {**_object(a=_object(b=STRING)), "required": ["a"]},
        "b ('properties', 'a')",
    ),
    ("strict_additional", "{context}", _object(), "()"),
    ("strict_additional", "{context}", {**_object(), "additionalProperties": False}, None),
    ("format, words: [email]", "{key}", _object(a={"format": "uri"}), "uri"),
    ("format, words: [email]", "{key}", _object(a={"format": "email"}), None),
    (
        "keyword, words: [const]",
        "{key} {schema_path}",
        _object(a={"const": 1}),
        "const properties.a",
    ),
    ("keyword, words: [const]", "{key}", _object(const=STRING), None),
    ("ref_prefix", "{key} {schema_path}", _object(a={"$ref": "#/x"}), "#/x properties.a.$ref"),
    ("ref_prefix", "{key}", _object(a={"$ref": "#/$defs/x"}), None),
    (
        "ref_missing",
        "{key} {schema_path}",
        _object(a={"$ref": "#/$defs/x"}),
        "#/$defs/x properties.a.$ref",
    ),
    ("ref_missing", "{key}", {**_object(a={"$ref": "#/$defs/x"}), "$defs": {"x": STRING}}, None),
    ("ref_siblings", "{key}", _object(a={"$ref": "#/$defs/x", "type": "string"}), "#/$defs/x"),
    ("ref_siblings", "{key}", _object(a={"$ref": "#/$defs/x"}), None),
]


def _payload(api: Api, schema: Any, **more: Any) -> dict[str, Any]:
    tool = {"name": "f", "parameters": schema, **more}
    other = {"type": "web_search"}
    if api == "responses":
        return {"tools": [other, {"type": "function", **tool}]}
    return {"tools": [other, {"type": "function", "function": tool}]}


@pytest.mark.parametrize("api", ["responses", "chat"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} -> {row[3]}")
def test_a_tool_schema_rule_refuses_and_lets_pass(tmp_path: Path, row: Row, api: Api) -> None:
    """The schema gets the words on either API, with the tool's own place."""
    name, message, schema, words = row
    error = f"error: {{message: '{message}', param: '{{path}} {{tool}}'}}"
    text = f"api: both, tool_schema: {name}, {error}"
    verdict = rule(tmp_path, text).judge.check(api, _payload(api, schema))
    assert [v.message for v in verdict.violations] == ([] if words is None else [words])
    place = "tools[1].parameters" if api == "responses" else "tools[1].function.parameters"
    assert [v.param for v in verdict.violations] == ([] if words is None else [f"{place} f"])


def test_every_check_is_tested_both_ways() -> None:
    """Each has a row that it refuses and one that it lets pass."""
    names = set(get_args(ToolSchema))
    assert {row[0].partition(",")[0] for row in ROWS if row[3] is not None} == names
    assert {row[0].partition(",")[0] for row in ROWS if row[3] is None} == names


@pytest.mark.parametrize(
    ("asks", "strict", "refused"),
    [
        ("explicit", True, True),
        ("explicit", None, False),
        ("explicit", False, False),
        ("assumed", True, True),
        ("assumed", None, True),
        ("assumed", False, False),
    ],
)
def test_strict_says_which_tools_are_asked(
    tmp_path: Path,
    asks: str,
    strict: bool | None,  # noqa: FBT001 - a column of the table
    refused: bool,  # noqa: FBT001 - the same
) -> None:
    """`explicit` asks strict tools, `assumed` those that do not say that they are not."""
    judge = rule(
        tmp_path,
        f"api: both, tool_schema: strict_additional, strict: {asks}, error: {{message: bad}}",
    )
    more = {} if strict is None else {"strict": strict}
    assert bool(judge("chat", _payload("chat", _object(), **more))) == refused


@pytest.mark.parametrize("name", get_args(ToolSchema))
def test_tools_of_any_shape_are_judged(tmp_path: Path, name: str) -> None:
    """No shape raises, and a schema nested beyond Python's stack is left at a depth."""
    more = ", words: [x]" if name in ("keyword", "format") else ""
    judge = rule(tmp_path, f"api: both, tool_schema: {name}{more}, error: {{message: bad}}")
    deep: dict[str, Any] = {}
    for _ in range(20_000):
        deep = {"type": "object", "properties": {"a": deep}, "anyOf": [{}]}
    odd = {"type": 7, "properties": [1], "$ref": {}, "required": [{}], "items": 7, "anyOf": {}}
    schemas: tuple[Any, ...] = (None, "x", [], odd, _object(a=7, b=odd), deep)
    for schema in schemas:
        for api in ("responses", "chat"):
            judge(api, _payload(api, schema))
    lists: tuple[Any, ...] = (
        None,
        7,
        [None, 7, [], {"function": 7}, {"function": {"parameters": 7}}],
    )
    for tools in lists:
        judge("chat", {"tools": tools})
        judge("responses", {"tools": tools})


def test_a_schema_is_looked_at_to_a_depth(tmp_path: Path) -> None:
    """What lies a hundred steps down is told, what lies far below is not."""
    judge = rule(tmp_path, "api: chat, tool_schema: array_items, error: {message: bad}")
    schema: dict[str, Any] = {"type": "array"}
    for depth in range(1, 150):
        schema = {"type": "array", "items": schema}
        if depth in (100, 149):
            assert bool(judge("chat", _payload("chat", schema))) == (depth == 100)
