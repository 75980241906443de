"""Rulings: how each claim fared on a run, as one of five verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal

from conformance.claims.claim import Breach, Claim, Unsaid
from conformance.features import FEATURES, any_case
from conformance.outcome import Broken, Failure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from conformance.excuses import Excuse
    from conformance.matrix import Case
    from conformance.outcome import Outcome
    from conformance.records import Records

Verdict = Literal["pass", "fail", "known", "unsupported", "error"]

NOTHING_COLLECTED: Final = "no case was collected"
REFUSED_EVERYWHERE: Final = "401 everywhere: no request got past the upstream's door"
LOOKED_AT_NOTHING: Final = "the check looked at no case, though there are some that it concerns"


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a claim fared: the number of cases looked at, the breaches, and the verdict.

    ``unsaid`` are cases of which nothing can be said. ``reason`` says why the verdict is neither
    ``pass`` nor ``fail``. ``excuses`` are the known failures of this claim.
    """

    claim: Claim
    verdict: Verdict
    looked_at: int = 0
    breaches: tuple[Breach, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()
    reason: str = ""
    excuses: tuple[Excuse, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the claim was checked on some case and broken on none."""
        return self.verdict == "pass"

    @property
    def good(self) -> bool:
        """Whether a run with this ruling may be called good: nothing failed here."""
        return self.verdict in ("pass", "known", "unsupported")


def judge(
    claims: Iterable[Claim], all_records: Iterable[Records], lacks: Collection[str] = ()
) -> tuple[Ruling, ...]:
    """Check ``claims`` on every scenario's records.

    ``lacks`` are features that the handler, or the LiteLLM, is known not to have: a claim that
    needs one is ``unsupported``. A case that our own engine broke makes an ``error`` of every claim
    that concerns it, unless that claim is broken elsewhere, too.
    """
    records = tuple(all_records)
    trouble = _trouble(records)
    if trouble:
        return tuple(Ruling(claim, "error", reason=trouble) for claim in claims)
    usable = tuple(_without_broken(one) for one in records)
    return tuple(_ruling(claim, records, usable, lacks) for claim in claims)


def _ruling(
    claim: Claim,
    records: tuple[Records, ...],
    usable: tuple[Records, ...],
    lacks: Collection[str],
) -> Ruling:
    missing = [name for name in claim.needs if name in lacks]
    if missing:
        return Ruling(claim, "unsupported", reason=f"the handler lacks {', '.join(missing)}")
    cases_of = [concerned(claim, one) for one in records]
    if not any(cases_of):
        needed = ", ".join(claim.needs)
        return Ruling(claim, "unsupported", reason=f"no case of this run has {needed}")
    try:
        found = [finding for one in usable for finding in claim.check(one)]
    except Exception as error:  # noqa: BLE001 -- a claim that cannot be checked must not end the run
        return Ruling(claim, "error", reason=f"its check failed: {type(error).__name__}: {error}")
    breaches = tuple(one for one in found if isinstance(one, Breach))
    unsaid = tuple(one for one in found if isinstance(one, Unsaid))
    verdict, reason = _verdict(len(found) - len(unsaid), breaches, unsaid, not_run(claim, records))
    return Ruling(claim, verdict, len(found) - len(unsaid), breaches, unsaid, reason)


def _verdict(
    looked_at: int,
    breaches: tuple[Breach, ...],
    unsaid: tuple[Unsaid, ...],
    lost: str,
) -> tuple[Verdict, str]:
    if breaches:
        return "fail", ""
    if lost:
        return "error", lost
    if looked_at:
        return "pass", ""
    if unsaid:
        return "unsupported", unsaid[0].reason
    return "error", LOOKED_AT_NOTHING


def not_run(claim: Claim, all_records: Iterable[Records]) -> str:
    """Say which cases that ``claim`` concerns our own engine broke; empty if there is none."""
    broken = [
        (case, outcome.answer.reason)
        for records in all_records
        for case, outcome in concerned(claim, records).items()
        if isinstance(outcome.answer, Broken)
    ]
    if not broken:
        return ""
    case, reason = broken[0]
    return f"{len(broken)} cases could not be run, such as {case}: {reason}"


def concerned(claim: Claim, records: Records) -> dict[Case, Outcome]:
    """Return the cases that have something of what ``claim`` needs, where the scenario has all."""
    needed = [FEATURES[name] for name in claim.needs]
    if not all(feature.of_scenario(records.scenario) for feature in needed):
        return {}
    having = [
        {case for case in records.outcomes if feature.of_case(case)}
        for feature in needed
        if feature.of_case is not any_case
    ]
    if not all(having):
        return {}
    return {
        case: outcome
        for case, outcome in records.outcomes.items()
        if not having or any(case in cases for cases in having)
    }


def _without_broken(records: Records) -> Records:
    """Return ``records`` less what our own engine broke, so that no check sees it."""
    if not any(isinstance(outcome.answer, Broken) for outcome in records.outcomes.values()):
        return records
    return replace(
        records,
        outcomes={
            case: outcome
            for case, outcome in records.outcomes.items()
            if not isinstance(outcome.answer, Broken)
        },
        _unflagged={},
    )


def _trouble(records: tuple[Records, ...]) -> str:
    """Return what keeps any claim from being judged; empty where nothing does."""
    outcomes = [outcome for one in records for outcome in one.outcomes.values()]
    if not outcomes:
        return NOTHING_COLLECTED
    return REFUSED_EVERYWHERE if all(map(_is_refused, outcomes)) else ""


def _is_refused(outcome: Outcome) -> bool:
    refused = HTTPStatus.UNAUTHORIZED
    if outcome.sent:
        return all(sent.status == refused for sent in outcome.sent)
    return isinstance(outcome.answer, Failure) and outcome.answer.status == refused
