"""The ledger's table: a row for each delivery, a letter for each API and method."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.flags import FLAGS
from conformance.matrix import APIS, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.matrix import Api, Delivery, FlagValue, Method

Cells = dict[tuple["Api", "Method"], str]
_WORDS: Final[Mapping[FlagValue, str]] = {None: "unset", True: "true", False: "false"}
_GAP = re.compile(r" {2,}")


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as the table writes it: its placements, and a word for each flag.

    Two placements that disagree are written as ``one, other`` with ``true, false``.
    """

    placement: str
    flags: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, delivery: Delivery) -> Row:
        """Return the row of ``delivery``, with a word for each flag that is judged."""
        words = ((short_name(f.name), _words(delivery.values_of(f.name))) for f in FLAGS)
        return cls(", ".join(delivery.placements), tuple(words))


def short_name(flag: str) -> str:
    """Return a flag's name without what all flags' names share: ``metadata``."""
    return flag.removeprefix("drop_").removesuffix("_res_api")


def render(cells: Mapping[Row, Cells]) -> Iterator[str]:
    """Yield the lines of the table, its head first."""
    names = [name for name, _ in next(iter(cells)).flags] if cells else []
    lines = [
        ["placement", *names, *APIS],
        *(
            [row.placement, *(word for _, word in row.flags), *_letters(letters)]
            for row, letters in cells.items()
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(map(str.ljust, line, widths)).rstrip()


def parse(table: str) -> dict[Row, Cells]:
    """Read what `render` wrote; raises `ValueError` for another text."""
    head, *lines = table.strip("\n").splitlines()
    names = _GAP.split(head)[1 : -len(APIS)]
    return dict(_row(line, names) for line in lines)


def _row(line: str, names: list[str]) -> tuple[Row, Cells]:
    placement, *words = _GAP.split(line)
    flags = tuple(zip(names, words[: len(names)], strict=True))
    cells: Cells = {
        (api, method): letter
        for api, letters in zip(APIS, words[len(names) :], strict=True)
        for method, letter in zip(METHODS, letters.split(" "), strict=True)
    }
    return Row(placement, flags), cells


def _letters(cells: Cells) -> Iterator[str]:
    for api in APIS:
        yield " ".join(cells[api, method] for method in METHODS)


def _words(values: tuple[FlagValue, ...]) -> str:
    if all(value is None for value in values):
        return _WORDS[None]
    return ", ".join(_WORDS[value] for value in values)
