"""Entries of the catalogue with field, index, value and length altered (`altered.yaml`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mock_upstream.catalogue import read_entries
from mock_upstream.from_error.blame import Blame, blame_of
from mock_upstream.from_error.finding import find_errors, plain_error
from mock_upstream.from_error.report import ErrorReport

FILE = Path(__file__).with_name("altered.yaml")


@dataclass(frozen=True, slots=True)
class Altered:
    """An altered entry: what must be named, and what must be shown for it.

    Named are the `paths`, or for a request as a whole the `rule`, or the `kind`. Of `proof` and
    `cured_by` (the settings, by name) those are empty that the mock's two APIs do not speak of.
    """

    quirk: str
    swap: Mapping[str, str]
    paths: tuple[str, ...] = ()
    rule: str = ""
    kind: str = ""
    proof: str = ""
    cured_by: tuple[str, ...] = ()
    body: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self.quirk

    def report(self) -> ErrorReport:
        """Read the altered body."""
        found = find_errors(self.body).errors
        report = found[0] if found else plain_error(self.body)
        assert report is not None
        return report


def altered() -> list[Altered]:
    """Read the table, each body altered as its row says."""
    bodies = {entry.id: entry.body for entry in read_entries()}
    rows: list[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))
    return [_row(row, bodies[row["quirk"]]) for row in rows]


def _row(row: dict[str, Any], body: str) -> Altered:
    lists = {name: tuple(row.pop(name, ())) for name in ("paths", "cured_by")}
    changed = swapped(body, row["swap"])
    assert changed != body, row["quirk"]
    return Altered(**row, **lists, body=changed)


def swapped(text: str, swap: Mapping[str, str]) -> str:
    """Replace each key by its value, all at once; a key that begins with a letter is a word."""
    words = sorted(swap, key=len, reverse=True)
    edges = [rf"(?<!\w){re.escape(w)}(?!\w)" if w[:1].isalnum() else re.escape(w) for w in words]
    return re.sub("|".join(edges), lambda found: swap[found[0]], text)


def named(blame: Blame, row: Altered) -> bool:
    """Say whether the right field or rule is named."""
    if row.kind:
        return blame.kind == row.kind
    if row.rule:
        return blame.kind == "whole" and blame.name == row.rule
    return blame.paths == row.paths


def blame(row: Altered) -> Blame:
    """Say what the altered error blames."""
    return blame_of(row.report())
