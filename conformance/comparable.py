"""What can be judged of a run that was broken off: cases that have what they are compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from conformance.matrix import Case


def comparable(cases: Sequence[Case], done: Collection[Case]) -> Iterator[Case]:
    """Yield those of ``cases`` that were ``done`` and can be compared, in their order.

    A case is compared with its other methods, and with its scenario's unflagged cases. Of a whole
    run this is every case.
    """
    lacking = {_without_method(case) for case in cases if case not in done}
    scenarios = {case.scenario for case in lacking if _is_reference(case)}
    for case in cases:
        if case.scenario not in scenarios and _without_method(case) not in lacking:
            yield case


def _without_method(case: Case) -> Case:
    return replace(case, method="completion")


def _is_reference(case: Case) -> bool:
    return case.is_plain and case.delivery.is_unset and case.entry == "sdk"
