"""Asks a journal for some entries: by time, path, status, session, verdict, rule; in pages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias, get_args

from mock_upstream.journal.entry import JournalEntry
from mock_upstream.nearest import nearest

Outcome: TypeAlias = Literal["accepted", "refused", "faulted"]

_STATUS_DIGITS: Final = 3
_LONGEST_NUMBER: Final = 18
"""Digits of a number that is read as one."""
_SHOWN: Final = 60


class QueryError(ValueError):
    """A query that cannot be asked: the parameter, what was received, what was expected."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries are wanted; what is None is not asked for.

    `since` and `until` are seconds since 1970, `until` the first moment after. `path` is a whole
    path, or with a `*` at its end how it begins. `status` is `400`, `4xx`, or `none` for requests
    without an answer. `verdict` is `accepted`, `refused` or `faulted`; `rule` is one that refused,
    or was noted. Entries come from number `after` on, that one not included, at most `limit`.
    """

    since: float | None = None
    until: float | None = None
    method: str | None = None
    path: str | None = None
    status: str | None = None
    session: str | None = None
    verdict: Outcome | None = None
    rule: str | None = None
    fault: str | None = None
    after: int = 0
    limit: int | None = None

    @classmethod
    def parse(cls, parameters: Iterable[tuple[str, str]]) -> "Query":
        """Read a query from pairs of text. Raises `QueryError`."""
        known = [field.name for field in fields(cls)]
        given: dict[str, Any] = {}
        for name, text in parameters:
            if name not in known:
                word = nearest(name, known)
                raise QueryError(
                    f"unknown parameter {name[:_SHOWN]!r}; expected {', '.join(known)}{word}"
                )
            if name in given:
                raise QueryError(f"{name}: given twice; give it once")
            given[name] = _READERS.get(name, _text)(name, text)
        return cls(**given)

    def matches(self, entry: JournalEntry) -> bool:
        """Say whether an entry is wanted, wherever it stands."""
        return (
            (self.since is None or entry.time >= self.since)
            and (self.until is None or entry.time < self.until)
            and self.method in (None, entry.method)
            and (self.path is None or _is_path(self.path, entry.path))
            and (self.status is None or _is_status(self.status, entry.status))
            and self.session in (None, entry.session)
            and (self.verdict is None or _is_outcome(self.verdict, entry))
            and (self.rule is None or _met(self.rule, entry))
            and self.fault in (None, entry.fault)
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, oldest first, and where the next page begins: `after` it; None at the end."""

    entries: tuple[JournalEntry, ...]
    next: int | None


def page(entries: Iterable[JournalEntry], query: Query) -> Page:
    """Select a page of entries, which come in the order of their numbers."""
    wanted: list[JournalEntry] = []
    for entry in entries:
        if entry.number > query.after and query.matches(entry):
            if len(wanted) == query.limit:
                return Page(tuple(wanted), wanted[-1].number)
            wanted.append(entry)
    return Page(tuple(wanted), None)


def _is_path(wanted: str, path: str) -> bool:
    return path.startswith(wanted[:-1]) if wanted.endswith("*") else path == wanted


def _is_status(wanted: str, status: int | None) -> bool:
    if status is None:
        return wanted == "none"
    return wanted == str(status) or wanted == f"{status // 100}xx"


def _is_outcome(wanted: Outcome, entry: JournalEntry) -> bool:
    if wanted == "faulted":
        return entry.fault is not None
    return entry.verdict.accepted is (wanted == "accepted")


def _met(rule: str, entry: JournalEntry) -> bool:
    return any(one.rule == rule for one in (*entry.verdict.violations, *entry.verdict.noted))


def _text(name: str, text: str) -> str:
    if not text:
        raise QueryError(f"{name}: empty; give a value, or leave it out")
    return text


def _time(name: str, text: str) -> float:
    try:
        seconds = len(text) <= _LONGEST_NUMBER and text.replace(".", "", 1).isdecimal()
        return float(text) if seconds else _moment(text)
    except (ValueError, OverflowError):
        raise QueryError(
            f"{name}: received {text[:_SHOWN]!r}; expected a time such as 2026-01-31T12:00:00Z, "
            "or seconds since 1970"
        ) from None


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise QueryError(f"{name}: received {text[:_SHOWN]!r}; expected a number such as 100")
    return int(text)


def _limit(name: str, text: str) -> int:
    number = _number(name, text)
    if number < 1:
        raise QueryError(f"{name}: received {text!r}; expected a number from 1")
    return number


def _status(name: str, text: str) -> str:
    known = text == "none" or (len(text) == _STATUS_DIGITS and text[0] in "12345")
    if not known or not (text == "none" or text[1:] == "xx" or text.isdecimal()):
        raise QueryError(
            f"{name}: received {text[:_SHOWN]!r}; expected a status such as 400, a class such as "
            "4xx, or none"
        )
    return text


def _verdict(name: str, text: str) -> str:
    outcomes = get_args(Outcome)
    if text not in outcomes:
        raise QueryError(
            f"{name}: received {text[:_SHOWN]!r}; expected {', '.join(outcomes)}"
            f"{nearest(text, outcomes)}"
        )
    return text


_READERS: Final[Mapping[str, Callable[[str, str], object]]] = {
    "since": _time,
    "until": _time,
    "status": _status,
    "verdict": _verdict,
    "after": _number,
    "limit": _limit,
}
