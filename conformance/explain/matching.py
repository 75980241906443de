"""The catalogue's entries that an error is like: by sentence, envelope, field and status."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from mock_upstream.catalogue import read_citations, read_entries
from mock_upstream.from_error.blame import blame_of
from mock_upstream.from_error.finding import find_errors, plain_error

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from mock_upstream.catalogue import Entry
    from mock_upstream.from_error.blame import Blame
    from mock_upstream.from_error.report import ErrorReport

_SAME: Final = 0.9
_NEAR: Final = 0.45
_QUOTED: Final = re.compile(r"'[^']{0,200}'|\"[^\"]{0,200}\"|`[^`]{0,200}`")
_PLACE: Final = re.compile(r"\b[\w]+(?:[.\[][\w.\[\]]+)+|#/[\w/]+")
_NUMBER: Final = re.compile(r"\d+")
_WORD: Final = re.compile(r"[^\W\d_]{2,}|§")
_WEIGHTS: Final = (0.65, 0.15, 0.12, 0.08)
"""Of the sentence, the envelope, the field and kind, the status."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A catalogue entry, how like it is (0 to 1), and the profiles that reproduce it."""

    entry: Entry
    score: float
    same_words: bool
    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    entry: Entry
    words: frozenset[tuple[str, str]]
    shape: frozenset[str]
    blame: Blame
    profiles: tuple[str, ...]


class Catalogue:
    """The catalogue's entries, to be asked which of them an error is like."""

    def __init__(self) -> None:
        self._known = _every()

    def less(self, *ids: str) -> Catalogue:
        """Return the catalogue without these entries."""
        other = Catalogue.__new__(Catalogue)
        other._known = tuple(known for known in self._known if known.entry.id not in ids)
        return other

    def nearest(self, report: ErrorReport, blame: Blame, most: int = 3) -> tuple[Likeness, ...]:
        """Return the entries that are like an error, the likest first; none if none is."""
        words, shape = _pairs(report.message, blame), _shape(report.body)
        found = sorted(
            (self._likeness(known, report, blame, words, shape) for known in self._known),
            key=lambda one: -one.score,
        )
        return tuple(one for one in found if one.score >= _NEAR)[:most]

    def _likeness(
        self,
        known: _Known,
        report: ErrorReport,
        blame: Blame,
        words: frozenset[tuple[str, str]],
        shape: frozenset[str],
    ) -> Likeness:
        sentence = _overlap(words, known.words)
        own = known.blame
        field = 1.0 if blame.path and own.path == blame.path else 0.0
        kind = 1.0 if (own.kind, own.name) == (blame.kind, blame.name) else 0.0
        status = 1.0 if report.status == known.entry.status else 0.0
        parts = (sentence, _overlap(shape, known.shape), (field + kind) / 2, status)
        score = sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True))
        return Likeness(known.entry, score, sentence >= _SAME, known.profiles)


@cache
def _every() -> tuple[_Known, ...]:
    profiles: dict[str, list[str]] = {}
    for one in read_citations():
        names = profiles.setdefault(one.entry, [])
        if one.profile not in names:
            names.append(one.profile)
    found = (_known(entry, profiles) for entry in read_entries())
    return tuple(known for known in found if known is not None)


def _known(entry: Entry, profiles: Mapping[str, Collection[str]]) -> _Known | None:
    found = find_errors(entry.body).errors
    report = found[0] if found else plain_error(entry.body)
    if report is None:
        return None
    blame = blame_of(report)
    return _Known(
        entry,
        _pairs(report.message, blame),
        _shape(report.body),
        blame,
        tuple(profiles.get(entry.id, ())),
    )


def _pairs(message: str, blame: Blame) -> frozenset[tuple[str, str]]:
    """Return the pairs of neighbouring words, quoted texts, places and numbers alike."""
    for span in sorted(blame.spans, key=lambda one: -one.start):
        message = f"{message[: span.start]}§{message[span.end :]}"
    text = _NUMBER.sub("§", _PLACE.sub("§", _QUOTED.sub("§", message[:2000])))
    words = ["", *_WORD.findall(text.lower()), ""]
    return frozenset(itertools.pairwise(words))


def _shape(body: Any) -> frozenset[str]:
    """Return the keys of a body with those around them."""
    return frozenset(_keys(body, "", 4)) if body is not None else frozenset()


def _keys(value: Any, above: str, deep: int) -> Iterable[str]:
    if deep and isinstance(value, list):
        for one in value[:1]:
            yield from _keys(one, f"{above}[]", deep - 1)
    elif deep and isinstance(value, dict):
        for key, inner in value.items():
            yield f"{above}.{key}"
            yield from _keys(inner, f"{above}.{key}", deep - 1)


def _overlap(one: Collection[object], other: Collection[object]) -> float:
    both = len(frozenset(one) & frozenset(other))
    return 2 * both / (len(one) + len(other)) if one or other else 0.0
