"""The ledger's table: a row for each way that a case is configured, a letter for each method."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.flags import FLAGS
from conformance.matrix import APIS, METHODS, PLACEMENTS, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.matrix import Api, Case, FlagValue, Method

Cells = dict[tuple["Api", "Method"], str]

NOT_RUN: Final = "."
"""The letter of a method that no product has in that row."""

_DEFAULT: Final = "-"
_SETUP: Final = ("entry", "credentials", "options", "placement")
_GAP: Final = re.compile(r" {2,}")


@dataclass(frozen=True, slots=True)
class Row:
    """How a case is configured, as the table writes it: entry, credentials, options, placements,
    and a word for each flag.

    Placements that disagree are written as ``one, other`` with ``true, false``. Entries that are
    called directly are not told apart: the placement says which it was.
    """

    setup: tuple[str, str, str, str]
    flags: tuple[str, ...]

    @classmethod
    def of(cls, case: Case) -> Row:
        """Return the row of ``case``, with a word for each flag that is judged."""
        delivery = case.delivery
        return cls(
            (
                "called" if case.entry in ("handler", "sdk") else case.entry,
                case.source,
                str(case.options) or _DEFAULT,
                ", ".join(delivery.placements),
            ),
            tuple(_words(delivery.values_of(flag.name)) for flag in FLAGS),
        )


def short_name(flag: str) -> str:
    """Return a flag's name without what all flags' names share: ``metadata``."""
    return flag.removeprefix("drop_").removesuffix("_res_api")


def render(cells: Mapping[Row, Cells]) -> Iterator[str]:
    """Yield the lines of the table, its head first."""
    lines = [[*_SETUP, *(short_name(flag.name) for flag in FLAGS), *APIS]]
    lines += [[*row.setup, *row.flags, *_letters(letters)] for row, letters in cells.items()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(map(str.ljust, line, widths)).rstrip()


def parse(table: str) -> dict[Row, Cells]:
    """Read what `render` wrote; raises `ValueError` for another text."""
    return dict(map(_row, table.strip("\n").splitlines()[1:]))


def _row(line: str) -> tuple[Row, Cells]:
    words = _GAP.split(line)
    entry, source, options, placement, *flags = words[: -len(APIS)]
    cells: Cells = {
        (api, method): letter
        for api, letters in zip(APIS, words[-len(APIS) :], strict=True)
        for method, letter in zip(METHODS, letters.split(" "), strict=True)
        if letter != NOT_RUN
    }
    return Row((entry, source, options, placement), tuple(flags)), cells


def _letters(cells: Cells) -> Iterator[str]:
    for api in APIS:
        yield " ".join(cells.get((api, method), NOT_RUN) for method in METHODS)


def _words(values: Iterable[FlagValue]) -> str:
    said = list(values)
    return ", ".join(map(word, said)) if any(value is not None for value in said) else word(None)


def axes(scenario: str, row: Row, api: Api, method: Method) -> dict[str, str]:
    """Return what a case of ``row`` has on every axis, by the words that a sentence has for it.

    Besides the axes of the matrix there are those that a handler's branch may go by: where a flag
    is true, and how a method calls.
    """
    entry, source, options, placement = row.setup
    placements = placement.split(", ")
    found = {
        "placement": " and ".join(placements),
        "API": api,
        "entry": entry,
        "method": method,
        "form?": "a stream" if method.endswith("streaming") else "a whole answer",
        "call?": "an asynchronous call" if method.startswith("a") else "a synchronous call",
        "credentials": source,
        "options": "none" if options == _DEFAULT else options,
        **{f"{place}?": _among(place, placements) for place in PLACEMENTS},
    }
    raised = False
    for flag, words in zip(FLAGS, row.flags, strict=True):
        values = words.split(", ")
        true = [p for p, value in zip(placements, values, strict=False) if _is_true(value)]
        raised = raised or bool(true)
        found[f"{flag.name}?"] = f"{flag.name}{'' if true else ' not'} raised"
        found[f"{flag.name} true in"] = " and ".join(true) or "no placement"
        found[f"{flag.name} said as"] = " and ".join(values)
    found["flags?"] = "a flag raised" if raised else "no flag raised"
    return {**found, "scenario": scenario}


def _among(place: str, placements: list[str]) -> str:
    return f"settings in {place}" if place in placements else f"nothing in {place}"


def _is_true(word: str) -> bool:
    return word.strip('"').lower() == "true"
