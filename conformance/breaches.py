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

    def text(self, indent: int) -> str:
        """Return three lines: where (API, methods, scenarios, placement, flag), expected, seen."""
        pad = " " * indent
        methods = ", ".join(dict.fromkeys(case.method for case in self.cases))
        scenarios = ", ".join(dict.fromkeys(case.scenario for case in self.cases))
        case = self.first.case
        return (
            f"{pad}{case.delivery} · {case.api} · {methods} · {scenarios}\n"
            f"{pad}  expected {self.first.expected}\n"
            f"{pad}  seen     {self.first.seen}"
        )


def grouped(breaches: Iterable[Breach]) -> list[BreachGroup]:
    """Group ``breaches`` of one claim by API and delivery."""
    groups: dict[object, list[Breach]] = {}
    for breach in breaches:
        groups.setdefault((breach.case.api, breach.case.delivery), []).append(breach)
    return [
        BreachGroup(first=group[0], cases=tuple(breach.case for breach in group))
        for group in groups.values()
    ]
