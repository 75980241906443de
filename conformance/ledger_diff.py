"""The difference of two ledgers, read as a review: what changed where, what is new, what is gone.

Every finding is one sentence for many cases: ``metadata now absent in 36 cases: every case with
placement litellm_params``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from common.field_path import FieldPath
from conformance import ledger_answers
from conformance.ledger_table import Row, axes
from conformance.payload_changes import Change, Kind, changes
from conformance.places import Places, Where, shortest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.ledger import Body, Column, Ledger
    from conformance.matrix import Api, Method
    from conformance.places import Mask

_SHOWN: Final = 80
_BYTES: Final = "same JSON, other bytes"


class Spot(NamedTuple):
    """One case, as a ledger has it."""

    scenario: str
    row: Row
    api: Api
    method: Method


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of the review; ``cases`` is how many it is about, ``what`` empty but if changed.

    ``cases`` of a header are scenarios and methods: it is recorded once for them.
    """

    group: Literal["changed", "new", "gone"]
    what: str
    cases: int
    where: str

    def __str__(self) -> str:
        count = "1 case" if self.cases == 1 else f"{self.cases} cases"
        if self.group == "changed":
            return f"{self.what} in {count}: {self.where}"
        return f"{count}: {self.where}"


@dataclass(frozen=True, slots=True)
class LedgerDiff:
    """What is different; both ledgers have ``compared`` cases, ``same`` of them the same bytes."""

    findings: tuple[Finding, ...]
    compared: int
    same: int


def compare(old: Mapping[str, Ledger], new: Mapping[str, Ledger]) -> LedgerDiff:
    """Return how ``new`` differs from ``old``, both by scenario."""
    before, after = _spots(old), _spots(new)
    both = [spot for spot in after if spot in before]
    findings = (
        *_changed(old, new, both),
        *_headers(old, new),
        *_answers(old, new),
        *_only("new", after, before),
        *_only("gone", before, after),
    )
    same = sum(_body(old, spot) == _body(new, spot) for spot in both)
    return LedgerDiff(findings, len(both), same)


@dataclass(slots=True)
class _Group:
    """The cases in which fields of one pattern changed alike, and those changes."""

    cases: set[int] = field(default_factory=set)
    changes: dict[Change, None] = field(default_factory=dict)


def _changed(
    old: Mapping[str, Ledger], new: Mapping[str, Ledger], both: Sequence[Spot]
) -> Iterator[Finding]:
    groups: dict[tuple[Kind, str], _Group] = {}
    known: dict[tuple[str, str], tuple[Change, ...]] = {}
    before = [_body(old, spot) for spot in both]
    for number, spot in enumerate(both):
        now = _body(new, spot)
        was = before[number]
        key = (was.sha256 if was else "", now.sha256 if now else "")
        if key not in known:
            known[key] = changes(was, now)
        for change in known[key]:
            group = groups.setdefault((change.kind, change.pattern), _Group())
            group.cases.add(number)
            group.changes[change] = None
    places = Places([axes(*spot) for spot in both]) if groups else Places([])
    for (kind, pattern), group in groups.items():
        where = _where(places, group.cases, kind, pattern, before)
        yield Finding("changed", _what(tuple(group.changes)), len(group.cases), where.words)


def _where(
    places: Places, cases: set[int], kind: Kind, pattern: str, before: Sequence[Body | None]
) -> Where:
    """Describe ``cases`` among all that send, or among those that had the field, or had it not."""
    affected = places.mask(cases)
    sending = affected | places.mask(n for n, body in enumerate(before) if body is not None)
    found = [places.describe(affected, sending)]
    for among, noun in _narrower(places, sending, kind, pattern, before):
        if not affected & ~among:
            found.append(places.describe(affected, among, noun))
    return shortest(found)


def _narrower(
    places: Places, sending: Mask, kind: Kind, pattern: str, before: Sequence[Body | None]
) -> Iterator[tuple[Mask, str]]:
    """Yield what the affected may be told among: those that had the field, or what it is in."""
    if not pattern:
        return
    path = FieldPath.parse(pattern)
    had = places.mask(_having(path, before))
    if kind != "present":
        yield had, "every case that had it"
        return
    yield sending & ~had, "every case that lacked it"
    if len(path.steps) > 1:
        parent = FieldPath(path.steps[:-1])
        yield places.mask(_having(parent, before)), f"every case that had {parent}"


def _having(path: FieldPath, bodies: Sequence[Body | None]) -> Iterator[int]:
    known: dict[str, bool] = {}
    for number, body in enumerate(bodies):
        if body is None:
            continue
        if body.sha256 not in known:
            known[body.sha256] = bool(path.find(body.payload))
        if known[body.sha256]:
            yield number


def _what(found: tuple[Change, ...]) -> str:
    """Say what changed; of fields that changed in several ways, the first is an example."""
    change = found[0]
    path = change.path if len({one.path for one in found}) == 1 else change.pattern
    where = path or "the payload"
    such = ", such as" if len({(one.old, one.new) for one in found}) > 1 else ""
    words: dict[Kind, str] = {
        "absent": f"{where} now absent",
        "present": f"{where} now present{such or ':'} {_short(change.new)}",
        "changed": f"{where} changed{such} from {change.old} to {change.new}",
        "order": f"{_BYTES}: key order of {where}{such} from {change.old} to {change.new}",
        "bytes": f"{_BYTES}: escapes or spaces{such} from {change.old} to {change.new}",
        "unsent": "no single request now",
        "sent": "a single request now",
    }
    return words[change.kind]


def _headers(old: Mapping[str, Ledger], new: Mapping[str, Ledger]) -> Iterator[Finding]:
    """Tell headers that a method no longer has, or has now, by scenario."""
    columns = [
        (scenario, column)
        for scenario in new
        if scenario in old
        for column in new[scenario].headers
        if column in old[scenario].headers
    ]
    groups: dict[str, set[int]] = {}
    for number, (scenario, column) in enumerate(columns):
        for what in _header_changes(old[scenario].headers[column], new[scenario].headers[column]):
            groups.setdefault(what, set()).add(number)
    places = Places([_column_axes(scenario, column) for scenario, column in columns])
    for what, found in groups.items():
        where = places.describe(places.mask(found)).words
        yield Finding("changed", what, len(found), where.replace("case", "scenario and method"))


def _header_changes(old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    before, after = ({h for text in texts for h in text.split(", ")} for texts in (old, new))
    yield from (f"header {header} no longer sent" for header in sorted(before - after))
    yield from (f"header {header} now sent" for header in sorted(after - before))
    if before == after and set(old) != set(new):
        yield "headers now in other combinations"


def _answers(old: Mapping[str, Ledger], new: Mapping[str, Ledger]) -> Iterator[Finding]:
    """Tell what came of the variants, and was another answer before."""
    spots = [(name, *key) for name, ledger in new.items() for key in ledger.answers]
    numbers = {spot: number for number, spot in enumerate(spots)}
    groups: dict[str, set[int]] = {}
    for name, ledger in new.items():
        was = old[name].answers if name in old else {}
        for key, what in ledger_answers.changes(was, ledger.answers).items():
            groups.setdefault(what, set()).add(numbers[name, *key])
    places = Places([_answer_axes(*spot) for spot in spots])
    for what, found in groups.items():
        where = places.describe(places.mask(found)).words
        yield Finding("changed", what, len(found), where)


def _answer_axes(scenario: str, options: str, api: Api, method: Method) -> dict[str, str]:
    return {"options": options, "API": api, "method": method, "scenario": scenario}


def _only(
    group: Literal["new", "gone"], spots: Mapping[Spot, None], others: Mapping[Spot, None]
) -> Iterator[Finding]:
    """Describe the cases that only one ledger has, in one sentence."""
    numbers = [number for number, spot in enumerate(spots) if spot not in others]
    if numbers:
        places = Places([axes(*spot) for spot in spots])
        where = places.describe(places.mask(numbers))
        yield Finding(group, "", len(numbers), where.words)


def _spots(ledgers: Mapping[str, Ledger]) -> dict[Spot, None]:
    return {
        Spot(scenario, row, *column): None
        for scenario, ledger in ledgers.items()
        for row, column in ledger.places()
    }


def _body(ledgers: Mapping[str, Ledger], spot: Spot) -> Body | None:
    return ledgers[spot.scenario].sent(spot.row, (spot.api, spot.method))


def _column_axes(scenario: str, column: Column) -> dict[str, str]:
    api, method = column
    return {"API": api, "method": method, "scenario": scenario}


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
