"""Strictness: what requests of one API are held to, compiled: the schema and the rules.

It finds; `mock_upstream.wordings.words` puts what is found into the upstream's words.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from mock_upstream.field_path import Every, FieldPath, Index, Key, Location, Step, Where
from mock_upstream.judging.compiled_conditions import Ask, Headers, model_fits
from mock_upstream.judging.finding import Check, Finding
from mock_upstream.judging.request_view import RequestView
from mock_upstream.profile_format.conditions import When
from mock_upstream.schema.checker import Checker
from mock_upstream.schema.fault import Fault
from mock_upstream.verdict import Payload
from mock_upstream.wordings.words import Words

MOST_FINDINGS = 100
"""Findings of one rule, and faults of the schema, that are told at most."""

_MOST_MODELS = 64

Met: TypeAlias = "tuple[CompiledRule, Sequence[Finding]]"
"""A rule and where it was met."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule: what it looks for, when, and how it is told. `key` is the first key of its path."""

    words: Words
    check: Check
    when: When
    ask: Ask | None
    holds: Callable[[object], bool] | None
    key: str | None
    every: bool
    """Whether all findings are looked for, not the first alone."""
    collected: bool
    """Whether all findings are told, each by itself."""


@dataclass(frozen=True, slots=True)
class FaultWords:
    """How faults of the schema are told: by the first whose kind, place and condition fit."""

    words: Words
    kinds: frozenset[str]
    at: FieldPath | None
    top: bool
    when: When
    ask: Ask | None


@dataclass(frozen=True, slots=True)
class SchemaPolicy:
    """What the schema is asked for. `checker` is None where it is not asked at all."""

    checker: Checker | None
    whole: bool
    """Whether all kinds of fault count, or undeclared keys alone."""
    unknown: bool
    top: bool
    """Whether undeclared keys count at the top of the request alone."""
    recorded: bool
    """Whether undeclared keys are noted, not refused."""
    allow: tuple[FieldPath, ...]

    def faults(self, payload: Payload) -> Iterator[Fault]:
        """Give the faults that the upstream minds, in document order."""
        if self.checker is None or self.checker.fine(payload, unknown=self.unknown):
            return iter(())
        return self._minded(self.checker.all(payload, unknown=self.unknown), payload)

    def _minded(self, faults: Iterable[Fault], payload: Payload) -> Iterator[Fault]:
        for fault in faults:
            if fault.kind == "unknown":
                if self.top and len(fault.place) > 1:
                    continue
                if self.allow and self._allowed(fault.place, payload):
                    continue
            elif not self.whole:
                continue
            yield fault

    def _allowed(self, place: Location, payload: Payload) -> bool:
        return any(fits(path, place, payload) for path in self.allow)


def fits(path: FieldPath, place: Location, payload: object) -> bool:
    """Say whether a place is one that a path names, or lies below one."""
    if len(path.steps) > len(place):
        return False
    for step, at in zip(path.steps, place, strict=False):
        inner = payload.get(at) if isinstance(payload, dict) else None
        if isinstance(payload, list) and isinstance(at, int) and at < len(payload):
            inner = payload[at]
        if not _names(step, at, inner):
            return False
        payload = inner
    return True


def _names(step: Step, at: str | int, value: object) -> bool:
    match step:
        case Key(name):
            return name == at
        case Index(number):
            return number == at
        case Every():
            return isinstance(at, int)
        case Where(key, wanted):
            return isinstance(at, int) and isinstance(value, dict) and value.get(key) == wanted


class RuleTable:
    """The rules for one API. For a model, those that cannot concern it are sorted out once."""

    __slots__ = ("_by_model", "_rules")

    def __init__(self, rules: Iterable[CompiledRule]) -> None:
        self._rules = tuple(rules)
        self._by_model: dict[object, _Active] = {}

    def met_by(self, payload: Payload, headers: Headers) -> list[Met]:
        """List the rules that a request meets, in their order."""
        if not self._rules:
            return []
        active = self._active(payload.get("model"))
        keys = active.by_key.keys() & payload.keys()
        if not (keys or active.anyhow):
            return []
        numbers = set(active.anyhow).union(*map(active.by_key.__getitem__, keys))
        met: list[Met] = []
        request = RequestView(payload)
        for number in sorted(numbers):
            rule = self._rules[number]
            if rule.ask is not None and not rule.ask(payload, headers):
                continue
            found = _found(rule, request)
            if found:
                met.append((rule, found))
        return met

    def _active(self, model: object) -> "_Active":
        name = model if isinstance(model, str) else None
        known = self._by_model.get(name)
        if known is None:
            known = _Active.of(self._rules, name)
            if len(self._by_model) < _MOST_MODELS:
                self._by_model[name] = known
        return known


@dataclass(frozen=True, slots=True)
class _Active:
    """The rules that may concern a model, by number: always asked, or by a key of the request."""

    anyhow: tuple[int, ...]
    by_key: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, rules: Sequence[CompiledRule], model: str | None) -> "_Active":
        anyhow: list[int] = []
        by_key: dict[str, list[int]] = defaultdict(list)
        for number, rule in enumerate(rules):
            if model_fits(rule.when, model):
                (anyhow if rule.key is None else by_key[rule.key]).append(number)
        return cls(tuple(anyhow), {key: tuple(numbers) for key, numbers in by_key.items()})


def _found(rule: CompiledRule, request: RequestView) -> list[Finding]:
    findings, payload = rule.check(request), request.payload
    if rule.holds is not None:
        holds = rule.holds
        findings = (one for one in findings if holds(holder(payload, one.fault.place)))
    return list(islice(findings, MOST_FINDINGS if rule.every else 1))


def holder(payload: object, place: Location) -> object:
    """Give the innermost object that holds a place."""
    held = payload
    for step in place[:-1]:
        if isinstance(payload, dict):
            payload = payload.get(step)
        elif isinstance(payload, list) and isinstance(step, int) and step < len(payload):
            payload = payload[step]
        else:
            break
        if isinstance(payload, dict):
            held = payload
    return held


def position(payload: object, place: Location) -> list[int]:
    """Number the steps of a place by where they stand, so that places sort in document order.

    A key that is not there stands after all that are.
    """
    numbers: list[int] = []
    for step in place:
        if isinstance(payload, dict):
            keys = list(payload)
            numbers.append(keys.index(step) if step in payload else len(keys))
            payload = payload.get(step)
        elif isinstance(payload, list) and isinstance(step, int) and step < len(payload):
            numbers.append(step)
            payload = payload[step]
    return numbers
