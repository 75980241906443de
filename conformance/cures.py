"""Cures: which flags turn a profile's refusal of a scenario into 200, and in which placements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.matrix import APIS, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.matrix import Api, Case
    from conformance.records import Records


@dataclass(frozen=True, slots=True)
class Cure:
    """What ``profile`` says to a scenario without flags, and the fewest flags that cure it.

    ``refusal`` is None where the profile accepts it as it is; ``flags`` is None where no flags
    of the registry help; ``placements`` are those in which the flags cure it in every method.
    """

    profile: str
    scenario: str
    api: Api
    refusal: str | None
    flags: tuple[str, ...] | None
    placements: tuple[str, ...]


def cures(records: Records) -> Iterator[Cure]:
    """Yield, for each replayed profile and API, the cure of this scenario."""
    profiles = dict.fromkeys(replay.profile for replay in records.replays)
    for profile in profiles:
        refusals = {r.sha256: r.refusal for r in records.replays if r.profile == profile}
        for api in APIS:
            yield _cure(profile, api, records, refusals)


def _cure(profile: str, api: Api, records: Records, refusals: dict[str, str | None]) -> Cure:
    unflagged = records.sent(records.unflagged(api, METHODS[0]))
    refusal = None if unflagged is None else refusals[unflagged.sha256]
    flags: frozenset[str] | None = frozenset()
    placements: dict[str, bool] = {}
    if refusal is not None:
        accepted = _accepted(api, records, refusals)
        flags = min(accepted, key=lambda raised: (len(raised), sorted(raised)), default=None)
        placements = {} if flags is None else accepted[flags]
    return Cure(
        profile=profile,
        scenario=records.scenario.name,
        api=api,
        refusal=refusal,
        flags=None if flags is None else tuple(sorted(flags)),
        placements=tuple(placement for placement, all_methods in placements.items() if all_methods),
    )


def _accepted(
    api: Api, records: Records, refusals: dict[str, str | None]
) -> dict[frozenset[str], dict[str, bool]]:
    """Map sets of raised flags to the placements in which every method was accepted with them."""
    found: dict[frozenset[str], dict[str, bool]] = {}
    for case in records.outcomes:
        if case.api == api and len(case.delivery.placements) == 1:
            placements = found.setdefault(case.delivery.raised, {})
            placement = case.delivery.placements[0]
            accepted = _is_accepted(case, records, refusals)
            placements[placement] = placements.get(placement, True) and accepted
    return {raised: places for raised, places in found.items() if any(places.values())}


def _is_accepted(case: Case, records: Records, refusals: dict[str, str | None]) -> bool:
    sent = records.sent(case)
    return sent is not None and refusals[sent.sha256] is None
