"""Which of several refusals answers: learnt from every request that met more than one rule."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import orjson

from conformance.probe.draft import Draft, headers_of, judge_of
from conformance.probe.trial import without_numbers
from mock_upstream.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.probe.trial import Trial
    from conformance.profile_reading import Rule
    from mock_upstream.judging.judge import Judge
    from mock_upstream.verdict import Violation

Precedence = Literal["document", "schema-first", "rules-first"]

_ALL: Final[tuple[Precedence, ...]] = ("document", "schema-first", "rules-first")


@dataclass(frozen=True, slots=True)
class Told:
    """A refused request that met several rules: the one that answered, by rule and place."""

    trial: Trial
    rule: str
    path: str
    others: tuple[str, ...]


def ordered(draft: Draft, refused: Iterable[Trial]) -> Draft:
    """Return the draft with the precedence, and the order of rules, that explain the most."""
    judge = draft.judge()
    met = [one for one in (told(judge, trial) for trial in refused) if one is not None]
    if not met:
        return draft
    rules = _sorted(draft.rules, met)
    ways = [
        Draft(
            {**draft.base, "precedence": way},
            draft.rules if way == "document" else rules,
            draft.unsaid,
        )
        for way in _ALL
    ]
    usual = 1 if draft.base["schema"] == "none" else 0
    ways = [*ways[usual:], *ways[:usual]]
    return max(ways, key=lambda way: _explained(way, met))


def told(judge: Judge, trial: Trial) -> Told | None:
    """Find which of the rules that a request meets was told; None where that says nothing."""
    violations = judge.check(trial.api, trial.payload, headers_of(trial)).violations
    rules = {one.rule for one in violations}
    if len(violations) < 2:  # noqa: PLR2004 -- of one there is no order
        return None
    answering = _answering(judge, violations, trial)
    names = {one.rule for one in answering}
    if len(names) != 1:
        return None
    first = answering[0]
    return Told(trial, first.rule, first.path, tuple(rules - names))


def _answering(judge: Judge, violations: Sequence[Violation], trial: Trial) -> list[Violation]:
    """Find by the body, and else by the place that the words name, which violations were told."""
    came, blamed = _plain(trial.answer.body), trial.refused.path
    bodies = [_plain(judge.refusal(Verdict((one,))).body) for one in violations]
    worded = list(zip(violations, bodies, strict=True))
    same = [one for one, body in worded if body == came]
    alike = [one for one, body in worded if without_numbers(body) == without_numbers(came)]
    there = [one for one in same or alike or violations if blamed and one.path == blamed]
    near = [one for one in violations if blamed and one.path.startswith(blamed)]
    return there or same or alike or near


def _plain(body: bytes) -> str:
    """Write a body without the white space in its JSON."""
    with suppress(orjson.JSONDecodeError):
        body = orjson.dumps(orjson.loads(body))
    return body.decode("utf-8", "replace")


def _sorted(rules: Sequence[Rule], met: Iterable[Told]) -> list[Rule]:
    """Put rules in an order in which those that answered stand before those that did not."""
    before: Mapping[str, set[str]] = defaultdict(set)
    for one in met:
        for other in one.others:
            if one.rule not in _all_before(before, other, one.rule):
                before[other].add(one.rule)
    left: list[Rule] = list(rules)
    done: list[Rule] = []
    names = {rule["id"] for rule in rules}
    while left:
        ready = [r for r in left if not (before[r["id"]] & names - {d["id"] for d in done})]
        chosen = ready[0] if ready else left[0]
        left.remove(chosen)
        done.append(chosen)
    return done


def _all_before(before: Mapping[str, set[str]], rule: str, wanted: str) -> set[str]:
    """Return ``wanted`` if ``rule`` is known to stand before it, which would make a circle."""
    seen, waiting = set(), [wanted]
    while waiting:
        name = waiting.pop()
        if name == rule:
            return {wanted}
        if name not in seen:
            seen.add(name)
            waiting += before[name]
    return set()


def _explained(draft: Draft, met: Iterable[Told]) -> int:
    judge = judge_of(draft.data)
    count = 0
    for one in met:
        verdict = judge.check(one.trial.api, one.trial.payload, headers_of(one.trial))
        count += bool(verdict.violations) and verdict.violations[0].path == one.path
    return count
