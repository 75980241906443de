"""Checks of single fields: what the rule kinds that have a field path look for."""

import re
from collections.abc import Callable, Iterator, Mapping, Sized
from typing import Any, Final, TypeAlias

from mock_upstream.field_path import FieldPath, Key, Location
from mock_upstream.judging.finding import Check, Finding
from mock_upstream.judging.reach import walk_of
from mock_upstream.judging.request_view import RequestView
from mock_upstream.profile_format.pattern_safety import LONGEST_TEXT
from mock_upstream.profile_format.rule import Rule
from mock_upstream.schema.fault import Fault, FaultKind, Noun, echo

Look: TypeAlias = Callable[[Location, Any], Finding | None]
"""Looks at one value and its place."""


def field_check(rule: Rule) -> Check:
    """Compile a rule of a kind with a field path."""
    text = getattr(rule, rule.kind)
    if rule.kind == "require":
        return _required(text, nonempty=rule.nonempty)
    look = _LOOKS[rule.kind](rule)
    walk = walk_of(FieldPath.parse(text))

    def check(request: RequestView) -> Iterator[Finding]:
        for place, value in walk(request.payload):
            finding = look(place, value)
            if finding is not None:
                yield finding

    return check


def _required(text: str, *, nonempty: bool) -> Check:
    """Look for objects that lack the path's last key; `nonempty` counts "", [] and {} as absent."""
    *above, last = FieldPath.parse(text).steps
    if not isinstance(last, Key):
        raise TypeError("a required path ends in a key; the loader checks it")
    key = last.name
    holders = walk_of(FieldPath(text, tuple(above))) if above else _itself

    def lacks(holder: object) -> bool:
        if not isinstance(holder, dict):
            return False
        value = holder.get(key)
        return value is None or (nonempty and value in ("", [], {}))

    def check(request: RequestView) -> Iterator[Finding]:
        for place, holder in holders(request.payload):
            if lacks(holder):
                yield Finding(Fault("missing", (*place, key), holder.get(key)))

    return check


def _itself(value: Any) -> Iterator[tuple[Location, Any]]:
    yield (), value


def _forbid(_: Rule) -> Look:
    return lambda place, value: Finding(Fault("unknown", place, value))


def _type(rule: Rule) -> Look:
    allowed = frozenset(map(str, rule.allowed or ()))
    phrase = " or ".join(map(str, rule.allowed or ()))

    def look(place: Location, value: object) -> Finding | None:
        if json_types(value) & allowed:
            return None
        return Finding(Fault("type", place, value, expected=phrase))

    return look


def json_types(value: object) -> frozenset[str]:
    """Name a value's JSON type; an integer is a number too."""
    return _TYPES[type(value)]


_TYPES: Final[Mapping[type, frozenset[str]]] = {
    dict: frozenset({"object"}),
    list: frozenset({"array"}),
    str: frozenset({"string"}),
    int: frozenset({"integer", "number"}),
    float: frozenset({"number"}),
    bool: frozenset({"boolean"}),
    type(None): frozenset({"null"}),
}


def _enum(rule: Rule) -> Look:
    allowed, refused = rule.allowed, rule.refused or []
    phrase = quoted([echo(value) for value in allowed or ()])

    def look(place: Location, value: object) -> Finding | None:
        good = same_as_any(value, allowed) if allowed is not None else True
        if good and not same_as_any(value, refused):
            return None
        return Finding(Fault("value", place, value, expected=phrase))

    return look


def same_as_any(value: object, others: list[Any]) -> bool:
    """Compare as JSON does: `true` is not 1, and an object is compared whole."""
    if isinstance(value, dict | list):
        return any(type(value) is type(other) and _equal(value, other) for other in others)
    return any(
        value == other and isinstance(value, bool) == isinstance(other, bool) for other in others
    )


def _equal(value: object, other: object) -> bool:
    try:
        return value == other
    except RecursionError:  # deeper than anything that a profile can name
        return False


def quoted(words: list[str]) -> str:
    """Write a list as OpenAI does: 'a', 'b', and 'c'."""
    each = [f"'{word}'" for word in words]
    if len(each) < 3:  # noqa: PLR2004 - two are joined without a comma
        return " and ".join(each)
    return f"{', '.join(each[:-1])}, and {each[-1]}"


def _pattern(rule: Rule) -> Look:
    wanted = re.compile(rule.regex) if rule.regex is not None else None
    refused = re.compile(rule.refused_regex) if rule.refused_regex is not None else None

    def look(place: Location, value: object) -> Finding | None:
        if not isinstance(value, str):
            return None
        text = value[:LONGEST_TEXT]
        if wanted is not None and not wanted.search(text):
            return _pattern_finding(place, value, rule.regex or "")
        met = refused.search(text) if refused is not None else None
        if met is None:
            return None
        group = met[met.re.groups and 1] or ""
        return _pattern_finding(place, value, rule.refused_regex or "", match=group)

    return look


def _pattern_finding(place: Location, value: str, pattern: str, **extra: str) -> Finding:
    return Finding(Fault("pattern", place, value, expected=pattern, noun="string"), extra)


def _bounds(rule: Rule, size: Callable[[Any], tuple[int | float, Noun] | None]) -> Look:
    """Look whether a size is within the rule's bounds."""
    low, high = rule.min, rule.max

    def look(place: Location, value: object) -> Finding | None:
        sized = size(value)
        if sized is None:
            return None
        number, noun = sized
        if high is not None and number > high:
            return _bound_finding(place, value, number, high, _ABOVE[rule.kind], noun)
        if low is not None and number < low:
            return _bound_finding(place, value, number, low, _BELOW[rule.kind], noun)
        return None

    return look


def _bound_finding(
    place: Location, value: object, number: float, limit: float, kind: FaultKind, noun: Noun
) -> Finding:
    length = number if isinstance(number, int) else None
    return Finding(Fault(kind, place, value, limit=limit, length=length, noun=noun))


_ABOVE: Final[Mapping[str, FaultKind]] = {
    "length": "too_long",
    "items": "too_long",
    "properties": "too_many",
    "range": "above",
}
_BELOW: Final[Mapping[str, FaultKind]] = {
    "length": "too_short",
    "items": "too_short",
    "properties": "too_short",
    "range": "below",
}


def _sized(kind: type[Sized], noun: Noun) -> Callable[[Any], tuple[int, Noun] | None]:
    return lambda value: (len(value), noun) if isinstance(value, kind) else None


def _number(value: object) -> tuple[int | float, Noun] | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value, "integer" if isinstance(value, int) else "decimal"


_LOOKS: Final[Mapping[str, Callable[[Rule], Look]]] = {
    "forbid": _forbid,
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "length": lambda rule: _bounds(rule, _sized(str, "string")),
    "items": lambda rule: _bounds(rule, _sized(list, "array")),
    "properties": lambda rule: _bounds(rule, _sized(dict, "object")),
    "range": lambda rule: _bounds(rule, _number),
}
