"""A profile drawn from trials: rules that refuse what was refused, and spare all that was taken.

Nothing is guessed beyond what an experiment says it shows: a rule is kept only if it refuses its
own trial and spares every request that the upstream took.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from conformance.probe.words import named, open_words, words_of
from mock_upstream.field_path import FieldPath, render
from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.part import build
from mock_upstream.profile_format.profile import Profile
from mock_upstream.profile_format.rule_lint import lint_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from common.field_path import Location
    from conformance.matrix import Api
    from conformance.probe.investigation import Findings
    from conformance.probe.trial import Trial
    from conformance.profile_reading import Rule
    from mock_upstream.verdict import Verdict

UNKNOWN_NAME: Final = "x_probe_unknown"
_QUOTED: Final = re.compile(r"'[^']*'|`[^`]*`|\"[^\"]*\"|[\w-]*\d[\w-]*")
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9_=.]+")
_NESTED: Final = ("message", "call", "tool")


@dataclass(slots=True)
class Draft:
    """A profile in the making: its keys, its rules, and the refusals that no rule says."""

    base: dict[str, Any]
    rules: list[Rule] = field(default_factory=list)
    unsaid: list[Trial] = field(default_factory=list)

    @property
    def data(self) -> dict[str, Any]:
        """The profile's data, as its file has them."""
        return {**self.base, "rules": self.rules}

    def judge(self) -> Judge:
        """Compile it as it is now."""
        return judge_of(self.data)

    def spares(self, findings: Iterable[Findings]) -> bool:
        """Whether it takes all that was taken."""
        judge = self.judge()
        return all(
            judge.check(trial.api, trial.payload, headers_of(trial)).accepted
            for one in findings
            for trial in one.taken
        )


def judge_of(data: Mapping[str, Any]) -> Judge:
    """Compile a profile's data."""
    return compile_judge(build(Profile, {"name": "probed", "about": "", **data}))


def drawn(findings: Sequence[Findings], base: Mapping[str, Any]) -> Draft:
    """Draw the profile that says the most of what was seen with the fewest rules."""
    closed = None
    if any(_holds_the_schema(one) for one in findings):
        closed = _grown({**base, "schema": "openai", "precedence": "document"}, findings)
        if not closed.unsaid and closed.spares(findings):
            return closed
    plain = _grown({**base, "schema": "none"}, findings)
    if closed is None or not closed.spares(findings):
        return plain
    better = (len(closed.unsaid), len(closed.rules)) < (len(plain.unsaid), len(plain.rules))
    return closed if better else plain


def _holds_the_schema(findings: Findings) -> bool:
    """Whether an upstream refused every wrong type that it was sent."""
    wrong = [one for one in findings.trials if "-wrong-" in one.id]
    return bool(wrong) and all(one.outcome == "refused" for one in wrong)


def _grown(base: dict[str, Any], findings: Sequence[Findings]) -> Draft:
    unknown = {one.api: _policy(one) for one in findings}
    taken = [trial for one in findings for trial in one.taken]
    words = [rule for one in findings for rule in _unknown_words(one, unknown[one.api])]
    base = {**base, "unknown": {"responses": "ignore", "chat": "ignore", **unknown}}
    base["allow"] = _allowed(base, taken)
    draft = Draft(base, words)
    grower = _Grower(draft, taken)
    refused = [t for one in findings for t in one.trials if t.outcome == "refused"]
    for trial in sorted(refused, key=_standing):
        if not grower.says(trial):
            draft.unsaid.append(trial)
    return draft


def _standing(trial: Trial) -> int:
    """Tell what is looked at first: what is needed, then what the words point at."""
    return 0 if "-needs-" in trial.id else 1


def _policy(findings: Findings) -> str:
    outcomes = findings.outcomes
    api = findings.api
    if outcomes.get(f"{api}-unknown-top") != "refused":
        return "ignore"
    nested = [outcomes.get(f"{api}-unknown-{place}") for place in _NESTED]
    return "reject" if all(one == "refused" for one in nested) else "top"


def _unknown_words(findings: Findings, policy: str) -> Iterator[Rule]:
    """Yield how unknown keys are told, at the top and further inside."""
    api = findings.api
    places = {"ignore": (), "top": ("top",), "reject": ("top", "message")}[policy]
    for place in places:
        trial = next(one for one in findings.trials if one.id == f"{api}-unknown-{place}")
        at = FieldPath.parse(_unknown_path(api, place)).find(trial.payload)[0]
        words = named(words_of(trial), UNKNOWN_NAME, render(at))
        top = {"top": True} if place == "top" and policy == "reject" else {}
        yield {"id": f"{api}-unknown-{place}", "api": api, "fault": "unknown", **top,
            "error": words, "note": _note(trial)}  # fmt: skip


def _unknown_path(api: Api, place: str) -> str:
    turns = "input" if api == "responses" else "messages"
    return UNKNOWN_NAME if place == "top" else f"{turns}[0].{UNKNOWN_NAME}"


def _allowed(base: dict[str, Any], taken: Iterable[Trial]) -> list[str]:
    """List undeclared keys that were taken although unknown ones are refused."""
    allowed: dict[str, None] = {}
    judge = judge_of({**base, "schema": "none", "allow": [], "rules": []})
    for trial in taken:
        for violation in judge.check(trial.api, trial.payload, headers_of(trial)).violations:
            allowed[widened(violation.path)] = None
    return list(allowed)


def widened(path: str) -> str:
    """Open every index of a place that is written as a path."""
    return re.sub(r"\[\d+\]", "[*]", path)


class _Grower:
    """Adds rules to a draft, as few as it takes."""

    def __init__(self, draft: Draft, taken: Sequence[Trial]) -> None:
        self._draft = draft
        self._taken = taken
        self._judge = draft.judge()

    def says(self, trial: Trial) -> bool:
        """Whether the draft refuses a trial at its place, with one more rule if need be."""
        verdict = self._judge.check(trial.api, trial.payload, headers_of(trial))
        place = None if verdict.accepted else verdict.violations[0].path
        if place in _places(trial):
            return True
        fitting = list(self._fitting(trial))
        if place in [at for _, at in fitting] and _sounds_like(verdict, trial):
            return True
        if not fitting:
            return False
        rule, at = max(fitting, key=lambda one: _pointed_at(trial, one[1]))
        if self._has(rule, trial.api):
            return True  # it is there, and another one stands before it: see `order`
        self._draft.rules.append(self._written(rule, trial, at))
        self._judge = self._draft.judge()
        return True

    def _has(self, rule: Rule, api: Api) -> bool:
        known = (one for one in self._draft.rules if one["api"] == api)
        return any(rule.items() <= one.items() for one in known)

    def _fitting(self, trial: Trial) -> Iterator[tuple[Rule, str]]:
        """Yield the rules that refuse a trial, each with the place, and nothing that was taken."""
        for rule in trial.rules:
            alone = judge_of({"rules": [{"id": "one", "api": trial.api, **rule}]})
            verdict = alone.check(trial.api, trial.payload, headers_of(trial))
            if not verdict.accepted and self._spares(alone, trial.api):
                yield rule, verdict.violations[0].path

    def _spares(self, judge: Judge, api: Api) -> bool:
        return all(
            judge.check(api, one.payload, headers_of(one)).accepted
            for one in self._taken
            if one.api == api
        )

    def _written(self, rule: Rule, trial: Trial, place: str) -> Rule:
        names = {one["id"] for one in self._draft.rules}
        name = _NOT_IN_IDS.sub("-", trial.id).strip("-")
        while name in names:
            name += "-2"
        at = _location(place)
        written = {
            "id": name,
            "api": trial.api,
            **rule,
            "error": words_of(trial, at),
            "note": _note(trial),
        }
        return open_words(written, trial, at, lambda one: _says(one, trial))


def _says(rule: Rule, trial: Trial) -> bool:
    """Whether a rule is a good one, and refuses a trial with the body that was seen."""
    profile = build(Profile, {"name": "one", "about": "", "rules": [rule]})
    if any(True for _ in lint_rule(profile.rules[0])):
        return False
    judge = compile_judge(profile)
    verdict = judge.check(trial.api, trial.payload, headers_of(trial))
    body = judge.refusal(verdict).body
    try:
        return bool(orjson.loads(body) == orjson.loads(trial.answer.body))
    except orjson.JSONDecodeError:
        return body == trial.answer.body


def _sounds_like(verdict: Verdict, trial: Trial) -> bool:
    """Whether a refusal's words are those that came, but for what they quote and count."""
    came = _QUOTED.sub("#", trial.refused.message)
    return _QUOTED.sub("#", verdict.violations[0].message) == came


def _pointed_at(trial: Trial, place: str) -> tuple[bool, bool]:
    """Rate how clearly the words of a refusal point at a place."""
    return place == trial.refused.path, f"{place}." in trial.refused.message


def _places(trial: Trial) -> tuple[str, ...]:
    """Return where the words point, and where the request differs from one that is taken."""
    blamed = (trial.refused.path,) if trial.refused.path else ()
    return (*blamed, *trial.places)


def _location(path: str) -> Location | None:
    try:
        steps = FieldPath.parse(path).steps
    except ValueError:
        return None
    return tuple(getattr(one, "name", getattr(one, "position", None)) for one in steps)  # type: ignore[misc]  # concrete


def headers_of(trial: Trial) -> dict[str, str]:
    """Return what a request was sent with besides the key, names in lower case."""
    return {name.lower(): value for name, value in trial.headers.items()}


def _note(trial: Trial) -> str:
    return f"Seen by a probe: {trial.shows}."
