"""Sequence rules: what a conversation gets wrong as a whole, in its order or its pairs.

A chat conversation pairs an assistant's `tool_calls` with `tool` messages, a Responses input pairs
call items with output items. Each check walks the conversation once.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, TypeAlias

from mock_upstream.field_path import FieldPath
from mock_upstream.judging.call_pairs import PAIR_CHECKS
from mock_upstream.judging.conversation import Turn, turns
from mock_upstream.judging.finding import Check, Finding
from mock_upstream.judging.reach import walk_of
from mock_upstream.judging.request_view import RequestView
from mock_upstream.profile_format.rule import Rule
from mock_upstream.schema.fault import Fault
from mock_upstream.verdict import Api

Walk: TypeAlias = Callable[[Rule, list[Turn]], Iterator[Finding]]


def sequence_check(rule: Rule, api: Api) -> Check:
    """Compile a sequence rule for the conversations of an API."""
    if rule.sequence == "ids_repeated":
        return _ids_repeated(FieldPath.parse(rule.at or _IDS[api]))
    key = _KEYS[api]
    pairs = PAIR_CHECKS.get(str(rule.sequence), {}).get(api)
    if pairs is not None:
        return lambda request: pairs(request.payload, _turns(request, key))
    walk = _WALKS.get(str(rule.sequence))
    if walk is None:  # a rule for one API alone, in a profile that says both
        return lambda _: iter(())
    return lambda request: walk(rule, _turns(request, key))


def _turns(request: RequestView, key: str) -> list[Turn]:
    return request.shared(key, lambda payload: turns(payload, key))


_KEYS: Final[Mapping[Api, str]] = {"responses": "input", "chat": "messages"}
_IDS: Final[Mapping[Api, str]] = {
    "responses": "input[*].id",
    "chat": "messages[*].tool_calls[*].id",
}


def _system_first(rule: Rule, found: list[Turn]) -> Iterator[Finding]:
    roles = rule.roles or ["system"]
    for turn in found:
        if turn.index and turn.role in roles:
            yield turn.finding("role")


def _last_role(rule: Rule, found: list[Turn]) -> Iterator[Finding]:
    if found and found[-1].role not in rule.roles:
        yield found[-1].finding("role")


def _role_after(rule: Rule, found: list[Turn]) -> Iterator[Finding]:
    for before, turn in pairwise(found):
        if rule.role in (None, turn.role) and rule.after in (None, before.role):
            yield turn.finding("role", previous=before.role)


_WALKS: Final[Mapping[str, Walk]] = {
    "system_first": _system_first,
    "last_role": _last_role,
    "role_after": _role_after,
}


def _ids_repeated(path: FieldPath) -> Check:
    walk = walk_of(path)

    def check(request: RequestView) -> Iterator[Finding]:
        seen: set[Any] = set()
        for place, value in walk(request.payload):
            if not isinstance(value, str):
                continue
            if value in seen:
                yield Finding(Fault("value", place, value), {"id": value})
            seen.add(value)

    return check
