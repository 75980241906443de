"""The report for a terminal: what failed first, then tables short enough to read, then a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.matrix import METHODS
from conformance.reports.failures import broken_claims
from conformance.reports.lines import VERDICTS
from conformance.reports.tables import (
    accepting,
    axes,
    cases_of,
    refusal_rows,
    scenario_rows,
    score,
    summary,
)
from conformance.reports.visible import short, visible

if TYPE_CHECKING:
    from conformance.reports.failures import Failure
    from conformance.reports.result import Result

_WIDTH: Final = 132
_SHOWN: Final = 2
"""Failures of one claim that are told in full; the others are counted."""

_LINE: Final = 320
_REFUSAL: Final = 60
_COPIED: Final = ("repeat", "curl")
"""Facts that must stay whole to be of use."""


def console(stream: TextIO) -> Console:
    """Return a console on ``stream``; where that is no terminal, one wide enough."""
    plain = Console(file=stream)
    return plain if plain.is_terminal else Console(file=stream, width=_WIDTH)


class TerminalReport:
    """Prints ``result``, which the result file ``file`` holds, on ``console``.

    ``ledgers`` prints the scenarios' tables, too.
    """

    def __init__(
        self, result: Result, console: Console, *, file: str, ledgers: bool = False
    ) -> None:
        self._result = result
        self._console = console
        self._file = file
        self._ledgers = ledgers

    def show(self) -> None:
        """Print the report."""
        if self._ledgers:
            self._show_ledgers()
        self._show_failures()
        self._show_scenarios()
        self._show_products()
        self._show_refusals()
        self._show_excused()
        if self._result.partial:
            self._line(f"PARTIAL: {self._result.partial}", "bold red")
        if told := score(self._result):
            self._line(told)
        self._line(summary(self._result), "bold")

    def _show_excused(self) -> None:
        unsupported = []
        for ruling in self._result.rulings:
            if ruling.verdict == "known":
                self._line(f"known: {ruling.claim}: {visible(ruling.note)}", "yellow")
            elif ruling.verdict == "unsupported":
                unsupported.append(ruling.claim)
        if unsupported:
            self._line(f"unsupported in this run: {', '.join(unsupported)}\n")

    def _show_ledgers(self) -> None:
        for ledger in self._result.ledgers:
            self._console.print(Text(visible(ledger.text, lines=True)), soft_wrap=True)
        self._line(f"A cell is one letter a method: {', '.join(METHODS)}.\n")

    def _show_failures(self) -> None:
        for broken in broken_claims(self._result, self._file):
            ruling = broken.ruling
            word = Text(ruling.verdict.upper(), style="bold red")
            claim = Text(f"  {ruling.claim} ({ruling.level}): {ruling.sentence}")
            self._console.print(Text.assemble(word, claim), soft_wrap=True)
            self._fact("why", ruling.reason)
            self._fact("hint", ruling.note or broken.hint)
            self._console.print()
            for failure in broken.failures[:_SHOWN]:
                self._show_facts(failure)
            more = broken.failures[_SHOWN:]
            if more:
                cases = sum(len(failure.cases) for failure in more)
                self._line(f"  and {len(more)} more like these, {cases} cases\n")

    def _show_facts(self, failure: Failure) -> None:
        for title, lines in failure.facts:
            for number, line in enumerate(lines):
                self._fact(title if number == 0 else "", line, whole=title in _COPIED)
        self._console.print()

    def _fact(self, title: str, text: str, *, whole: bool = False) -> None:
        shown = visible(text) if whole else short(visible(text), _LINE)
        self._line(f"  {title:9}  {shown}")

    def _show_scenarios(self) -> None:
        rows = list(scenario_rows(self._result))
        seen = [verdict for verdict in VERDICTS if any(row.verdicts[verdict] for row in rows)]
        table = _table("scenario", "cases", "payloads", *seen)
        for row in rows:
            counts = (row.cases, row.distinct, *(row.verdicts[verdict] for verdict in seen))
            table.add_row(row.scenario, *map(str, counts))
        self._console.print(table)
        self._console.print()

    def _show_products(self) -> None:
        if not self._result.products:
            return
        table = _table("product", "cases", "payloads", "crosses")
        for product in self._result.products:
            table.add_row(product.name, cases_of(product), str(product.payloads), axes(product))
        self._console.print(table)
        self._console.print()

    def _show_refusals(self) -> None:
        rows = list(refusal_rows(self._result))
        if rows:
            table = _table("refused by", "refused", "cured by", "without flags")
            for column in table.columns[2:]:
                column.no_wrap = False
            for row in rows:
                refusal = Text(_cut(visible(row.refusal)), style="red")
                table.add_row(f"{row.profile} {row.api}", row.some, row.cured_by, refusal)
            self._console.print(table)
            self._console.print()
        if accepted := accepting(self._result):
            self._line(f"refused nowhere: {', '.join(accepted)}\n")

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _cut(text: str) -> str:
    return text if len(text) <= _REFUSAL else f"{text[:_REFUSAL]}…"
