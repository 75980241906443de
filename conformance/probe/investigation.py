"""Asks one API after its plan: one difference at a time from a request that is taken."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from conformance.probe.asking import SpentError
from conformance.probe.exits import BUSY, ProbeError
from conformance.probe.experiment import UNDECLARED, edited
from conformance.probe.foothold import Foothold, settle
from conformance.probe.groups import places_of, sift
from conformance.probe.sizes import Bound, bound_of
from conformance.probe.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.matrix import Api
    from conformance.probe.asking import Asking
    from conformance.probe.experiment import Edit, Experiment, Limit, Payload
    from conformance.probe.plan import Plan

_MOST_FAILURES: Final = 3
_MOST_UNCLEAR: Final = 10


@dataclass(slots=True)
class Findings:
    """What was found out about one API."""

    api: Api
    first: Trial
    foothold: Foothold
    trials: list[Trial] = field(default_factory=list)
    taken: list[Trial] = field(default_factory=list)
    """Every request that was accepted, several experiments' at once among them."""

    refused: list[Trial] = field(default_factory=list)
    """Every request that was refused, whatever it was asked for."""

    bounds: dict[str, Bound] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)
    """Experiments that say nothing, each with the reason."""

    outcomes: dict[str, str] = field(default_factory=dict)
    """What came of each experiment, by its id."""

    def add(self, trial: Trial) -> None:
        """Keep what an experiment showed."""
        self.trials.append(trial)
        self.outcomes[trial.id] = trial.outcome
        if trial.outcome == "unclear":
            self.unseen[trial.id] = f"the answer was {trial.answer.status}"


class Investigation:
    """One API, asked by one plan."""

    def __init__(self, plan: Plan, asking: Asking, model: str) -> None:
        self.plan = plan
        self._asking = asking
        self.foothold = Foothold(plan, model, cap=plan.caps[0])
        self._contexts: dict[str, Payload] = {}
        self._refused: list[Trial] = []
        self._failures = 0
        self._unclear = 0
        self.findings: Findings | None = None

    def begin(self) -> Findings:
        """Look for the smallest request that is taken; the findings tell whether there is one."""
        trial, needed = settle(self.foothold, self.foothold.minimal, self._asked)
        found = self.findings = Findings(self.plan.api, trial, self.foothold)
        found.refused = self._refused
        if trial.outcome == "accepted":
            found.taken.append(trial)
            for one in needed:
                found.add(one)
            self._contexts["turn"] = self.foothold.minimal
        return found

    def go_on(self) -> None:
        """Make the experiments. Raises `SpentError` where no more can be asked; what is left is
        noted as unseen."""
        try:
            self._make_contexts()
            for group in _grouped(self.plan.experiments):
                self._make_group(group)
            for limit in self.plan.limits:
                self._measure(limit)
        except SpentError as error:
            self._note_rest(str(error))
            raise
        except KeyboardInterrupt:
            self._note_rest("the probe was broken off")
            raise

    def ask(self, name: str, payload: Payload) -> Trial:
        """Ask with all that the upstream wants in each request, and keep what was taken."""
        trial = self._asked(name, self.foothold.dressed(payload), self.foothold.headers)
        if trial.outcome == "accepted":
            self.found.taken.append(trial)
        return trial

    def sent_as_is(self, name: str, payload: Payload) -> Trial:
        """Ask with nothing added but the headers, and keep what came."""
        trial = self._asked(name, payload, self.foothold.headers)
        if trial.outcome == "accepted":
            self.found.taken.append(trial)
        return trial

    def ask_over(self, context: str, name: str, edits: tuple[Edit, ...]) -> Trial:
        """Ask a context's request with some edits."""
        return self.ask(f"{self.plan.api}-{name}", edited(self._contexts[context], edits))

    @property
    def is_begun(self) -> bool:
        """Whether there is a request that is taken."""
        return "turn" in self._contexts

    def has(self, context: str) -> bool:
        """Whether a context's request is taken."""
        return context in self._contexts

    @property
    def found(self) -> Findings:
        """What was found until now."""
        if self.findings is None:
            raise RuntimeError("begin() comes first")
        return self.findings

    def _asked(self, name: str, payload: Payload, headers: Mapping[str, str]) -> Trial:
        answer = self._asking.ask(self.plan.api, payload, headers)
        trial = Trial(name, self.plan.api, name, payload, dict(headers), answer)
        if trial.outcome == "refused":
            self._refused.append(trial)
        return trial

    def _make_contexts(self) -> None:
        for context in self.plan.contexts:
            if context.over not in self._contexts:
                self.found.unseen[f"{self.plan.api}-{context.name}"] = (
                    f"{context.over} is not taken"
                )
                continue
            payload = edited(self._contexts[context.over], context.edits)
            trial, needed = settle(self.foothold, payload, self._asked)
            for one in needed:
                self.found.add(one)
            name = f"{self.plan.api}-{context.name}"
            self._note(replace(trial, id=name, shows=context.shows, rules=context.rules))
            if trial.outcome == "accepted":
                self.found.taken.append(trial)
                self._contexts[context.name] = payload

    def _make_group(self, group: Sequence[Experiment]) -> None:
        """Make the experiments of a group; one by one where all are likely to be refused."""
        unknown = self.found.outcomes.get(f"{self.plan.api}-unknown-top")
        if group[0].group == UNDECLARED and unknown == "refused":
            for one in group:
                self._make([one])
        else:
            self._make(group)

    def _make(self, group: Sequence[Experiment]) -> None:
        ready = [one for one in group if self._is_ready(one)]
        if not ready:
            return

        def together(some: Sequence[Experiment]) -> Trial:
            edits = [edit for one in some for edit in one.edits]
            return self.ask(some[0].id, edited(self._contexts[some[0].context], edits))

        try:
            sift(ready, together, self._note_experiment)
        except ProbeError as error:
            self._failed(ready, error)

    def _is_ready(self, experiment: Experiment | Limit) -> bool:
        """Whether there is a request to start from; notes why not."""
        if experiment.context not in self._contexts:
            why = f"{experiment.context} is not taken"
        elif experiment.after and self.found.outcomes.get(experiment.after) != "accepted":
            why = f"{experiment.after} is not taken"
        else:
            return True
        self.found.unseen[experiment.id] = why
        return False

    def _note_experiment(self, experiment: Experiment, trial: Trial) -> None:
        payload = trial.payload
        if trial.outcome == "accepted":  # perhaps with others: by itself it would have been, too
            payload = edited(self._contexts[experiment.context], experiment.edits)
        self._note(
            replace(
                trial,
                id=experiment.id,
                shows=experiment.shows,
                payload=self.foothold.dressed(payload),
                rules=experiment.rules,
                places=places_of(experiment, trial),
            )
        )

    def _note(self, trial: Trial) -> None:
        self._failures = 0
        self._unclear = self._unclear + 1 if trial.outcome == "unclear" else 0
        self.found.add(trial)
        if self._unclear >= _MOST_UNCLEAR:
            status = trial.answer.status
            raise SpentError(f"the last {_MOST_UNCLEAR} answers say nothing ({status})")

    def _measure(self, limit: Limit) -> None:
        if not self._is_ready(limit):
            return

        def asked(size: int) -> Trial:
            payload = edited(self._contexts[limit.context], limit.edits(size))
            return self.ask(f"{limit.id}={size}", payload)

        try:
            bound = bound_of(limit, asked)
        except ProbeError as error:
            self._failed([limit], error)
            return
        self.found.bounds[limit.id] = bound
        if bound.beyond is not None:
            rules = limit.ruled(bound.size)
            name = f"{limit.id}-beyond"
            self._note(replace(bound.beyond, id=name, shows=limit.shows, rules=rules))

    def _failed(self, asked: Sequence[Experiment | Limit], error: ProbeError) -> None:
        """Note what got no answer; after several in a row nothing more is asked."""
        for one in asked:
            self.found.unseen[one.id] = str(error)
        self._failures += 1
        if self._failures >= _MOST_FAILURES or error.code == BUSY:
            raise SpentError(str(error)) from error

    def _note_rest(self, why: str) -> None:
        known = self.found.outcomes.keys() | self.found.bounds.keys() | self.found.unseen.keys()
        planned = [one.id for one in self.plan.experiments] + [one.id for one in self.plan.limits]
        self.found.unseen.update({name: why for name in planned if name not in known})


def _grouped(experiments: Iterable[Experiment]) -> list[list[Experiment]]:
    """Put those of one group together, where the first of them stands."""
    groups: dict[tuple[str, str], list[Experiment]] = {}
    for one in experiments:
        key = (one.context, one.group) if one.group else (one.id, "")
        groups.setdefault(key, []).append(one)
    return list(groups.values())
