"""Progress of a run, on standard error: a bar on a terminal, else a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable

_LINES: Final = 8


class CaseProgress:
    """Counts cases up to ``total``; a context manager that gives what to call after each."""

    def __init__(self, total: int) -> None:
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
        self._total = total
        self._done = 0
        self._task = self._bar.add_task("cases", total=total)

    def __enter__(self) -> Callable[[], None]:
        self._bar.start()
        return self._count

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _count(self) -> None:
        self._done += 1
        done, total = self._done, self._total
        self._bar.update(self._task, completed=done)
        if self._plain and (done == total or done % max(1, total // _LINES) == 0):
            self._plain.print(f"{done} of {total} cases", highlight=False)
