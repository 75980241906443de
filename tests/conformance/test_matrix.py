"""The matrix has every product it promises, and nothing twice."""

from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.placements import PLACEMENTS as HANDLERS_PLACEMENTS
from conformance.flags import FLAGS
from conformance.matrix import PLACEMENTS, cases, deliveries
from conformance.scenarios import load_scenarios


def test_two_flags_make_39_deliveries_and_1248_cases() -> None:
    names = [scenario.name for scenario in load_scenarios()]
    assert (len(DROP_FLAGS), len(PLACEMENTS), len(names)) == (2, 3, 4)
    assert len(set(deliveries())) == len(deliveries()) == 39
    assert len(set(cases(names))) == len(list(cases(names))) == 1248


def test_what_is_judged_is_what_the_handler_has() -> None:
    assert [(f.name, f.api, f.path) for f in FLAGS] == [(f.name, f.api, f.path) for f in DROP_FLAGS]
    assert PLACEMENTS == HANDLERS_PLACEMENTS


def test_a_third_flag_enters_every_product() -> None:
    flags = [*(flag.name for flag in DROP_FLAGS), "drop_store_res_api"]
    assert len(set(deliveries(flags))) == 3**3 * 3 + 3 * 6


def test_placements_that_disagree_are_told_apart_from_those_that_agree() -> None:
    disagreeing = [d for d in deliveries() if len(d.placements) == 2]
    assert len(disagreeing) == 12
    assert all(len(delivery.raised) == 1 for delivery in disagreeing)
    assert all(
        set(delivery.values_of(flag)) == {True, False}
        for delivery in disagreeing
        for flag in delivery.raised
    )
