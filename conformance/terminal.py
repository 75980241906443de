"""The terminal report: a table for each scenario, the cures, and the claims, failures named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from conformance.breaches import grouped
from conformance.marked_mocks import RECORDING_PROFILE
from conformance.matrix import METHODS, PLACEMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.claims import Ruling
    from conformance.cures import Cure
    from conformance.run import Report

_WIDTH = 132
_SHOWN_BREACHES = 8


class CaseProgress:
    """Tells on standard error how many cases are done: a bar on a terminal, else a few lines."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._plain = None if console.is_terminal else console
        self._bar = Progress(
            TextColumn("cases"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("cases", total=None)

    def __enter__(self) -> Callable[[int, int], None]:
        self._bar.start()
        return self._tell

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _tell(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)
        if self._plain and (done == total or done % max(1, total // 8) == 0):
            self._plain.print(f"{done} of {total} cases", highlight=False)


def show(report: Report, console: Console) -> None:
    """Print ``report``: the ledgers, the profiles' verdicts with their cures, and the claims."""
    for ledger in report.ledgers:
        console.print(Text(ledger.text), soft_wrap=True)
    console.print(
        f"A cell is one letter a method: {', '.join(METHODS)}; recorded at {RECORDING_PROFILE}.\n",
        highlight=False,
    )
    _show_cures(report.cures, console)
    console.print()
    for ruling in report.rulings:
        _show_ruling(ruling, console)
    console.print()
    console.print(_summary(report), style="bold", highlight=False)


def console() -> Console:
    """Return a console on standard output; where that is no terminal, one wide enough."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=_WIDTH)


def _show_cures(cures: tuple[Cure, ...], console: Console) -> None:
    """Print what each profile refuses without flags, and what cures it there."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("profile and API", "scenario", "without flags", "cured by", "placements"):
        table.add_column(heading, no_wrap=heading != "without flags")
    for cure in sorted(cures, key=lambda cure: (cure.profile, cure.api), reverse=True):
        upstream = f"{cure.profile} {cure.api}"
        if cure.refusal is None:
            answer = "no single request" if cure.status is None else f"{cure.status}"
            table.add_row(upstream, cure.scenario, Text(answer, style="green"), "", "")
            continue
        cured_by = "no flag here" if cure.flags is None else "\n".join(cure.flags)
        placements = "all three" if cure.placements == PLACEMENTS else "\n".join(cure.placements)
        refusal = Text(f"{cure.status} {cure.refusal}", style="red")
        table.add_row(upstream, cure.scenario, refusal, cured_by, placements)
    console.print(table)


def _show_ruling(ruling: Ruling, console: Console) -> None:
    claim = ruling.claim
    word = Text("held  ", style="green") if ruling.held else Text("BROKEN", style="bold red")
    line = Text.assemble(word, f"  {claim.id}: {claim.sentence} ({ruling.looked_at} comparisons)")
    console.print(line, soft_wrap=True)
    if not ruling.held:
        console.print(Text(f"        {claim.reason}"), soft_wrap=True)
    if ruling.looked_at == 0:
        console.print("        no case was there to look at", style="red")
    groups = grouped(ruling.breaches)
    for group in groups[:_SHOWN_BREACHES]:
        console.print(Text(group.text(indent=8)), soft_wrap=True)
    if len(groups) > _SHOWN_BREACHES:
        console.print(f"        and {len(groups) - _SHOWN_BREACHES} more like these")


def _summary(report: Report) -> str:
    held = sum(ruling.held for ruling in report.rulings)
    return (
        f"{report.cases} cases, {report.distinct} distinct payloads, "
        f"{held} of {len(report.rulings)} claims held, "
        f"{report.seconds:.1f} s, {report.cases / report.seconds:.0f} cases/s"
    )
