"""Edits lose nothing: what `difference` says, `apply` and `parse_edit` give back."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.edits import EditError, apply, difference, parse_edit

KEYS = st.sampled_from(["a", "b", "a.b", "", 'q"', " = ", "ü"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["a", "b", "a.b", "", 'q"', " = ", "ü"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(base=JSON, payload=JSON)
def test_a_payload_is_rebuilt_from_its_base_and_the_printed_edits(base: Any, payload: Any) -> None:
    before = orjson.dumps(base)
    edits = difference(base, payload)
    printed = [parse_edit(str(edit)) for edit in edits]
    rebuilt = apply(printed, base)
    assert orjson.dumps(rebuilt) == orjson.dumps(payload), "keys in their order, too"
    assert orjson.dumps(base) == before, "the base was changed"


@pytest.mark.parametrize(
    ("base", "payload", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, ["with a = true"]),
        ({"a": 1}, {"a": 1.0}, ["with a = 1.0"]),
        ({"a": 1, "b": 2}, {"b": 2}, ["without a"]),
        ({"a": 1}, {"a": 1, "stream": True}, ["with stream = true"]),
        ({"i": [{"t": 1}, {}, {"t": 2}]}, {"i": [{}, {}, {}]}, ["without i[*].t"]),
        ({"i": [{"t": 1}, {"t": 2}]}, {"i": [{}, {"t": 2}]}, ["without i[0].t"]),
        ({"i": [1, 2]}, {"i": [1]}, ["with i = [1]"]),
        ([1], {"a": 1}, ['instead {"a":1}']),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, ['order = ["b","a"]']),
        ({"i": [{"a": 1, "b": 2}]}, {"i": [{"b": 2, "a": 1}]}, ['order i[0] = ["b","a"]']),
        ({"a": 1}, {"s": 0, "a": 1}, ["with s = 0", 'order = ["s","a"]']),
    ],
)
def test_a_difference_reads_as_a_person_would_say_it(
    base: Any, payload: Any, expected: list[str]
) -> None:
    assert [str(edit) for edit in difference(base, payload)] == expected


@pytest.mark.parametrize(
    ("edit", "base"),
    [
        ("without a", {"b": 1}),
        ("with a.b = 1", {"a": 3}),
        ("with a.b = 1", {}),
        ("with a[4].b = 1", {"a": []}),
        ('order = ["a","b"]', {"a": 1}),
        ('order a = ["b"]', {}),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edit: str, base: Any) -> None:
    with pytest.raises(EditError):
        apply([parse_edit(edit)], base)


@pytest.mark.parametrize("text", ["", "drop a", "with a", "without"])
def test_a_text_that_is_no_edit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_edit(text)
