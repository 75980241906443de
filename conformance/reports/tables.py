"""The tables that every report for people has: a row a scenario, a row a kind of refusal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.matrix import APIS, PLACEMENTS
from conformance.reports.lines import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.reports.lines import CureLine, ProductLine, Verdict
    from conformance.reports.result import Result

_NAMED: Final = 2


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """How the cases of one scenario fared."""

    scenario: str
    cases: int
    distinct: int
    verdicts: dict[Verdict, int]


def scenario_rows(result: Result) -> Iterator[ScenarioRow]:
    """Yield a row for each scenario of which there are cases."""
    for scenario in result.header.scenarios:
        cases = [case for case in result.cases if case.scenario == scenario]
        if cases:
            verdicts = Counter(result.verdicts[case.id] for case in cases)
            yield ScenarioRow(
                scenario,
                len(cases),
                len({sent.sha256 for case in cases for sent in case.sent}),
                {verdict: verdicts[verdict] for verdict in VERDICTS},
            )


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """Scenarios that a profile refuses on one API and that the same flags cure there."""

    profile: str
    api: str
    refusal: str
    scenarios: tuple[str, ...]
    cured_by: str

    @property
    def some(self) -> str:
        """The scenarios, or how many there are."""
        count = len(self.scenarios)
        return ", ".join(self.scenarios) if count <= _NAMED else f"{count} scenarios"


def refusal_rows(result: Result) -> Iterator[RefusalRow]:
    """Yield what the profiles refuse of the scenarios without flags, and what cures it."""
    groups: dict[object, list[CureLine]] = {}
    for cure in result.cures:
        if cure.refusal is not None:
            key = (cure.profile, cure.api, cure.flags, cure.placements)
            groups.setdefault(key, []).append(cure)
    for group in sorted(groups.values(), key=lambda group: (group[0].profile, group[0].api)):
        first = group[0]
        yield RefusalRow(
            profile=first.profile,
            api=first.api,
            refusal=_refusal(group),
            scenarios=tuple(cure.scenario for cure in group),
            cured_by=_cured_by(first),
        )


def accepting(result: Result) -> list[str]:
    """Return the profiles that refuse no scenario, with the API if it is only on one."""
    apis: dict[str, set[str]] = {}
    for cure in result.cures:
        apis.setdefault(cure.profile, set(APIS))
        if cure.refusal is not None:
            apis[cure.profile].discard(cure.api)
    return [
        profile if len(left) == len(APIS) else f"{profile} {min(left)}"
        for profile, left in apis.items()
        if left
    ]


def axes(product: ProductLine) -> str:
    """Return what ``product`` crosses, without the axes that are at their default."""
    crossed = [f"{count} {axis}" for axis, count in product.axes.items() if count > 1]
    return " by ".join(crossed) or "1 case"


def cases_of(product: ProductLine) -> str:
    """Return how many cases ``product`` has, and how many were run if it is not all of them."""
    left = "" if product.done == product.cases else f"{product.done} of "
    return f"{left}{product.cases}"


def score(result: Result) -> str:
    """Return in a line how good the suite itself is; empty where the run was killed."""
    found = result.score
    if found is None:
        return ""
    share = found.mutations_caught / max(found.mutations, 1)
    return (
        f"the suite itself: {found.mutants_caught} of {found.mutants} wrong handlers caught, "
        f"{found.mutations_caught} of {found.mutations} mutations of the handler ({share:.0%})"
    )


def summary(result: Result) -> str:
    """Return the run in a line: cases, payloads, claims, time."""
    claims = Counter(ruling.verdict for ruling in result.rulings)
    others = ", ".join(f"{claims[v]} {v}" for v in VERDICTS if claims[v] and v != "pass")
    parts = [
        *([f"shard {result.shard}"] if result.shard else []),
        f"{len(result.cases)} cases",
        f"{len(result.payloads)} distinct payloads",
        f"{claims['pass']} of {len(result.rulings)} claims held{f' ({others})' if others else ''}",
    ]
    if result.footer is not None:
        seconds = result.footer.seconds
        speed = len(result.cases) / max(seconds, 0.1)
        parts += [f"{seconds:.1f} s", f"{speed:.0f} cases/s"]
    return ", ".join(parts)


def _refusal(group: Iterable[CureLine]) -> str:
    said = dict.fromkeys(f"{cure.status} {cure.refusal}" for cure in group)
    first, *others = said
    return f"{first} (and {len(others)} like it)" if others else first


def _cured_by(cure: CureLine) -> str:
    """Return the flags that cure it, and the placements if it is not every one."""
    if cure.flags is None:
        return "no flag here"
    flags = " and ".join(cure.flags)
    everywhere = set(cure.placements) == set(PLACEMENTS)
    return flags if everywhere else f"{flags}, only in {', '.join(cure.placements)}"
