"""The proof of the settings: Claude Code's request sent without them, and with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.needs import Setting, joined, needed
from conformance.probe.plan import CAP
from conformance.probe.whole_request import as_set, side_request, whole_request

if TYPE_CHECKING:
    from conformance.matrix import Api
    from conformance.probe.draft import Draft
    from conformance.probe.investigation import Investigation
    from conformance.probe.trial import Trial

_MOST_STEPS: Final = 10


@dataclass(frozen=True, slots=True)
class Journey:
    """What Claude Code's request needs at an API, and what came of it without and with that."""

    api: Api
    settings: dict[str, Any]
    without: Trial
    proof: Trial
    steps: list[Trial] = field(default_factory=list)

    @property
    def proved(self) -> bool:
        """Whether the upstream took it with the settings."""
        return self.proof.outcome == "accepted"


def travelled(investigation: Investigation, draft: Draft) -> Journey:
    """Send the whole request, with one more setting after each refusal, until it is taken."""
    foothold = investigation.foothold
    api = investigation.plan.api
    payload = whole_request(api, foothold.model, CAP)
    beside = side_request(api, foothold.model, CAP)
    wanted = needed(draft.judge(), api, (payload, beside), foothold.headers)
    wanted += [("extra_headers", {name: value}) for name, value in foothold.headers.items()]
    trials = [_sent(investigation, payload, [])]
    _turned_around(investigation, as_set(payload, api, {}))
    chosen: list[Setting] = []
    for setting in wanted[:_MOST_STEPS]:
        if trials[-1].outcome == "accepted":
            break
        chosen.append(setting)
        trials.append(_sent(investigation, payload, chosen))
    if trials[-1].outcome == "accepted" and len(trials) == 1:
        wanted = [one for one in wanted if one[0] == "extra_headers"]
    return Journey(api, joined(wanted), trials[0], trials[-1], trials)


def _sent(investigation: Investigation, payload: dict[str, Any], chosen: list[Setting]) -> Trial:
    api = investigation.plan.api
    return investigation.sent_as_is(
        f"{api}-whole-request", as_set(payload, api, joined(chosen))
    )


def _turned_around(investigation: Investigation, payload: dict[str, Any]) -> None:
    """Send the same with its fields in the opposite order: does the first in the text answer?"""
    turned = dict(reversed(payload.items()))
    investigation.sent_as_is(f"{investigation.plan.api}-turned-around", turned)
