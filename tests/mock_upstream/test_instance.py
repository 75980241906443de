"""Instances of schemas, judged by an independent validator; and schemas that ask for too much."""

import contextlib
import random
import time
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from pydantic import BaseModel

from mock_upstream.replies.instance.build import build
from mock_upstream.replies.instance.limits import Unsatisfiable

FIRST_TURN = Path(__file__).parents[2] / "conformance" / "scenarios" / "first-turn.json"

TREE: Any = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "value": {"type": "string"},
                "left": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                "right": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            },
            "required": ["value", "left", "right"],
        }
    },
    "$ref": "#/$defs/Node",
}

# A schema, and the instance that is to come of it.
EXAMPLES: list[tuple[Any, Any]] = [
    ({}, "text"),
    (True, "text"),
    ({"type": "object"}, {}),
    (
        {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
        {"a": "text", "b": 0},
    ),
    ({"required": ["a"], "additionalProperties": {"type": "boolean"}}, {"a": False}),
    ({"enum": ["b", "a"]}, "b"),
    ({"enum": [1, True, "x"], "type": "boolean"}, True),
    ({"const": {"a": [1]}}, {"a": [1]}),
    ({"type": ["null", "string"]}, "text"),
    ({"type": "null"}, None),
    ({"anyOf": [{"type": "integer", "minimum": 3}, {"type": "null"}]}, 3),
    ({"oneOf": [{"minLength": 2}, {"type": "integer"}]}, "text"),
    ({"oneOf": [{"type": "integer"}, {"type": "integer", "minimum": 5}]}, 0),
    ({"not": {"type": "string"}}, 0),
    ({"oneOf": [{"type": "string"}, {"const": "text"}, {"type": "integer"}]}, 0),
    ({"allOf": [{"minLength": 6}, {"type": "string", "maxLength": 7}]}, "xxtext"),
    (
        {
            "allOf": [
                {"properties": {"a": {"minimum": 2}}, "required": ["a"]},
                {"type": "object", "properties": {"a": {"type": "integer", "multipleOf": 5}}},
            ]
        },
        {"a": 5},
    ),
    (
        {
            "type": "object",
            "properties": {"kind": {"enum": ["a", "b"]}},
            "required": ["kind"],
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"required": ["more"]},
        },
        {"kind": "a", "more": "text"},
    ),
    ({"type": "object", "required": ["a"], "dependentRequired": {"a": ["b"]}}, "any"),
    ({"type": "object", "minProperties": 2, "properties": {"x": {"type": "integer"}}}, "any"),
    ({"type": "array"}, []),
    (
        {"type": "array", "items": {"enum": [3, 2, 1]}, "minItems": 3, "uniqueItems": True},
        [3, 2, 1],
    ),
    (
        {
            "type": "array",
            "prefixItems": [{"type": "string"}],
            "items": {"const": 7},
            "minItems": 3,
        },
        ["text", 7, 7],
    ),
    ({"type": "array", "contains": {"const": 5}, "items": {"type": "integer"}}, [5]),
    ({"type": "string", "maxLength": 2}, "xt"),
    ({"type": "string", "minLength": 8}, "xxxxtext"),
    ({"type": "string", "format": "date-time"}, "2026-01-01T00:00:01Z"),
    ({"type": "string", "pattern": r"^[A-Z]{2,4}-\d{3}$", "minLength": 8}, "AAAA-000"),
    ({"type": "string", "pattern": r"^(?:foo|bar)(_[^a-z]+)?$"}, "foo"),
    ({"type": "string", "pattern": r"^[\w.+-]+@[\w-]+\.[a-z]{2,}$", "minLength": 9}, "any"),
    ({"type": "string", "pattern": r"\u0041\x42[^\s]\.\/$"}, "ABa./"),
    ({"type": "integer", "exclusiveMinimum": 7, "multipleOf": 7}, 14),
    ({"type": "integer", "minimum": -5, "maximum": -2}, -5),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
    ({"type": "number", "multipleOf": 0.01, "minimum": 0.005}, 0.01),
    (TREE, {"value": "text", "left": None, "right": None}),
    ({"$defs": {"a/b": {"~": {"const": 1}}}, "$ref": "#/$defs/a~1b/~0"}, 1),
]


def valid(schema: Any, value: Any) -> bool:
    checker = jsonschema.FormatChecker()
    return bool(jsonschema.Draft202012Validator(schema, format_checker=checker).is_valid(value))


@pytest.mark.parametrize(("schema", "expected"), EXAMPLES)
def test_an_instance_is_small_and_valid(schema: Any, expected: Any) -> None:
    """Each kind of demand is met, with what is required and no more."""
    built = build(schema)
    assert valid(schema, built)
    assert expected in ("any", built)


@pytest.mark.parametrize("name", sorted(jsonschema.FormatChecker.checkers))
def test_formats(name: str) -> None:
    """A text of each format that the validator knows is one, and three of them differ."""
    schema: Any = {"type": "string", "format": name}
    several: Any = {"type": "array", "items": schema, "minItems": 3, "uniqueItems": True}
    if name in ("color", "time"):
        pytest.skip("the validator holds these to an older draft")
    assert valid(schema, build(schema))
    assert valid(several, build(several))


def test_claude_code_s_tools() -> None:
    """Each tool of a recorded request gets arguments that satisfy its schema."""
    tools = orjson.loads(FIRST_TURN.read_bytes())["body"]["tools"]
    assert len(tools) > 10
    for schema in (tool["input_schema"] for tool in tools):
        built = build(schema)
        assert valid(schema, built)
        assert set(built) == set(schema.get("required", ()))


class Leaf(BaseModel):
    size: int


class Model(BaseModel):
    first: Leaf
    others: dict[str, Leaf]
    either: Leaf | list[Leaf] | None
    pair: tuple[int, str]


def test_pydantic_s_schemas() -> None:
    """What pydantic writes for a model, the model reads."""
    Model.model_validate(build(Model.model_json_schema()))


def nested(levels: int, wrap: str) -> Any:
    schema: Any = {"type": "integer", "minimum": 1, "maximum": 0}
    for _ in range(levels):
        schema = {wrap: [schema, schema]} if wrap == "anyOf" else {wrap: {"a": schema}}
        schema |= {} if wrap == "anyOf" else {"type": "object", "required": ["a"]}
    return schema


def both(name: str) -> Any:
    values = [str(number) for number in range(50_000)]
    return {"allOf": [{name: values}, {name: values[::-1]}]}


ABSURD: dict[str, Any] = {
    "false": False,
    "deep": nested(900, "properties"),
    "branching": nested(25, "anyOf"),
    "itself": {"$ref": "#"},
    "itself below": {"allOf": [{"$ref": "#"}]},
    "itself always": {
        "$defs": {"A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}}},
        "$ref": "#/$defs/A",
    },
    "doubling": {
        "$defs": {
            f"d{n}": {"type": "array", "minItems": 2, "items": {"$ref": f"#/$defs/d{n + 1}"}}
            for n in range(40)
        },
        "$ref": "#/$defs/d0",
    },
    "nowhere": {"$ref": "#/$defs/x"},
    "elsewhere": {"$ref": "https://example.com/schema.json"},
    "long pointer": {"$ref": "#" + "/a" * 100},
    "contradiction": {"allOf": [{"type": "string"}, {"type": "integer"}]},
    "bounds": {"type": "integer", "minimum": 3, "maximum": 2},
    "large": {"type": "integer", "minimum": 1e300},
    "long": {"type": "string", "minLength": 10**12},
    "many": {"type": "array", "minItems": 10**12},
    "many of many": {
        "type": "array",
        "minItems": 900,
        "items": {"type": "array", "minItems": 900},
    },
    "names": {"type": "object", "required": [str(n) for n in range(20_000)]},
    "twice the names": {"type": "object", **both("required")},
    "unique": {"type": "array", "items": {"type": "boolean"}, "minItems": 3, "uniqueItems": True},
    "look-around": {"type": "string", "pattern": "(?=a)b"},
    "back reference": {"type": "string", "pattern": r"(a)\1"},
    "groups": {"type": "string", "pattern": "(" * 900},
    "counts": {"type": "string", "pattern": "((a{999}){999}){999}"},
    "long pattern": {"type": "string", "pattern": "a" * 2000},
    "unfinished": {"type": "string", "pattern": "[a"},
    "type": {"type": "text"},
}
# Absurd too, but an instance can be had at once.
HARMLESS: dict[str, Any] = {
    "backtracking": {"type": "string", "pattern": "(a+)+" * 100 + "$"},
    "wide": {"properties": {str(n): nested(3, "properties") for n in range(50_000)}},
    "long enum": {"enum": list(range(200_000))},
    "two enums": both("enum"),
    "junk": {"type": 5, "properties": 3, "required": "a", "enum": 7, "allOf": 3, "items": "x"},
    "unmet branches": {"anyOf": 7, "oneOf": [], "if": {}, "not": {"type": ["x"]}},
}


@pytest.mark.parametrize("schema", ABSURD.values(), ids=ABSURD.keys())
def test_an_absurd_schema_is_given_up(schema: Any) -> None:
    """A schema that asks for too much or for nothing sensible is said to be so, in a line."""
    began = time.process_time()
    with pytest.raises(Unsatisfiable) as given_up:
        build(schema)
    assert time.process_time() - began < 2
    assert 10 < len(str(given_up.value)) < 400


@pytest.mark.parametrize("schema", HARMLESS.values(), ids=HARMLESS.keys())
def test_size_alone_does_no_harm(schema: Any) -> None:
    """A schema may be large or odd, as long as an instance needs little of it."""
    began = time.process_time()
    build(schema)
    assert time.process_time() - began < 2


KEYWORDS = (
    "properties required items prefixItems anyOf oneOf allOf not if then else minimum maximum"
)
KEYWORDS += (
    " exclusiveMinimum multipleOf minLength maxLength minItems maxItems uniqueItems contains"
)
KEYWORDS += " minProperties maxProperties additionalProperties dependentRequired enum const"
TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
JUNK: Any = (None, True, 0, -1, 2.5, 1e308, "", "object", [], {}, [1], {"a": 1}, [{}], [[]])


def random_schema(dice: random.Random, depth: int, *, junk: bool) -> Any:
    """A schema of nested keywords that mostly make sense."""
    if depth <= 0 or dice.random() < 0.1:
        ends = [True, {"type": dice.choice(TYPES)}, {"$ref": "#/$defs/A"}, {"const": "x"}]
        return dice.choice(ends)
    schema: Any = {"type": dice.choice(TYPES)} if dice.random() < 0.7 else {}
    for name in dice.sample(KEYWORDS.split(), dice.randint(0, 4)):
        one = lambda: random_schema(dice, depth - 1, junk=junk)  # noqa: E731 -- short and local
        if junk and dice.random() < 0.2:
            schema[name] = dice.choice(JUNK)
        elif name == "properties":
            schema[name] = {key: one() for key in dice.sample("abcd", 2)}
        elif name in ("required", "dependentRequired"):
            names = dice.sample("abcd", 2)
            schema[name] = names if name == "required" else {"a": names}
        elif name in ("prefixItems", "anyOf", "oneOf", "allOf"):
            schema[name] = [one() for _ in range(dice.randint(1, 3))]
        elif name in ("enum", "const"):
            values = dice.sample([1, "a", None, True, [1], {"a": 1}], 3)
            schema[name] = values if name == "enum" else values[0]
        elif name == "uniqueItems":
            schema[name] = True
        elif name.startswith(("min", "max", "ex", "mul")):
            schema[name] = dice.randint(0, 5) if name != "multipleOf" else dice.choice([1, 2, 0.5])
        else:
            schema[name] = one()
    return schema


@pytest.mark.parametrize("seed", range(8))
def test_random_schemas(seed: int) -> None:
    """Whatever is built of random schemas satisfies them; most that can be satisfied are."""
    dice = random.Random(seed)  # noqa: S311 -- repeatable on purpose
    built = 0
    for _ in range(250):
        schema = {"allOf": [random_schema(dice, 3, junk=False)]}
        schema["$defs"] = {"A": {"type": dice.choice(TYPES)}}
        try:
            value = build(schema)
        except Unsatisfiable:
            continue
        built += 1
        assert valid(schema, value), orjson.dumps(schema)
    assert built > 150


@pytest.mark.parametrize("seed", range(4))
def test_random_junk(seed: int) -> None:
    """Keywords with values of the wrong kind are no more than `Unsatisfiable`."""
    dice = random.Random(seed)  # noqa: S311 -- repeatable on purpose
    for _ in range(500):
        schema = random_schema(dice, 4, junk=True)
        with contextlib.suppress(Unsatisfiable):
            orjson.dumps(build(schema))
