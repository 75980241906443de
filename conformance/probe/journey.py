"""Claude Code's request sent as it is, with ever less to refuse, and with the settings it needs.

What is refused of several things at once tells which refusal an upstream looks for first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.experiment import Edit, edited
from conformance.probe.needs import Setting, joined, needed
from conformance.probe.order import told
from conformance.probe.plan import CAP
from conformance.probe.whole_request import SPOILERS, as_set, side_request, whole_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.matrix import Api
    from conformance.probe.experiment import Payload
    from conformance.probe.investigation import Investigation
    from conformance.probe.trial import Trial
    from mock_upstream.judging.judge import Judge

_MOST_STEPS: Final = 12
_MOST_FIELDS: Final = 4


@dataclass(frozen=True, slots=True)
class Journey:
    """What Claude Code's request needs at an API, and what came of it without and with that."""

    api: Api
    settings: dict[str, Any]
    without: Trial
    proof: Trial

    @property
    def proved(self) -> bool:
        """Whether the upstream took it with the settings."""
        return self.proof.outcome == "accepted"


def travelled(investigation: Investigation, judge: Judge) -> Journey:
    """Send the whole request without settings and with those that it needs."""
    foothold, api = investigation.foothold, investigation.plan.api
    payload = whole_request(api, foothold.model, CAP)
    beside = side_request(api, foothold.model, CAP)
    wanted = needed(judge, api, (payload, beside), foothold.headers)
    headers: list[Setting] = [
        ("extra_headers", {name: value}) for name, value in foothold.headers.items()
    ]
    without = _sent(investigation, as_set(payload, api, {}))
    if without.outcome == "accepted" and not wanted:
        return Journey(api, joined(headers), without, without)
    proof = _sent(investigation, as_set(payload, api, joined(wanted)))
    return Journey(api, joined([*wanted, *headers]), without, proof)


def sorted_out(investigation: Investigation, judge: Judge, settings: dict[str, Any]) -> None:
    """Send a request with all that is refused, then with less by what was told, and so on."""
    foothold, api = investigation.foothold, investigation.plan.api
    whole = whole_request(api, foothold.model, CAP)
    given = {name.lower(): value for name, value in foothold.headers.items()}

    def met(cures: Sequence[Setting], spoilers: Sequence[Edit]) -> tuple[Payload, set[str]]:
        sent = edited(as_set(whole, api, joined(cures)), spoilers)
        return sent, {one.rule for one in judge.check(api, sent, given).violations}

    left: list[Setting] = list(_singles(settings))
    cures: list[Setting] = []
    _, cured = met(left, ())
    spoilers = [one for one in _spoilers(investigation) if met(left, (one,))[1] - cured]
    turned = False
    for _ in range(_MOST_STEPS):
        sent, rules = met(cures, spoilers)
        if len(rules - cured) < 2:  # noqa: PLR2004 -- of one there is no order
            return
        first = told(judge, _sent(investigation, sent))
        if not turned:
            turned = True
            _sent(investigation, dict(reversed(sent.items())))
        if first is None or not _eased(first.rule, cures, left, spoilers, met):
            return


def _eased(
    rule: str, cures: list[Setting], left: list[Setting], spoilers: list[Edit], met: Any
) -> bool:
    """Take away what was told, a spoiler or by a setting; False where nothing does."""
    for spoiler in spoilers:
        rest = [one for one in spoilers if one is not spoiler]
        if rule not in met(cures, rest)[1]:
            spoilers.remove(spoiler)
            return True
    for setting in left:
        if rule not in met([*cures, setting], spoilers)[1]:
            left.remove(setting)
            cures.append(setting)
            return True
    return False


def _singles(settings: dict[str, Any]) -> Iterator[Setting]:
    for name, value in settings.items():
        if isinstance(value, list):
            yield from ((name, [one]) for one in value)
        elif isinstance(value, dict):
            yield from ((name, {key: inner}) for key, inner in value.items())
        else:
            yield name, value


def _spoilers(investigation: Investigation) -> Iterator[Edit]:
    """Yield edits that are likely refused: forms, and some of the fields that were refused."""
    api = investigation.plan.api
    yield from SPOILERS[api]
    outcomes = investigation.found.outcomes
    fields = [
        one.edits[0]
        for one in investigation.plan.experiments
        if outcomes.get(one.id) == "refused" and one.edits[0][0] == one.edits[-1][0]
        and len(one.edits[0][0]) == 1 and one.rules and "forbid" in one.rules[0]
    ]  # fmt: skip
    yield from fields[:_MOST_FIELDS]


def _sent(investigation: Investigation, payload: Payload) -> Trial:
    return investigation.sent_as_is(f"{investigation.plan.api}-whole-request", payload)
