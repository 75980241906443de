"""Conditions compiled: what of them a model decides once, and what each request is asked."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from mock_upstream.field_path import FieldPath
from mock_upstream.judging.field_checks import json_types, same_as_any
from mock_upstream.judging.reach import walk_of
from mock_upstream.profile_format.conditions import Test, When
from mock_upstream.profile_format.pattern_safety import LONGEST_TEXT
from mock_upstream.verdict import Payload

Headers: TypeAlias = Mapping[str, str]
"""Header names in lower case and their values."""

Ask: TypeAlias = Callable[[Payload, Headers], bool]

_ABSENT: Final = object()


def model_fits(when: When, model: object) -> bool:
    """Say whether a rule is for this model; decided once for each model."""
    name = model[:LONGEST_TEXT] if isinstance(model, str) else ""
    if when.model is not None and not re.search(when.model, name):
        return False
    return when.not_model is None or not re.search(when.not_model, name)


def compile_when(when: When) -> Ask | None:
    """Compile what is asked of each request; None if nothing is."""
    asks: list[Ask] = []
    if when.stream is not None:
        asks.append(_stream(when.stream))
    asks += [_field(path, test) for path, test in when.fields.items()]
    asks += [_header(name.lower(), test) for name, test in when.headers.items()]
    if len(asks) < 2:  # noqa: PLR2004 - one needs no loop
        return asks[0] if asks else None
    return lambda payload, headers: all(ask(payload, headers) for ask in asks)


def compile_where(where: Mapping[str, Test]) -> Callable[[object], bool] | None:
    """Compile what is asked of the object that holds a rule's place; None if nothing is."""
    tests = [(_values(path), compile_test(test)) for path, test in where.items()]
    if not tests:
        return None
    return lambda holder: all(test(values(holder)) for values, test in tests)


def _stream(wanted: bool) -> Ask:  # noqa: FBT001 - the value of a YAML key
    return lambda payload, _: (payload.get("stream") is True) == wanted


def _field(path: str, test: Test) -> Ask:
    met, values = compile_test(test), _values(path)
    return lambda payload, _: met(values(payload))


def _header(name: str, test: Test) -> Ask:
    met = compile_test(test)
    return lambda _, headers: met([headers[name]] if name in headers else ())


def _values(path: str) -> Callable[[object], Iterable[Any]]:
    walk = walk_of(FieldPath.parse(path))
    return lambda payload: (value for _, value in walk(payload))


def compile_test(test: Test) -> Callable[[Iterable[Any]], bool]:
    """Compile a test of all values that a path names."""
    given = test.given
    some: list[Callable[[Any], bool]] = []
    none: list[Callable[[Any], bool]] = []
    if "equals" in given:
        some.append(lambda value: same_as_any(value, [test.equals]))
    if test.one_of is not None:
        choices = test.one_of
        some.append(lambda value: same_as_any(value, choices))
    if test.type is not None:
        some.append(lambda value: test.type in json_types(value))
    if test.pattern is not None:
        pattern = re.compile(test.pattern)
        some.append(lambda value: isinstance(value, str) and _search(pattern, value))
    if "not_" in given:
        none.append(lambda value: same_as_any(value, [test.not_]))
    if test.not_one_of is not None:
        refused = test.not_one_of
        none.append(lambda value: same_as_any(value, refused))

    def met(values: Iterable[Any]) -> bool:
        if test.present is not None and not (some or none):
            return (next(iter(values), _ABSENT) is not _ABSENT) == test.present
        found = list(values)
        if test.present is not None and bool(found) != test.present:
            return False
        return all(any(map(one, found)) for one in some) and not any(
            any(map(one, found)) for one in none
        )

    return met


def _search(pattern: re.Pattern[str], value: str) -> bool:
    return pattern.search(value[:LONGEST_TEXT]) is not None
