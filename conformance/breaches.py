"""Breaches, grouped: what one mistake in the handler does to many cases, told once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.claims import Breach
    from conformance.matrix import Case


@dataclass(frozen=True, slots=True)
class BreachGroup:
    """Breaches of one claim that differ only in scenario and method."""

    first: Breach
    cases: tuple[Case, ...]

    @property
    def where(self) -> str:
        """Where it is: flags and placement, API, methods, scenarios, and what else is unusual."""
        case = self.first.case
        parts = (
            str(case.delivery),
            case.api,
            _all_of(case.method for case in self.cases),
            _all_of(case.scenario for case in self.cases),
            case.entry,
            "" if case.source == "call" else f"credentials: {case.source}",
            str(case.options),
        )
        return " · ".join(filter(None, parts))


def grouped(breaches: Iterable[Breach]) -> list[BreachGroup]:
    """Group ``breaches`` of one claim by all but scenario and method."""
    groups: dict[object, list[Breach]] = {}
    for breach in breaches:
        case = breach.case
        setup = (case.api, case.delivery, case.entry, case.source, case.options)
        groups.setdefault(setup, []).append(breach)
    return [
        BreachGroup(first=group[0], cases=tuple(breach.case for breach in group))
        for group in groups.values()
    ]


def _all_of(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))
