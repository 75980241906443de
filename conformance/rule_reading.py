"""Where a request meets a rule of a profile: each kind in a few lines, slow and plain.

Written after docs/profiles.md, not after the mock. A kind that cannot be told so raises
`CannotTellError`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from common.field_path import FieldPath, Location
from conformance.conversation_rules import out_of_order
from conformance.schema_rules import wrong_schema
from conformance.unpredicted import CannotTellError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.matrix import Api
    from conformance.profile_reading import Rule

_TYPES: Final[tuple[tuple[type, tuple[str, ...]], ...]] = (
    (bool, ("boolean",)),
    (int, ("integer", "number")),
    (float, ("number",)),
    (str, ("string",)),
    (dict, ("object",)),
    (list, ("array",)),
)
_MEASURED: Final[Mapping[str, Any]] = {
    "length": str,
    "items": list,
    "properties": dict,
    "range": (int, float),
}


def first_place(rule: Rule, api: Api, payload: Any, headers: Mapping[str, str]) -> Location | None:
    """Return the first place where ``payload`` meets ``rule``; None where it does not."""
    if not _is_asked(rule.get("when", {}), payload, headers):
        return None
    where = rule.get("where", {})
    for place in _places(rule, api, payload):
        holder = _holder(payload, place)
        if all(_test(test, _values(path, holder)) for path, test in where.items()):
            return place
    return None


def _places(rule: Rule, api: Api, payload: Any) -> Iterator[Location]:
    if "sequence" in rule:
        yield from out_of_order(rule, api, payload)
    elif "tool_schema" in rule:
        yield from wrong_schema(rule, api, payload)
    elif "always" in rule:
        yield ()
    elif "require" in rule:
        yield from _lacking(rule, payload)
    elif "context" in rule:
        raise CannotTellError("context: how many tokens a text has")
    else:
        kind = next(kind for kind in _LOOKS if kind in rule)
        for place in _path(rule[kind]).find(payload):
            if _LOOKS[kind](rule, _at(payload, place)):
                yield place


def _lacking(rule: Rule, payload: Any) -> Iterator[Location]:
    """Yield where the path's last key is absent or null; with ``nonempty``, empty too."""
    above, _, key = rule["require"].rpartition(".")
    empty: tuple[object, ...] = ("", [], {}) if rule.get("nonempty") else ()
    for place in _path(above).find(payload) if above else [()]:
        holder = _at(payload, place)
        if isinstance(holder, dict) and (holder.get(key) is None or holder[key] in empty):
            yield (*place, key)


def _is_type(rule: Rule, value: Any) -> bool:
    return not set(_types(value)) & set(rule["allowed"])


def _is_refused(rule: Rule, value: Any) -> bool:
    missed = "allowed" in rule and not _is_one_of(value, rule["allowed"])
    return missed or _is_one_of(value, rule.get("refused", []))


def _is_pattern(rule: Rule, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    missed = "regex" in rule and not re.search(rule["regex"], value)
    refused = "refused_regex" in rule and re.search(rule["refused_regex"], value)
    return bool(missed or refused)


def _is_beyond(rule: Rule, value: Any) -> bool:
    kind = next(kind for kind in _MEASURED if kind in rule)
    if not isinstance(value, _MEASURED[kind]) or isinstance(value, bool):
        return False
    size = value if kind == "range" else len(value)
    return bool(size > rule.get("max", size) or size < rule.get("min", size))


_LOOKS: Final = {
    "forbid": lambda _rule, _value: True,
    "type": _is_type,
    "enum": _is_refused,
    "pattern": _is_pattern,
    **dict.fromkeys(_MEASURED, _is_beyond),
}


def _is_asked(when: Mapping[str, Any], payload: Any, headers: Mapping[str, str]) -> bool:
    model = str(payload.get("model", ""))
    if not re.search(when.get("model", ""), model):
        return False
    if "not_model" in when and re.search(when["not_model"], model):
        return False
    if "stream" in when and when["stream"] != (payload.get("stream") is True):
        return False
    fields = all(_test(test, _values(path, payload)) for path, test in _of(when, "fields"))
    return fields and all(
        _test(test, [headers[name.lower()]] if name.lower() in headers else [])
        for name, test in _of(when, "headers")
    )


def _of(when: Mapping[str, Any], name: str) -> Iterable[tuple[str, Any]]:
    found: dict[str, Any] = when.get(name, {})
    return found.items()


def _test(test: Any, values: list[Any]) -> bool:
    """Whether all that ``test`` says holds of the ``values`` that a path names."""
    if isinstance(test, str):
        test = {"present": test == "present"}
    wanted = {"equals": "one_of", "not": "not_one_of"}
    lists = {wanted.get(word, word): [test[word]] for word in test if word in wanted}
    test = {**test, **lists}
    return all(
        (
            "present" not in test or bool(values) == test["present"],
            "one_of" not in test or any(_is_one_of(one, test["one_of"]) for one in values),
            "type" not in test or any(test["type"] in _types(one) for one in values),
            "pattern" not in test or any(_matches(test["pattern"], one) for one in values),
            not any(_is_one_of(one, test.get("not_one_of", [])) for one in values),
        )
    )


def _matches(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and bool(re.search(pattern, value))


def _is_one_of(value: Any, others: list[Any]) -> bool:
    return any(value == other and _types(value) == _types(other) for other in others)


def _types(value: Any) -> tuple[str, ...]:
    return next((names for kind, names in _TYPES if isinstance(value, kind)), ("null",))


def _values(path: str, payload: Any) -> list[Any]:
    return [_at(payload, place) for place in _path(path).find(payload)]


def _at(payload: Any, place: Location) -> Any:
    for step in place:
        payload = payload[step]
    return payload


def _holder(payload: Any, place: Location) -> Any:
    """Return the innermost object around ``place``."""
    holders = [_at(payload, place[:depth]) for depth in range(max(1, len(place)))]
    return next(one for one in reversed(holders) if isinstance(one, dict))


@cache
def _path(text: str) -> FieldPath:
    return FieldPath.parse(text)
