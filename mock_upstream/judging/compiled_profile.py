"""Compiles a profile for one API: the schema's policy, words for its faults, the table of rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from mock_upstream.field_path import FieldPath, Key
from mock_upstream.judging.checks import compile_check
from mock_upstream.judging.compiled_conditions import compile_when, compile_where
from mock_upstream.judging.strictness import CompiledRule, FaultWords, RuleTable, SchemaPolicy
from mock_upstream.profile_format.conditions import When
from mock_upstream.profile_format.profile import Profile, UnknownPolicy
from mock_upstream.profile_format.rule import Rule
from mock_upstream.schema.checker import compile_schema
from mock_upstream.schema.fault import FAULT_KINDS, FaultKind
from mock_upstream.verdict import Api
from mock_upstream.wordings.wording import Refusal
from mock_upstream.wordings.words import Words, compile_words, default_rule

_FAULT_OF: Final[Mapping[str, FaultKind]] = {
    "forbid": "unknown",
    "require": "missing",
    "type": "type",
    "enum": "value",
    "pattern": "pattern",
    "length": "too_long",
    "items": "too_long",
    "properties": "too_many",
    "range": "above",
}
"""The fault whose words serve for a rule that has none of its own."""


@dataclass(frozen=True, slots=True)
class ApiRules:
    """A profile compiled for one API."""

    policy: SchemaPolicy
    fault_words: tuple[FaultWords, ...]
    default_words: dict[str, Words]
    table: RuleTable
    collected: bool
    """Whether the profile's envelope tells all refusals at once."""
    every: bool
    """Whether all faults of the schema are needed to tell the first."""


def compile_api(
    profile: Profile,
    api: Api,
    unknown: UnknownPolicy,
    reject: Sequence[str],
    day: date | None,
    states: frozenset[str],
) -> ApiRules:
    """Compile what requests of an API are held to on a day, with a session's overrides."""
    rules = [
        rule
        for rule in profile.rules_for(api, day)
        if rule.when.state is None or rule.when.state in states
    ]
    faults = [rule for rule in rules if rule.fault is not None]
    others = [rule for rule in rules if rule.fault is rule.endpoint is rule.header is None]
    others += [_rejected(text, api) for text in reject]
    collected = profile.envelope.collect is not None or unknown == "record"
    words = tuple(_fault_words(profile, rule) for rule in faults)
    compiled = [_rule(profile, api, rule, faults, claims=unknown != "ignore") for rule in others]
    return ApiRules(
        policy=_policy(profile, api, unknown),
        fault_words=words,
        default_words={
            kind: compile_words(profile, default_rule(kind), Refusal(), None)
            for kind in FAULT_KINDS
        },
        table=RuleTable(compiled),
        collected=collected,
        every=collected or any(worded.words.together for worded in words),
    )


def _rejected(text: str, api: Api) -> Rule:
    return Rule(id=f"reject {text}", api=api, forbid=text)


def _policy(profile: Profile, api: Api, unknown: UnknownPolicy) -> SchemaPolicy:
    whole, minds = profile.schema_ == "openai", unknown != "ignore"
    return SchemaPolicy(
        checker=compile_schema(api) if whole or minds else None,
        whole=whole,
        unknown=minds,
        top=unknown == "top",
        recorded=unknown == "record",
        allow=tuple(map(FieldPath.parse, profile.allow)),
    )


def _fault_words(profile: Profile, rule: Rule) -> FaultWords:
    return FaultWords(
        words=compile_words(profile, rule.id, rule.error, None),
        kinds=frozenset(FAULT_KINDS if rule.fault == "any" else (str(rule.fault),)),
        at=None if rule.at is None else FieldPath.parse(rule.at),
        top=rule.top,
        when=rule.when,
        ask=compile_when(rule.when),
    )


def _rule(
    profile: Profile, api: Api, rule: Rule, faults: Iterable[Rule], *, claims: bool
) -> CompiledRule:
    words = compile_words(profile, rule.id, rule.error, _base(rule, faults))
    envelope = words.envelope or profile.envelope
    collected = envelope.collect is not None
    return CompiledRule(
        words=words,
        check=compile_check(rule, api),
        when=rule.when,
        ask=compile_when(rule.when),
        holds=compile_where(rule.where),
        key=_first_key(rule),
        every=collected or words.together or (claims and rule.forbid is not None),
        collected=collected,
    )


def _base(rule: Rule, faults: Iterable[Rule]) -> Refusal | None:
    """Find the profile's words for the kind of fault that a rule finds, if it has none itself."""
    kind = _FAULT_OF.get(rule.kind)
    if rule.error.message is not None or kind is None:
        return None
    worded = (one.error for one in faults if one.fault in (kind, "any") and one.when == When())
    return next(worded, None)


def _first_key(rule: Rule) -> str | None:
    """Give the key without which a request cannot meet the rule."""
    if rule.tool_schema is not None:
        return "tools"
    if rule.kind not in _FAULT_OF and rule.kind != "context":
        return None
    first, *more = FieldPath.parse(getattr(rule, rule.kind)).steps
    if rule.kind == "require" and not more:
        return None
    return first.name if isinstance(first, Key) else None
