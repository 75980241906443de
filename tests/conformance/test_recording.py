"""What a run keeps: each product counted, what is equal once, a log line once."""

import logging
from collections.abc import Mapping

import pytest

from conformance.log_lines import Once
from conformance.product_counts import counted
from conformance.products import products
from conformance.records import Records

NAMES = ["plain-turn", "thinking-history"]


def sent(all_records: Mapping[str, Records], chosen: set[object]) -> set[str]:
    """The distinct payloads of the cases that are ``chosen``."""
    return {
        one.sha256
        for records in all_records.values()
        for case, outcome in records.outcomes.items()
        if case in chosen
        for one in outcome.sent
    }


@pytest.mark.parametrize("recorded", NAMES, indirect=True)
def test_a_product_is_counted_with_the_distinct_payloads_of_its_own_cases(
    recorded: Records,
) -> None:
    """Not of the run's: a product that sets no flag sends fewer than the scenario does."""
    name = recorded.scenario.name
    counts = {one.name: one for one in counted(products("core"), [recorded])}
    with_cases = [one for one in products("core") if list(one.cases([name]))]
    assert list(counts) == [one.name for one in with_cases]
    for product in with_cases:
        cases = set(product.cases([name]))
        found = counts[product.name]
        assert found.cases == found.done == len(cases), product.name
        assert found.payloads == len(sent({name: recorded}, cases)) > 0, product.name
        axes = 1
        for count in found.axes.values():
            axes *= count
        assert axes == found.cases, product.name
    assert len({one.payloads for one in counts.values()}) > 1


@pytest.mark.parametrize("recorded", NAMES[:1], indirect=True)
def test_a_product_of_a_run_that_was_broken_off_says_how_far_it_came(recorded: Records) -> None:
    half = dict(list(recorded.outcomes.items())[: len(recorded.outcomes) // 2])
    counts = list(counted(products("core"), [Records(recorded.scenario, half)]))
    assert any(one.done < one.cases for one in counts)
    assert all(one.done <= one.cases for one in counts)


@pytest.mark.parametrize("recorded", NAMES[:1], indirect=True)
def test_what_cases_have_in_common_is_kept_once(recorded: Records) -> None:
    """A run of 100,000 cases must fit into memory: it has a few hundred distinct payloads."""
    outcomes = [outcome for case, outcome in recorded.outcomes.items() if not case.options.variant]
    assert len({id(outcome) for outcome in outcomes}) == len(set(outcomes)) < len(outcomes) / 20


def test_a_log_line_is_told_once_whatever_its_object_is_called() -> None:
    def told(text: str) -> logging.LogRecord:
        return logging.LogRecord("handler", logging.WARNING, "here", 1, text, None, None)

    once = Once()
    assert once.filter(told("left out: <session at 0x7f66b85ddd00>"))
    assert not once.filter(told("left out: <session at 0x7f66bd7ff100>"))
    assert once.filter(told(f"model {'fdf2c6e6a0cb' * 3} has no price"))
    assert not once.filter(told(f"model {'feaa3d633cd5' * 3} has no price"))
    assert once.filter(told("left out: another"))
