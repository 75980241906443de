"""Tells a request's findings: groups them, puts them into words, and orders them."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from mock_upstream.field_path import Location
from mock_upstream.judging.compiled_conditions import Headers, model_fits
from mock_upstream.judging.compiled_profile import ApiRules
from mock_upstream.judging.finding import Finding
from mock_upstream.judging.strictness import MOST_FINDINGS, Met, fits, position
from mock_upstream.profile_format.profile import Profile
from mock_upstream.schema.fault import Fault
from mock_upstream.verdict import Api, Payload, Violation
from mock_upstream.wordings.facts import Told
from mock_upstream.wordings.words import Words


class Telling:
    """One request's refusal in the making."""

    __slots__ = ("_api", "_headers", "_payload", "_profile", "_rules")

    def __init__(
        self, profile: Profile, rules: ApiRules, api: Api, payload: Payload, headers: Headers
    ) -> None:
        self._profile = profile
        self._rules = rules
        self._api: Api = api
        self._payload = payload
        self._headers = headers

    def violations(self, faults: Sequence[Fault], met: Sequence[Met]) -> tuple[Violation, ...]:
        """Tell all findings in the profile's precedence."""
        schema = list(self._of_schema(faults))
        rules = list(chain.from_iterable(map(self._of_rule, met)))
        if self._profile.precedence == "document":
            told = sorted([*rules, *schema], key=lambda one: position(self._payload, one[0]))
        elif self._profile.precedence == "rules-first":
            told = [*rules, *schema]
        else:
            told = [*schema, *rules]
        return tuple(violation for _, violation in told)

    def _of_rule(self, met: Met) -> Iterator[tuple[Location, Violation]]:
        rule, found = met
        if rule.words.together:
            yield self._told(rule.words, found[0], found)
            return
        for one in found if rule.collected else found[:1]:
            yield self._told(rule.words, one, (one,))

    def _of_schema(self, faults: Sequence[Fault]) -> Iterator[tuple[Location, Violation]]:
        """Tell the schema's faults; only the first one, unless the envelope collects."""
        if not faults:
            return
        worded = [(self._words(fault), Finding(fault)) for fault in faults]
        done: set[str] = set()
        for words, finding in worded if self._rules.collected else worded[:1]:
            if not words.together:
                yield self._told(words, finding, (finding,))
            elif words.rule not in done:
                done.add(words.rule)
                group = [one for same, one in worded if same is words]
                yield self._told(words, finding, group)

    def _told(
        self, words: Words, finding: Finding, together: Sequence[Finding]
    ) -> tuple[Location, Violation]:
        told = Told(words.rule, self._api, self._profile.paths, self._payload, finding, together)
        return finding.fault.place, words.violation(told)

    def _words(self, fault: Fault) -> Words:
        for worded in self._rules.fault_words:
            if (
                fault.kind in worded.kinds
                and not (worded.top and len(fault.place) > 1)
                and (worded.at is None or fits(worded.at, fault.place, self._payload))
                and model_fits(worded.when, self._payload.get("model"))
                and (worded.ask is None or worded.ask(self._payload, self._headers))
            ):
                return worded.words
        return self._rules.default_words[fault.kind]


def faults_of(rules: ApiRules, payload: Payload, met: Sequence[Met]) -> list[Fault]:
    """List the schema's faults that are told: the first, or all if the words need them.

    An undeclared key that a rule names is that rule's, and no fault of the schema besides.
    """
    found = rules.policy.faults(payload)
    if met:
        named = {one.fault.place for _, findings in met for one in findings}
        found = (fault for fault in found if fault.kind != "unknown" or fault.place not in named)
    return list(islice(found, MOST_FINDINGS if rules.every else 1))
