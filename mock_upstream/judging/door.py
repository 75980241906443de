"""The door: what is refused before a body is read: endpoints that are lacking, missing headers."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from mock_upstream.judging.compiled_conditions import Ask, Headers, compile_when
from mock_upstream.judging.finding import Finding
from mock_upstream.profile_format.pattern_safety import LONGEST_TEXT
from mock_upstream.profile_format.profile import Profile
from mock_upstream.profile_format.rule import Rule
from mock_upstream.schema.fault import Fault
from mock_upstream.verdict import APIS, Api, Verdict
from mock_upstream.wordings.facts import Told
from mock_upstream.wordings.words import Words, compile_words

PATHS: Final[Mapping[Api, str]] = {
    "responses": "/v1/responses",
    "chat": "/v1/chat/completions",
}
"""The path of each API."""


@dataclass(frozen=True, slots=True)
class DoorRule:
    """A rule that is asked before the body is read."""

    words: Words
    endpoint: str | None
    header: str | None
    regex: re.Pattern[str] | None
    ask: Ask | None

    def met_by(self, path: str, headers: Headers | None) -> bool:
        """Say whether a request to a path is refused; None for headers asks for none."""
        if self.header is not None and headers is None:
            return False
        given = headers or {}
        if self.ask is not None and not self.ask({}, given):
            return False
        if self.endpoint is not None:
            return path == self.endpoint or path.startswith(f"{self.endpoint}/")
        value = given.get((self.header or "").lower(), "")
        return not value or (self.regex is not None and not self.regex.search(value[:LONGEST_TEXT]))


class Door:
    """The rules of a profile that concern endpoints and headers, endpoints first."""

    __slots__ = ("_rules", "_style")

    def __init__(self, rules: Mapping[Api | None, tuple[DoorRule, ...]], profile: Profile) -> None:
        self._rules = rules
        self._style = profile.paths

    def check(self, api: Api | None, path: str, headers: Headers | None) -> Verdict | None:
        """Refuse a request by its path and headers, or return None when it may pass."""
        for rule in self._rules[api]:
            if rule.met_by(path, headers):
                name = rule.header or path
                finding = Finding(Fault("missing", ()), {"name": name, "path": name})
                told = Told(rule.words.rule, api or "chat", self._style, {}, finding, (finding,))
                return Verdict((rule.words.violation(told),))
        return None

    def check_api(self, api: Api, headers: Headers | None) -> Verdict | None:
        """Do the same for an API's own path."""
        return self.check(api, PATHS[api], headers) if self._rules[api] else None


def compile_door(profile: Profile, day: date | None, states: frozenset[str]) -> Door:
    """Compile a profile's rules of the kinds `endpoint` and `header`."""
    rules = [
        rule
        for rule in (*_of_kind(profile, "endpoint"), *_of_kind(profile, "header"))
        if rule.in_force(day) and (rule.when.state is None or rule.when.state in states)
    ]
    by_api: dict[Api | None, tuple[DoorRule, ...]] = {
        api: tuple(_compiled(profile, rule) for rule in rules if rule.applies_to(api))
        for api in APIS
    }
    by_api[None] = tuple(_compiled(profile, rule) for rule in rules if rule.api == "both")
    return Door(by_api, profile)


def _of_kind(profile: Profile, kind: str) -> Iterator[Rule]:
    return (rule for rule in profile.rules if rule.kind == kind)


def _compiled(profile: Profile, rule: Rule) -> DoorRule:
    return DoorRule(
        words=compile_words(profile, rule.id, rule.error, None),
        endpoint=rule.endpoint,
        header=rule.header,
        regex=None if rule.regex is None else re.compile(rule.regex),
        ask=compile_when(rule.when),
    )


def lower(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Take headers as ASGI has them to names in lower case; of several, the first counts."""
    found: dict[str, str] = {}
    for name, value in headers:
        found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
    return found
