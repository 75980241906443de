"""The ledger: a baseline payload for each API of a scenario, and one table of departures from it.

The baseline shows content, the table shows what the flags do, and a list holds the sha256 of every
distinct body. That is all that is committed; `Ledger.parse` reads it and `Ledger.sent` rebuilds
what any case sent, so that a test can hold the record to lose nothing.

In the text a letter stands for the departure that the flags make, a line an edit; what a method
changes by itself (a stream's keys) is told once, and so are the headers. A cell holds one letter
for each handler method.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance import ledger_answers, ledger_table, recorded_headers
from conformance.edits import Edit, Spelled, apply, difference, parse_edit
from conformance.ledger_letters import letter_of
from conformance.ledger_table import Cells, Row
from conformance.matrix import APIS, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.ledger_answers import Answers
    from conformance.matrix import Api, Case, Method
    from conformance.records import Records

Edits = tuple[Edit, ...]
Column = tuple["Api", "Method"]
Place = tuple["Api", "Method", str]
"""An API, a method and a letter: what decides a body."""

COLUMNS: tuple[Column, ...] = tuple(itertools.product(APIS, METHODS))

NOT_ONE_REQUEST = "-"
"""The letter of a case that did not send exactly one request."""

_BASELINE = "the baseline"
_HEADERS = "headers"
_INDENT = "    "


class Body(NamedTuple):
    """What a case sent: the parsed body, its keys in their order, and the sha256 of its bytes."""

    payload: Any
    sha256: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What every case of one scenario sent, as departures from ``baselines``.

    ``methods`` tells how each method's unflagged payload departs from its API's baseline, and
    ``letters`` how the flags make a payload depart from that. ``bodies`` holds the sha256 of what
    each letter is in each method, ``headers`` every set of headers that a method was sent with, and
    ``answers`` what came of the variants.
    """

    scenario: str
    baselines: dict[Api, Any]
    methods: dict[Column, Edits]
    letters: dict[str, Edits]
    cells: dict[Row, Cells]
    bodies: dict[Place, str]
    headers: dict[Column, tuple[str, ...]]
    answers: Answers = field(default_factory=dict)
    _rebuilt: dict[Place, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, records: Records) -> Ledger:
        """Write the ledger of ``records``."""
        return _Writer(records).ledger()

    def sent(self, row: Row, column: Column) -> Body | None:
        """Rebuild what that case sent; None where it did not send exactly one request.

        Raises `KeyError` for a case that the ledger does not have.
        """
        letter = self.cells[row][column]
        if letter == NOT_ONE_REQUEST:
            return None
        place = (*column, letter)
        if place not in self._rebuilt:
            edits = (*self.methods[column], *self.letters[letter])
            self._rebuilt[place] = apply(edits, self.baselines[column[0]])
        return Body(self._rebuilt[place], self.bodies[place])

    def payload(self, case: Case) -> Any:
        """Rebuild the payload of ``case``; None where it did not send exactly one request."""
        body = self.sent(Row.of(case), (case.api, case.method))
        return None if body is None else body.payload

    def places(self) -> Iterator[tuple[Row, Column]]:
        """Yield every case that the ledger has, as its row and column."""
        return ((row, column) for row, cells in self.cells.items() for column in cells)

    @property
    def text(self) -> str:
        """The ledger without its baselines and sums, as it is committed and shown."""
        return "\n".join((*self._heading(), "", *ledger_table.render(self.cells), ""))

    @property
    def sums(self) -> str:
        """The sha256 of every distinct body, and where it is sent: API, letter, methods, cases."""
        counts = Counter((*column, self.cells[row][column]) for row, column in self.places())
        found: dict[tuple[str, Api, str], list[Method]] = {}
        for (api, method, letter), sha256 in self.bodies.items():
            found.setdefault((sha256, api, letter), []).append(method)
        return "".join(
            f"{sha256}  {api}  {letter}  {' '.join(methods)}  "
            f"{sum(counts[api, method, letter] for method in methods)} cases\n"
            for (sha256, api, letter), methods in found.items()
        )

    def _heading(self) -> Iterator[str]:
        yield f"scenario = {self.scenario}"
        for letter, edits in self.letters.items():
            yield from _block(letter, map(str, edits or (_BASELINE,)))
        for (api, method), edits in self.methods.items():
            if edits:
                yield from _block(f"{api} {method}", map(str, edits))
        for api in APIS:
            yield from self._headers(api)

    def _headers(self, api: Api) -> Iterator[str]:
        """Tell the headers once for all methods of ``api`` that have the same."""
        found: dict[tuple[str, ...], list[str]] = {}
        for method in METHODS:
            if headers := self.headers.get((api, method)):
                found.setdefault(headers, []).append(method)
        for headers, methods in found.items():
            yield from _block(" ".join((_HEADERS, api, *methods)), headers)

    @classmethod
    def parse(cls, text: str, sums: str, baselines: dict[Api, Any], answers: str = "") -> Ledger:
        """Read what `text` and `sums` wrote, and of `ledger_answers` the ``answers``.

        Raises `ValueError` for a text that is no ledger.
        """
        heading, _, table = text.partition("\n\n")
        blocks = _blocks(heading)
        headers = dict(_parse_headers(blocks))
        return cls(
            scenario=blocks.pop("scenario")[0],
            baselines=baselines,
            methods={c: _edits(blocks.pop(" ".join(c), [_BASELINE])) for c in COLUMNS},
            letters={letter: _edits(lines) for letter, lines in blocks.items()},
            cells=ledger_table.parse(table),
            bodies=dict(_parse_sums(sums)),
            headers=headers,
            answers=ledger_answers.parse(answers),
        )


class _Writer:
    """Writes the ledger of ``records``, a case after the other."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._unflagged = {c: records.payload(records.unflagged(*c)) for c in COLUMNS}
        self._letters: dict[Edits, str] = {(): letter_of(0)}
        self._edits: dict[tuple[Column, str], Edits] = {}
        self._bodies: dict[Place, str] = {}

    def ledger(self) -> Ledger:
        """Return the ledger."""
        cells: dict[Row, Cells] = {}
        headers: dict[Column, dict[str, None]] = {}
        answers: Answers = {}
        for case, outcome in self._records.outcomes.items():
            column = (case.api, case.method)
            cells.setdefault(Row.of(case), {})[column] = self._letter(case)
            answers.update(ledger_answers.of_case(case, outcome))
            for sent in outcome.sent:
                headers.setdefault(column, {})[recorded_headers.text(sent.headers)] = None
        baselines = {api: self._unflagged[api, METHODS[0]] for api in APIS}
        return Ledger(
            scenario=self._records.scenario.name,
            baselines=baselines,
            methods={c: difference(baselines[c[0]], self._unflagged[c]) for c in COLUMNS},
            letters={letter: edits for edits, letter in self._letters.items()},
            cells=cells,
            bodies=self._bodies,
            headers={column: tuple(sorted(texts)) for column, texts in headers.items()},
            answers=answers,
        )

    def _letter(self, case: Case) -> str:
        """Return the letter of ``case``: the same for the same bytes, and only for them."""
        sent = self._records.sent(case)
        if sent is None:
            return NOT_ONE_REQUEST
        column = (case.api, case.method)
        key = (column, sent.sha256)
        if key not in self._edits:
            self._edits[key] = difference(self._unflagged[column], self._records.payload(case))
        edits = self._edits[key]
        letter = self._name(edits)
        if self._bodies.setdefault((*column, letter), sent.sha256) != sent.sha256:
            letter = self._name((*edits, Spelled(sent.sha256)))
            self._bodies[*column, letter] = sent.sha256
        return letter

    def _name(self, edits: Edits) -> str:
        return self._letters.setdefault(edits, letter_of(len(self._letters)))


def _block(name: str, lines: Iterable[str]) -> Iterator[str]:
    first, *others = lines
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


def _parse_headers(blocks: dict[str, list[str]]) -> Iterator[tuple[Column, tuple[str, ...]]]:
    """Take the blocks of headers out of ``blocks``."""
    for name in [name for name in blocks if name.startswith(f"{_HEADERS} ")]:
        _, api, *methods = name.split(" ")
        for column in COLUMNS:
            if column[0] == api and column[1] in methods:
                yield column, tuple(blocks[name])
    for name in [name for name in blocks if name.startswith(f"{_HEADERS} ")]:
        del blocks[name]


def _parse_sums(sums: str) -> Iterator[tuple[Place, str]]:
    for line in sums.splitlines():
        sha256, api, letter, methods, _ = line.split("  ")
        for column in COLUMNS:
            if column[0] == api and column[1] in methods.split(" "):
                yield (*column, letter), sha256


def _edits(lines: list[str]) -> Edits:
    return () if lines == [_BASELINE] else tuple(map(parse_edit, lines))
