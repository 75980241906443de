"""Cases of refusals: a request that trips a profile's rule, and the same request without the trip.

They stand in `quirk_cases/*.yaml`, one file a profile; `test_quirks.py` tells the format.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from mock_upstream.field_path import FieldPath, Key

CASES = Path(__file__).with_name("quirk_cases")

_BASE: Mapping[str, Mapping[str, object]] = {
    "responses": {"model": "any-model", "input": "hi"},
    "chat": {"model": "any-model", "messages": [{"role": "user", "content": "hi"}]},
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One request and the upstream that it meets."""

    api: str
    request: Any
    headers: Mapping[str, str | None]
    states: tuple[str, ...]
    date: date | None
    key_state: str | None
    bare: Any = None

    def payload(self) -> dict[str, Any]:
        """Give the JSON body."""
        if self.bare is not None:
            return dict(self.bare)
        whole = {**_BASE[self.api], **self.request}
        return {key: value for key, value in whole.items() if value != "$absent"}


@dataclass(frozen=True, slots=True)
class QuirkCase:
    """A catalogue entry, the rule that reproduces it, and the two requests."""

    profile: str
    quirk: str
    rule: str
    trip: Sent
    fine: Sent
    body: Any = None
    message: str | None = None
    words: tuple[str, ...] = ()
    status: int = 400
    minted: tuple[str, ...] = ()
    because: str = ""

    def __str__(self) -> str:
        return f"{self.profile}-{self.quirk}-{self.rule}"


_OF_CASE = {"quirk", "rule", "body", "message", "words", "status", "minted", "because"}
_OF_SENT = {"api", "request", "headers", "states", "date", "key_state", "model"}
_OF_MINUS = _OF_SENT | {"without", "with"}


def quirk_cases() -> list[QuirkCase]:
    """Read all cases. Raises `ValueError` for a key that is none of a case's."""
    return [case for path in sorted(CASES.glob("*.yaml")) for case in _read(path)]


def _read(path: Path) -> Iterator[QuirkCase]:
    for row in yaml.safe_load(path.read_text("utf-8")):
        yield _case(path.stem, _expanded(row))


def _case(profile: str, row: dict[str, Any]) -> QuirkCase:
    _only(row, _OF_CASE | _OF_SENT | {"minus"}, f"{profile}: {row.get('quirk')}")
    minus = row.get("minus", {})
    _only(minus, _OF_MINUS, f"{profile}: {row['quirk']}: minus")
    sent = {name: row[name] for name in _OF_SENT & row.keys()}
    trip = _sent(sent)
    fine = _sent(sent | {name: minus[name] for name in _OF_SENT & minus.keys()})
    payload = deepcopy(fine.payload())
    for text in minus.get("without", ()):
        remove(payload, text)
    for text, value in minus.get("with", {}).items():
        put(payload, text, value)
    about = {name: row[name] for name in _OF_CASE & row.keys()}
    for name in ("words", "minted"):
        about[name] = tuple(about.get(name, ()))
    return QuirkCase(profile=profile, trip=trip, fine=replace(fine, bare=payload), **about)


def _sent(row: Mapping[str, Any]) -> Sent:
    request = dict(row.get("request", {}))
    if "model" in row:
        request["model"] = row["model"]
    return Sent(
        api=row["api"],
        request=request,
        headers=row.get("headers", {}),
        states=tuple(row.get("states", ())),
        date=row.get("date"),
        key_state=row.get("key_state"),
    )


def _only(row: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = row.keys() - known
    if unknown:
        raise ValueError(f"{where}: unknown {sorted(unknown)}; expected some of {sorted(known)}")


def _expanded(value: Any) -> Any:
    """Write out `{$text: a, $length: 90}` and, within a list, `{$repeat: item, $times: 3}`."""
    if isinstance(value, list):
        return [one for item in value for one in _repeated(item)]
    if not isinstance(value, dict):
        return value
    if "$text" in value:
        return (value["$text"] * value["$length"])[: value["$length"]]
    if "$keys" in value:
        return {f"{value['$keys']}{number}": "x" for number in range(value["$times"])}
    return {key: _expanded(inner) for key, inner in value.items()}


def _repeated(item: Any) -> Iterator[Any]:
    if not (isinstance(item, dict) and "$repeat" in item):
        yield _expanded(item)
        return
    for number in range(item["$times"]):
        yield _numbered(_expanded(item["$repeat"]), number)


def _numbered(value: Any, number: int) -> Any:
    """Put the number of a repetition where its item says `$n`."""
    if isinstance(value, str):
        return value.replace("$n", str(number))
    if isinstance(value, list):
        return [_numbered(one, number) for one in value]
    if isinstance(value, dict):
        return {key: _numbered(one, number) for key, one in value.items()}
    return value


def remove(payload: Any, text: str) -> None:
    """Take away what a field path names."""
    for place in reversed(list(FieldPath.parse(text).find(payload))):
        del _holder(payload, place)[place[-1]]


def put(payload: Any, text: str, value: Any) -> None:
    """Set the last key of a field path in each object that the rest names."""
    *above, last = FieldPath.parse(text).steps
    if not isinstance(last, Key):
        for place in list(FieldPath.parse(text).find(payload)):
            _holder(payload, place)[place[-1]] = value
        return
    places = FieldPath(text, tuple(above)).find(payload) if above else [()]
    for place in list(places):
        _holder(payload, (*place, ""))[last.name] = value


def _holder(payload: Any, place: tuple[str | int, ...]) -> Any:
    for step in place[:-1]:
        payload = payload[step]
    return payload
