"""Which placeholders a rule's kind fills, and which kinds have words of their own."""

from collections.abc import Iterator, Mapping
from typing import Final

from mock_upstream.profile_format.rule import Rule
from mock_upstream.wordings.template import PLACEHOLDERS, names_in

_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "fault": ("expected", "limit", "length"),
    "type": ("expected",),
    "enum": ("expected",),
    "pattern": ("expected", "match"),
    "length": ("limit", "length"),
    "items": ("limit", "length"),
    "properties": ("limit", "length"),
    "range": ("limit",),
    "context": ("limit", "tokens", "window", "room"),
    "sequence": ("previous", "id", "ids", "needed", "item_type"),
    "tool_schema": ("context", "schema_path", "key"),
}
_OF_SOME: Final = frozenset(name for names in _OF_KIND.values() for name in names)
_ANYWHERE: Final = tuple(name for name in PLACEHOLDERS if name not in _OF_SOME)
_OF_SEQUENCE: Final[Mapping[str, tuple[str, ...]]] = {
    "role_after": ("previous",),
    "calls_unanswered": ("ids",),
    "call_without_reasoning": ("needed",),
}
_SPEECHLESS: Final = ("context", "sequence", "tool_schema", "header", "endpoint", "always")
"""Kinds for whose findings OpenAI has no words that would do."""

_BEFORE_BODY: Final = ("name", "path", "request_id", "uuid", "time")


def placeholders(rule: Rule) -> tuple[str, ...]:
    """List the placeholders that a rule fills."""
    if rule.kind in ("header", "endpoint"):
        return _BEFORE_BODY
    own = _OF_KIND.get(rule.kind, ())
    if rule.sequence is not None:
        only = {name for names in _OF_SEQUENCE.values() for name in names}
        mine = _OF_SEQUENCE.get(rule.sequence, ())
        own = tuple(name for name in own if name not in only or name in mine)
    return (*_ANYWHERE, *own)


def unfilled(rule: Rule) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """Yield placeholders that the rule's words name and its kind leaves empty, with their place."""
    welcome = placeholders(rule)
    for field in ("message", "many", "suggest", "type", "param", "code"):
        for name in sorted(names_in(getattr(rule.error, field))):
            if name not in welcome:
                yield (field,), name, welcome


def wordless(rule: Rule) -> str | None:
    """Say that a rule needs a message, if it does."""
    if rule.kind in _SPEECHLESS and rule.error.message is None:
        return f"a rule of kind {rule.kind!r} needs error.message; there are no other words for it"
    return None
