"""`common.field_path` speaks the grammar of `field_path_vectors.json`."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from common.field_path import Every, FieldPath, FieldPathError, Index, Key, Step, Where

VECTORS = json.loads((Path(__file__).parents[1] / "field_path_vectors.json").read_text("utf-8"))


def _step(kind: str, *words: Any) -> Step:
    kinds = {"key": Key, "every": Every, "index": Index, "where": Where}
    step: Step = kinds[kind](*words)
    return step


def _by_path(vector: dict[str, Any]) -> str:
    return str(vector["path"])


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=_by_path)
def test_a_valid_path_parses_and_prints_itself(vector: dict[str, Any]) -> None:
    path = FieldPath.parse(vector["path"])
    assert path.steps == tuple(_step(*words) for words in vector["steps"])
    assert str(path) == vector.get("canonical", vector["path"])
    assert FieldPath.parse(str(path)) == path


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=_by_path)
def test_an_invalid_path_is_refused_with_the_column(vector: dict[str, Any]) -> None:
    with pytest.raises(FieldPathError) as error:
        FieldPath.parse(vector["path"])
    assert f"at column {vector['column']};" in str(error.value)
    assert repr(vector["path"]) in str(error.value)


@pytest.mark.parametrize("vector", VECTORS["find"], ids=_by_path)
def test_a_path_finds_and_removes_its_places(vector: dict[str, Any]) -> None:
    path = FieldPath.parse(vector["path"])
    payload = copy.deepcopy(vector["payload"])
    assert path.find(payload) == [tuple(place) for place in vector["found"]]
    assert path.remove(payload) == vector["removed"]
    assert payload == vector["payload"], "the caller's payload was changed"


def test_removing_shares_what_it_does_not_touch() -> None:
    payload = {"input": [{"thinking_blocks": []}, {"text": "kept"}], "tools": [{}]}
    removed = FieldPath.parse("input[*].thinking_blocks").remove(payload)
    assert removed["input"][1] is payload["input"][1]
    assert removed["tools"] is payload["tools"]
    assert FieldPath.parse("absent.field").remove(payload) is payload
