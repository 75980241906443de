"""The whole of a probe: contact, experiments on both APIs, the profile, the settings and proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.answers import Answering, answering
from conformance.probe.asking import SpentError
from conformance.probe.contact import refuse_useless
from conformance.probe.draft import Draft, drawn
from conformance.probe.exits import ENDLESS, NOTHING_TAKEN, SILENT, ProbeError
from conformance.probe.investigation import Findings, Investigation
from conformance.probe.journey import Journey, sorted_out, travelled
from conformance.probe.key_trials import KeyHabits, key_habits
from conformance.probe.order import ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.matrix import Api
    from conformance.probe.asking import Asking
    from conformance.probe.plan import Plan
    from conformance.probe.trial import Trial

NEVER_SEEN: Final = (
    "states of the server or the account (quota, verification, a model that is not loaded)",
    "the size of the context and of the answer, which takes large requests to see",
    "what changed or changes with the date",
    "other models than the one that was asked",
    "fields, values and orders that are in no experiment, and two of them together",
    "refusals that depend on what the model makes of a request",
)
"""What no probe of this kind can see, whatever the upstream."""


@dataclass(slots=True)
class Chart:
    """All that was found out about an upstream."""

    model: str
    absent: dict[Api, Trial] = field(default_factory=dict)
    findings: list[Findings] = field(default_factory=list)
    draft: Draft = field(default_factory=lambda: Draft({}))
    journeys: list[Journey] = field(default_factory=list)
    key: KeyHabits | None = None
    answering: list[Answering] = field(default_factory=list)
    stopped: str = ""
    """Why it ended before the plan did."""

    broken_off: bool = False


def charted(plans: Sequence[Plan], asking: Asking, model: str, base: dict[str, Any]) -> Chart:
    """Chart an upstream. Raises `ProbeError` where there is nothing to chart."""
    chart = Chart(model)
    begun = [Investigation(plan, asking, model) for plan in plans]
    taken = _footholds(chart, begun, asking)
    chart.findings = [one.found for one in taken]
    try:
        _explored(chart, taken, asking, base)
    except SpentError as error:
        chart.stopped = str(error)
    except KeyboardInterrupt:
        chart.stopped, chart.broken_off = "the probe was broken off", True
    _draw(chart, base)
    return chart


def _footholds(
    chart: Chart, investigations: Sequence[Investigation], asking: Asking
) -> list[Investigation]:
    """Find the APIs that take a request; raise `ProbeError` where none does."""
    silent: list[ProbeError] = []
    first: list[Trial] = []
    for one in investigations:
        try:
            first.append(one.begin().first)
        except SpentError as error:
            raise ProbeError(NOTHING_TAKEN, f"{error}, and nothing was taken") from None
        except ProbeError as error:
            if error.code not in (SILENT, ENDLESS):
                raise
            silent.append(error)
    taken = [one for one in investigations if one.is_begun]
    if not taken and silent:
        raise silent[0]
    refuse_useless(asking.wire.address, first)
    chart.absent = {one.api: one for one in first if one.outcome != "accepted"}
    return taken


def _explored(
    chart: Chart, investigations: Sequence[Investigation], asking: Asking, base: dict[str, Any]
) -> None:
    first = investigations[0]
    chart.key = key_habits(asking, first)
    for one in investigations:
        one.go_on()
    for one in investigations:
        chart.answering.append(answering(one))
    _draw(chart, base)
    for one in investigations:
        judge = chart.draft.judge()
        journey = travelled(one, judge)
        chart.journeys.append(journey)
        sorted_out(one, judge, journey.settings)


def _draw(chart: Chart, base: dict[str, Any]) -> None:
    """Draw the profile of all that was seen until now; anew only where it no longer holds."""
    draft = chart.draft
    if not draft.base or not draft.spares(chart.findings):
        draft = drawn(chart.findings, base)
    refused = [trial for one in chart.findings for trial in one.refused]
    chart.draft = ordered(draft, refused)
