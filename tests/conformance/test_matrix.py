"""The matrix: what a case holds, and how deliveries agree and conflict."""

import pytest

from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.placements import PLACEMENTS as HANDLERS_PLACEMENTS
from conformance.flags import FLAGS
from conformance.matrix import (
    FALSE_STRINGS,
    PLACEMENTS,
    TRUE_STRINGS,
    Delivery,
    FlagValue,
    agreeing,
    conflicting,
    in_one_placement,
    one_flag,
    plain_entry,
)


def test_what_is_judged_is_what_the_handler_has() -> None:
    registry = [(f.name, f.api, f.path) for f in DROP_FLAGS if f.api != "anthropic"]
    assert [(f.name, f.api, f.path) for f in FLAGS] == registry
    assert PLACEMENTS == HANDLERS_PLACEMENTS


def test_every_combination_of_values_stands_in_every_placement() -> None:
    found = list(in_one_placement([None, True, False]))
    assert len(set(found)) == len(found) == 3 ** len(FLAGS) * len(PLACEMENTS)
    assert {delivery.placements for delivery in found} == {(place,) for place in PLACEMENTS}


def test_each_flag_alone_leaves_the_others_out() -> None:
    found = list(one_flag([*TRUE_STRINGS, *FALSE_STRINGS]))
    assert len(set(found)) == len(found) == 6 * len(FLAGS) * len(PLACEMENTS)
    assert all(len(flags) == 1 for delivery in found for _, flags in delivery.values)


def test_placements_that_agree_are_two_and_three() -> None:
    found = list(agreeing())
    assert len(set(found)) == len(found) == 4 * len(FLAGS)
    assert sorted({len(delivery.placements) for delivery in found}) == [2, 3]
    assert all(len(delivery.raised) == 1 for delivery in found)


def test_placements_that_conflict_have_the_true_in_either() -> None:
    found = list(conflicting())
    assert len(set(found)) == len(found) == 6 * len(FLAGS)
    for delivery in found:
        [flag] = delivery.raised
        assert delivery.values_of(flag) == (True, False)
    assert {delivery.placements for delivery in found} == {
        (one, other) for one in PLACEMENTS for other in PLACEMENTS if one != other
    }


@pytest.mark.parametrize(
    ("value", "raised"),
    [
        (None, False),
        (True, True),
        (False, False),
        *((text, True) for text in TRUE_STRINGS),
        *((text, False) for text in FALSE_STRINGS),
    ],
)
def test_a_string_raises_a_flag_as_the_boolean_does(value: FlagValue, raised: bool) -> None:  # noqa: FBT001 -- a table's column
    delivery = Delivery((("optional_params", ((FLAGS[0].name, value),)),))
    assert delivery.raised == ({FLAGS[0].name} if raised else set())


def test_only_what_litellm_never_delivers_is_a_call_of_the_handler() -> None:
    entries = {d.placements: plain_entry(d) for d in in_one_placement([None])}
    assert entries == {
        ("litellm_params",): "handler",
        ("optional_params",): "sdk",
        ("optional_params.litellm_params",): "sdk",
    }
