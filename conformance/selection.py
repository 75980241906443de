"""Selection: single cases of a run by their ids, with the cases that claims compare them with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from conformance.case_id import case_id
from conformance.matrix import METHODS, NO_OPTIONS
from conformance.products import TIERS, cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.claims import Ruling
    from conformance.matrix import Case, Options
    from conformance.run import Report


_CALLED: Final = ("handler", "sdk")


class UnknownCaseError(ValueError):
    """An id that no case of any tier has."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The cases that are ``wanted``, and all that are ``run``.

    Most claims compare: a case alone breaks none of them. So its scenario is run without flags,
    too, and what raises the same flags in other ways.
    """

    wanted: frozenset[Case]
    run: tuple[Case, ...]

    @classmethod
    def of(cls, ids: Sequence[str], scenarios: Sequence[str]) -> Selection:
        """Find the cases with ``ids`` among all of ``scenarios``; raises `UnknownCaseError`."""
        wanted = frozenset(_find(one, scenarios) for one in ids)
        return cls(wanted, tuple(dict.fromkeys(_with_companions(wanted))))

    def narrowed(self, report: Report) -> Report:
        """Return ``report`` with the breaches of the wanted cases alone."""
        return replace(report, rulings=tuple(map(self._narrowed, report.rulings)))

    def _narrowed(self, ruling: Ruling) -> Ruling:
        breaches = tuple(breach for breach in ruling.breaches if breach.case in self.wanted)
        innocent = ruling.verdict == "fail" and not breaches
        return replace(ruling, breaches=breaches, verdict="pass" if innocent else ruling.verdict)


def _find(wanted: str, scenarios: Sequence[str]) -> Case:
    of_scenario = [name for name in scenarios if wanted.startswith(f"{name}-")]
    for tier in TIERS:
        for case in cases(of_scenario, tier):
            if case_id(case) == wanted:
                return case
    raise UnknownCaseError(
        f"no case {wanted!r}; expected an id as a report has it, and the same flags in the "
        "handler's registry"
    )


def _with_companions(wanted: frozenset[Case]) -> Iterator[Case]:
    for case in wanted:
        yield case
        for other in cases([case.scenario]):
            if other.entry in _CALLED and (_is_unflagged(other) or _is_like(other, case)):
                yield other
        if case.entry in _CALLED:
            yield from (replace(case, method=method) for method in METHODS)


def _is_unflagged(case: Case) -> bool:
    return case.is_plain and case.delivery.is_unset


def _is_like(other: Case, case: Case) -> bool:
    """Whether ``other`` differs from ``case`` only in what it is compared by."""
    return (
        other.api == case.api
        and other.delivery.raised in (frozenset(), case.delivery.raised)
        and other.source in ("call", case.source)
        and other.options in (NO_OPTIONS, case.options, *_halves(case.options))
    )


def _halves(options: Options) -> tuple[Options, Options]:
    """Return ``options`` without LiteLLM's, and without ours."""
    return replace(options, drop_params=None), replace(options, drop_fields=())
