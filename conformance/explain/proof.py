"""The proof: the handler driven against a mock that refuses just so, without and with the cure."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from conformance.edits import difference
from conformance.explain.candidates import Candidate, candidates, registered
from conformance.explain.captured import NAME, scenario_of
from conformance.explain.trip import Trip, apis_of, natural_trips, planted_trips
from mock_upstream import Session, load_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.explain.handler_drive import Driven, HandlerDrive
    from conformance.explain.matching import Likeness
    from conformance.matrix import Api
    from conformance.scenarios import Scenario
    from mock_upstream.from_error.blame import Blame
    from mock_upstream.from_error.report import ErrorReport
    from mock_upstream.profile_format.profile import Profile

Outcome = Literal["cured", "incurable", "not-sent", "not-reproduced"]

_MOST_TRIPS: Final = 3
_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class Proof:
    """What was shown. ``changes`` tell how the cured payload departs from the refused one."""

    outcome: Outcome
    scenario: str = ""
    api: str = ""
    planted: bool = False
    without_status: int | None = None
    without_message: str = ""
    with_status: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    changes: tuple[str, ...] = ()
    tried: tuple[Mapping[str, Any], ...] = ()
    trip: Trip | None = None
    cure: str = ""
    """What to do, in words, where it is not the usual."""


class Prover:
    """Drives the handler for one error after the other."""

    def __init__(self, drive: HandlerDrive) -> None:
        self._drive = drive
        self._openai = Session(load_profile("openai"), auth="off")

    def prove(
        self,
        report: ErrorReport,
        blame: Blame,
        profile: Profile,
        near: Sequence[Likeness],
        scenarios: Sequence[Scenario] = (),
    ) -> Proof:
        """Return what cures the error, with the two answers, or what was tried in vain."""
        apis = apis_of(blame, near)
        natural = natural_trips(self._drive, profile, apis, scenarios)
        tripped = list(itertools.islice(natural, _MOST_TRIPS))
        proofs = [self._cure(trip, report, blame, profile, near) for trip in tripped[:1]]
        if proofs:
            return self._best(proofs, tripped[1:], report, blame, profile, near)
        for trip in () if scenarios else planted_trips(self._drive, profile, apis, blame):
            proof = self._cure(trip, report, blame, profile, near)
            if proof.outcome == "cured":
                return proof
        return self._not_sent(profile, apis, scenarios)

    def prove_request(
        self,
        report: ErrorReport,
        blame: Blame,
        profile: Profile,
        near: Sequence[Likeness],
        request: Mapping[str, Any],
    ) -> Proof:
        """Return the same for one captured request, on either API."""
        scenario = scenario_of(request)
        if scenario is not None:
            return self.prove(report, blame, profile, near, [scenario])
        body = {key: value for key, value in request.items() if key not in ("model", "stream")}
        trip = Trip(
            replace(self._drive.scenarios[0], name=NAME),
            "responses",
            {"extra_body": body},
        )
        proof = self._cure(trip, report, blame, profile, near)
        if proof.outcome == "not-reproduced":
            return Proof("not-sent", NAME, "responses", without_status=200)
        return proof

    def _best(
        self,
        proofs: list[Proof],
        others: Sequence[Trip],
        report: ErrorReport,
        blame: Blame,
        profile: Profile,
        near: Sequence[Likeness],
    ) -> Proof:
        """Return the first proof, or another request's where that cannot be cured."""
        if proofs[0].outcome == "cured":
            return proofs[0]
        for trip in others:
            if trip.api != proofs[0].api:
                proof = self._cure(trip, report, blame, profile, near)
                if proof.outcome == "cured":
                    return proof
        return proofs[0]

    def _cure(
        self,
        trip: Trip,
        report: ErrorReport,
        blame: Blame,
        profile: Profile,
        near: Sequence[Likeness],
    ) -> Proof:
        refused = self._drive.drive(trip.scenario, trip.api, trip.settings, profile)
        if refused.accepted:
            return Proof("not-reproduced", trip.scenario.name, trip.api)
        tried: list[Mapping[str, Any]] = []
        known = [one.entry.id for one in near]
        shipped = next((one.profiles[0] for one in near if one.profiles and one.same_words), None)
        every = itertools.chain(
            candidates(report, blame, trip.api, known, shipped),
            registered(Session(profile, auth="off"), trip.api, refused.payload),
        )
        for candidate in every:
            tried.append(candidate.settings)
            settings = _together(trip.settings, candidate.settings)
            cured = self._drive.drive(trip.scenario, trip.api, settings, profile)
            if cured.accepted and self._is_sound(trip.api, refused, cured):
                return _cured(trip, candidate, refused, cured)
        return Proof(
            "incurable",
            scenario=trip.scenario.name,
            api=trip.api,
            planted=trip.planted,
            without_status=refused.status,
            without_message=refused.message,
            tried=tuple(tried),
            trip=trip,
        )

    def _is_sound(self, api: Api, refused: Driven, cured: Driven) -> bool:
        """Say whether the cure breaks nothing that OpenAI's own schema asks for."""
        after: Api = "responses" if "input" in (cured.payload or {}) else "chat"
        return after != api or _broken(self._openai, api, cured) <= _broken(
            self._openai, api, refused
        )

    def _not_sent(
        self, profile: Profile, apis: Sequence[Api], scenarios: Sequence[Scenario]
    ) -> Proof:
        api = apis[0]
        every = scenarios or self._drive.scenarios
        scenario = next((one for one in every if one.name == "tool-results-with-image"), every[0])
        driven = self._drive.drive(scenario, api, {}, profile)
        if not driven.accepted:
            return Proof("not-reproduced", scenario.name, api, without_status=driven.status)
        return Proof(
            "not-sent",
            scenario=scenario.name,
            api=api,
            without_status=driven.status,
            without_message=driven.message,
        )


def _broken(openai: Session, api: Api, driven: Driven) -> set[str]:
    payload = driven.payload or {}
    found = openai.judge(api, payload, {}).violations
    return {one.rule for one in found if one.rule not in ("unknown-parameter", "reject")}


def _cured(trip: Trip, candidate: Candidate, refused: Driven, cured: Driven) -> Proof:
    edits = difference(dict(refused.payload or {}), dict(cured.payload or {}))
    return Proof(
        "cured",
        scenario=trip.scenario.name,
        api=trip.api,
        planted=trip.planted,
        without_status=refused.status,
        without_message=refused.message,
        with_status=cured.status,
        settings=candidate.settings,
        why=candidate.why,
        changes=tuple(_short(str(edit)) for edit in edits if not str(edit).startswith("order ")),
        trip=trip,
    )


def _together(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Join two sets of settings; mappings of both are joined, too."""
    joined = dict(base)
    for key, value in more.items():
        old = joined.get(key)
        joined[key] = (
            {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return joined


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def paths_of(proof: Proof) -> Iterator[str]:
    """Yield the field paths that the cured payload lacks."""
    yield from (one.removeprefix("without ") for one in proof.changes if one.startswith("without "))
