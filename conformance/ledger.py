"""The ledger: a baseline payload for each API of a scenario, and one table of departures from it.

The baseline shows content, the table shows what the flags do. The text and the baselines are all
that is committed; `Ledger.parse` reads them and `Ledger.payload` rebuilds what any case sent, so
that a test can hold the record to lose nothing.

In the text a letter stands for the departure that the flags make, a line an edit; what a method
changes by itself (a stream's keys) is told once. A cell holds one letter for each handler method.
"""

from __future__ import annotations

import itertools
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance import ledger_table
from conformance.edits import Edit, apply, difference, parse_edit
from conformance.ledger_table import Cells, Row
from conformance.matrix import APIS, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.matrix import Api, Case, Method
    from conformance.records import Records

Edits = tuple[Edit, ...]
Column = tuple["Api", "Method"]

NOT_ONE_REQUEST = "-"
"""The letter of a case that did not send exactly one request."""

_BASELINE = "the baseline"
_INDENT = "    "
_LETTERS = string.ascii_uppercase + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Ledger:
    """What every case of one scenario sent, as departures from ``baselines``.

    ``methods`` tells how each method's unflagged payload departs from its API's baseline, and
    ``letters`` how the flags make a payload depart from that.
    """

    scenario: str
    baselines: dict[Api, Any]
    methods: dict[Column, Edits]
    letters: dict[str, Edits]
    cells: dict[Row, Cells]

    @classmethod
    def of(cls, records: Records) -> Ledger:
        """Write the ledger of ``records``."""
        columns = list(itertools.product(APIS, METHODS))
        unflagged = {column: records.payload(records.unflagged(*column)) for column in columns}
        baselines = {api: unflagged[api, METHODS[0]] for api in APIS}
        letters: dict[Edits, str] = {(): _LETTERS[0]}
        cells: dict[Row, Cells] = {}
        for case in records.outcomes:
            column = (case.api, case.method)
            letter = NOT_ONE_REQUEST
            if records.sent(case) is not None:
                edits = difference(unflagged[column], records.payload(case))
                letter = letters.setdefault(edits, _LETTERS[len(letters)])
            cells.setdefault(Row.of(case), {})[column] = letter
        return cls(
            scenario=records.scenario.name,
            baselines=baselines,
            methods={c: difference(baselines[c[0]], unflagged[c]) for c in columns},
            letters={letter: edits for edits, letter in letters.items()},
            cells=cells,
        )

    def payload(self, case: Case) -> Any:
        """Rebuild what ``case`` sent; None where it did not send exactly one request."""
        column = (case.api, case.method)
        letter = self.cells[Row.of(case)][column]
        if letter == NOT_ONE_REQUEST:
            return None
        return apply((*self.methods[column], *self.letters[letter]), self.baselines[case.api])

    @property
    def text(self) -> str:
        """The ledger without its baselines, as it is committed and shown."""
        return "\n".join((*self._heading(), "", *ledger_table.render(self.cells), ""))

    def _heading(self) -> Iterator[str]:
        yield f"scenario = {self.scenario}"
        for letter, edits in self.letters.items():
            yield from _block(letter, edits)
        for (api, method), edits in self.methods.items():
            if edits:
                yield from _block(f"{api} {method}", edits)

    @classmethod
    def parse(cls, text: str, baselines: dict[Api, Any]) -> Ledger:
        """Read what `text` wrote; raises `ValueError` for a text that is no ledger."""
        heading, _, table = text.partition("\n\n")
        blocks = _blocks(heading)
        columns = list(itertools.product(APIS, METHODS))
        return cls(
            scenario=blocks.pop("scenario")[0],
            baselines=baselines,
            methods={c: _edits(blocks.pop(" ".join(c), [_BASELINE])) for c in columns},
            letters={letter: _edits(lines) for letter, lines in blocks.items()},
            cells=ledger_table.parse(table),
        )


def _block(name: str, edits: Edits) -> Iterator[str]:
    first, *others = map(str, edits or (_BASELINE,))
    yield f"{name} = {first}"
    yield from (f"{_INDENT}{other}" for other in others)


def _blocks(heading: str) -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    name = ""
    for line in heading.splitlines():
        if line.startswith(_INDENT):
            blocks[name].append(line.removeprefix(_INDENT))
        else:
            name, _, first = line.partition(" = ")
            blocks[name] = [first]
    return blocks


def _edits(lines: list[str]) -> Edits:
    return () if lines == [_BASELINE] else tuple(map(parse_edit, lines))
