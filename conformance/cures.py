"""Cures: which flags turn a profile's refusal of a scenario into 200, and in which placements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.matrix import APIS, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.matrix import Api, Case
    from conformance.records import Records
    from conformance.replay import Replay


@dataclass(frozen=True, slots=True)
class Cure:
    """What ``profile`` says to a scenario without flags, and the fewest flags that cure it.

    ``status`` and ``refusal`` are the answer without flags: ``refusal`` is None where the profile
    accepts the scenario as it is, ``status`` where not one request was there to answer. ``flags``
    is None where no flags of the registry help; ``placements`` are those in which the flags cure
    it in every method.
    """

    profile: str
    scenario: str
    api: Api
    status: int | None
    refusal: str | None
    flags: tuple[str, ...] | None
    placements: tuple[str, ...]


def cures(records: Records) -> Iterator[Cure]:
    """Yield, for each replayed profile and API, the cure of this scenario."""
    profiles = dict.fromkeys(replay.profile for replay in records.replays)
    for profile in profiles:
        answers = {r.sha256: r for r in records.replays if r.profile == profile}
        for api in APIS:
            yield _cure(profile, api, records, answers)


def _cure(profile: str, api: Api, records: Records, answers: dict[str, Replay]) -> Cure:
    unflagged = records.sent(records.unflagged(api, METHODS[0]))
    answer = None if unflagged is None else answers[unflagged.sha256]
    refusal = None if answer is None else answer.refusal
    cured_by: frozenset[str] | None = frozenset()
    placements: dict[str, bool] = {}
    if refusal is not None:
        accepted = _accepted(api, records, answers)
        cured_by = min(accepted, key=lambda raised: (len(raised), sorted(raised)), default=None)
        placements = {} if cured_by is None else accepted[cured_by]
    return Cure(
        profile=profile,
        scenario=records.scenario.name,
        api=api,
        status=None if answer is None else answer.status,
        refusal=refusal,
        flags=None if cured_by is None else tuple(sorted(cured_by)),
        placements=tuple(placement for placement, cured in placements.items() if cured),
    )


def _accepted(
    api: Api, records: Records, answers: dict[str, Replay]
) -> dict[frozenset[str], dict[str, bool]]:
    """Map sets of raised flags to the placements, and whether every method was accepted there."""
    found: dict[frozenset[str], dict[str, bool]] = {}
    for case in records.outcomes:
        if case.is_plain and case.api == api and len(case.delivery.placements) == 1:
            [placement] = case.delivery.placements
            placements = found.setdefault(case.delivery.raised, {})
            accepted = _is_accepted(case, records, answers)
            placements[placement] = placements.get(placement, True) and accepted
    return {raised: places for raised, places in found.items() if any(places.values())}


def _is_accepted(case: Case, records: Records, answers: dict[str, Replay]) -> bool:
    sent = records.sent(case)
    return sent is not None and answers[sent.sha256].refusal is None
