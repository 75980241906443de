"""The mock's field paths keep to the shared vectors."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_upstream.field_path import (
    Every,
    FieldPath,
    FieldPathError,
    Index,
    Key,
    Location,
    Step,
    Where,
    render,
)

VECTORS = json.loads((Path(__file__).parents[1] / "field_path_vectors.json").read_bytes())


def _spell(step: Step) -> list[object]:
    match step:
        case Key(name):
            return ["key", name]
        case Index(position):
            return ["index", position]
        case Every():
            return ["every"]
        case Where(key, wanted):
            return ["where", key, wanted]


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["path"])
def test_a_valid_path_has_the_steps_of_the_vector(vector: dict[str, Any]) -> None:
    assert [_spell(step) for step in FieldPath.parse(vector["path"]).steps] == vector["steps"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: repr(vector["path"]))
def test_an_invalid_path_is_refused_at_the_column_of_the_vector(vector: dict[str, Any]) -> None:
    with pytest.raises(FieldPathError) as caught:
        FieldPath.parse(vector["path"])
    message = str(caught.value)
    assert repr(vector["path"]) in message
    assert f"at column {vector['column']} " in message
    assert "expected a name" in message


@pytest.mark.parametrize("vector", VECTORS["find"], ids=lambda vector: vector["path"])
def test_a_path_finds_and_renders_the_places_of_the_vector(vector: dict[str, Any]) -> None:
    found = FieldPath.parse(vector["path"]).find(vector["payload"])
    assert [list(place) for place in found] == vector["found"]
    assert [render(place) for place in found] == vector["concrete"]
    assert FieldPath.parse(vector["path"]).first(vector["payload"]) == next(iter(found), None)


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (("input", 1, "thinking_blocks"), "input[1].thinking_blocks"),
        (("metadata", "trace.name"), 'metadata["trace.name"]'),
        (("x", ""), 'x[""]'),
        (("x", 'q"uote'), 'x["q\\"uote"]'),
        (("odd key", 0), '["odd key"][0]'),
        (("über key",), '["über key"]'),
        (("a", "*", "line\nbreak"), 'a["*"]["line\\nbreak"]'),
        (("über", "ключ"), "über.ключ"),
    ],
)
def test_a_rendered_place_reads_back_as_itself(location: Location, text: str) -> None:
    assert render(location) == text
    assert FieldPath.parse(text).steps == tuple(
        Index(step) if isinstance(step, int) else Key(step) for step in location
    )


@pytest.mark.parametrize("text", ['a[?k=x"y]', 'a[?k="x"y]', "a[?k=x", 'a["x"', "a[²]"])
def test_a_step_that_does_not_close_as_it_opened_is_refused_where_it_opens(text: str) -> None:
    with pytest.raises(FieldPathError, match="at column 2 "):
        FieldPath.parse(text)


def test_an_index_just_past_the_end_finds_nothing() -> None:
    path = FieldPath.parse("tools[1]")
    assert path.find({"tools": ["only"]}) == []
    assert path.first({"tools": ["only"]}) is None


def test_a_path_of_many_steps_needs_no_recursion() -> None:
    payload: object = 1
    for _ in range(2_000):
        payload = {"a": payload}
    assert len(FieldPath.parse("a" + ".a" * 1_999).find(payload)[0]) == 2_000


def test_an_index_of_many_digits_is_refused_and_not_converted() -> None:
    with pytest.raises(FieldPathError, match="column 2"):
        FieldPath.parse(f"a[{'9' * 5000}]")
