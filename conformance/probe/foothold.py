"""The smallest request that an upstream takes, found by adding what its refusals ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.experiment import CUT, Repair, edited
from conformance.probe.plan import CAP
from conformance.probe.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conformance.probe.experiment import Payload
    from conformance.probe.plan import Plan

_MISSING_HEADER: Final = re.compile(
    r"(?i)(?:missing|requires?|without)(?: the)?(?: required)? "
    r"['\"`]?([A-Za-z][\w-]+)['\"`]? header"
    r"|header ['\"`]?([A-Za-z][\w-]+)['\"`]? is (?:missing|required)"
)
_HEADERS: Final[Mapping[str, str]] = {"editor-version": "vscode/1.104.0"}
_ANY_HEADER: Final = "1.0"
_MOST_STEPS: Final = 6


@dataclass(slots=True)
class Foothold:
    """What every request to an API is made with: its cap, its repairs and its headers."""

    plan: Plan
    model: str
    cap: str = ""
    repairs: list[Repair] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def dressed(self, payload: Payload) -> Payload:
        """Return ``payload`` with what the upstream wants in each request."""
        for repair in self.repairs:
            payload = repair.apply(payload)
        return payload

    @property
    def minimal(self) -> Payload:
        """The smallest request."""
        cap = {self.cap: CAP} if self.cap else {}
        return self.dressed({"model": self.model, **self.plan.minimal, **cap})


def settle(
    foothold: Foothold,
    payload: Payload,
    ask: Callable[[str, Payload, Mapping[str, str]], Trial],
) -> tuple[Trial, list[Trial]]:
    """Find how ``payload`` is taken; the foothold learns what it takes.

    Returns the last trial, and one for each thing that is needed: the request without it.
    """
    bare = ask("minimal", foothold.dressed(payload), foothold.headers)
    trial, learnt = bare, []
    for _ in range(_MOST_STEPS):
        if trial.outcome != "refused":
            break
        step = next(_steps(foothold, payload, trial, ask), None)
        if step is None:
            break
        learnt.append(step)
        trial = step.trial
        payload = step.payload
    if trial.outcome != "accepted":
        return trial, []
    tried = (_needed(foothold, payload, one, ask) for one in learnt)
    return trial, [one for one in tried if one is not None]


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing that was added, and what came of it."""

    trial: Trial
    payload: Payload
    repair: Repair | None = None
    header: str = ""


def _steps(
    foothold: Foothold,
    payload: Payload,
    trial: Trial,
    ask: Callable[[str, Payload, Mapping[str, str]], Trial],
) -> Iterator[_Step]:
    """Try one thing after the other, the likeliest first, and yield what changed the answer."""
    message = trial.refused.message
    found = _MISSING_HEADER.search(message)
    name = next(filter(None, found.groups()), "") if found else ""
    if name and name not in foothold.headers:
        value = _HEADERS.get(name.lower(), _ANY_HEADER)
        tried = ask("minimal", foothold.dressed(payload), {**foothold.headers, name: value})
        if tried.outcome == "accepted" or tried.said != trial.said:
            foothold.headers[name] = value
            yield _Step(tried, payload, header=name)
    for repair in _likeliest(foothold, message):
        changed = repair.apply(foothold.dressed(payload))
        if changed == foothold.dressed(payload):
            continue
        tried = ask("minimal", changed, foothold.headers)
        if tried.outcome == "accepted" or tried.said != trial.said:
            foothold.repairs.append(repair)
            yield _Step(tried, payload, repair)
    for cap in _other_caps(foothold, payload):
        changed = _recapped(foothold, payload, cap)
        tried = ask("minimal", foothold.dressed(changed), foothold.headers)
        if tried.outcome == "accepted" or tried.said != trial.said:
            foothold.cap = cap
            yield _Step(tried, changed)


def _likeliest(foothold: Foothold, message: str) -> list[Repair]:
    open_ones = [one for one in foothold.plan.repairs if one not in foothold.repairs]
    lowered = message.lower()
    return sorted(open_ones, key=lambda one: not any(word in lowered for word in one.words))


def _other_caps(foothold: Foothold, payload: Payload) -> Iterable[str]:
    present = next((cap for cap in foothold.plan.caps if cap in payload), "")
    if not present:
        return ()
    others = foothold.plan.caps[foothold.plan.caps.index(present) + 1 :]
    return (*others, "")


def _recapped(foothold: Foothold, payload: Payload, cap: str) -> Payload:
    gone = [((one,), CUT) for one in foothold.plan.caps]
    put: list[Any] = [((cap,), CAP)] if cap else []
    return edited(payload, [*gone, *put])


def _needed(
    foothold: Foothold,
    payload: Payload,
    step: _Step,
    ask: Callable[[str, Payload, Mapping[str, str]], Trial],
) -> Trial | None:
    """Ask without one thing that was added; forget it where the upstream takes that, too."""
    headers = {name: value for name, value in foothold.headers.items() if name != step.header}
    others = [one for one in foothold.repairs if one is not step.repair]
    if step.repair is None and not step.header:
        return None
    sent = payload
    for repair in others:
        sent = repair.apply(sent)
    trial = ask("without", sent, headers)
    if trial.outcome == "accepted":
        foothold.repairs, foothold.headers = others, headers
        return None
    rules = step.repair.rules if step.repair else ({"header": step.header},)
    shows = step.repair.shows if step.repair else f"the header {step.header}"
    name = step.repair.id if step.repair else f"{trial.api}-needs-header"
    return Trial(name, trial.api, shows, sent, headers, trial.answer, rules)
