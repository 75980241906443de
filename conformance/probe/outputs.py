"""What a probe gives out: files, and what is said on standard output; the key in none of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
import orjson

from conformance.probe.exits import UNWRITTEN, ProbeError
from conformance.probe.report import report, table
from conformance.probe.written import config_text, profile_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conformance.probe.asking import Asking
    from conformance.probe.charting import Chart
    from conformance.probe.drift import Difference
    from conformance.probe.written import Occasion


@dataclass(frozen=True, slots=True)
class Files:
    """Where to write what; None for what is not asked for."""

    report: Path | None
    profile: Path | None
    config: Path | None


@dataclass(frozen=True, slots=True)
class Outputs:
    """A chart and how it was made; ``drift`` is None where nothing is compared with."""

    chart: Chart
    occasion: Occasion
    asking: Asking
    drift: list[Difference] | None
    key: str = field(repr=False)

    def write(self, files: Files) -> None:
        """Write the files. Raises `ProbeError` for one that cannot be."""
        texts: tuple[tuple[Path | None, Callable[[], str]], ...] = (
            (files.profile, lambda: profile_text(self.chart, self.occasion)),
            (files.config, lambda: config_text(self.chart, self.occasion)),
            (files.report, lambda: _json(self._report())),
        )
        for path, text in texts:
            if path is None:
                continue
            try:
                path.write_text(hidden(text(), self.key), encoding="utf-8")
            except OSError as error:
                said = f"{path} was not written ({error.strerror})"
                raise ProbeError(UNWRITTEN, said) from None
            click.echo(f"Wrote {path}.", err=True)

    def say(self, *, as_json: bool) -> None:
        """Print the report, or the table and what has drifted."""
        if as_json:
            click.echo(hidden(_json(self._report()), self.key))
            return
        lines = list(table(self.chart, self.occasion, self.asking))
        if self.drift is not None:
            found = [f"  {one}" for one in self.drift]
            lines += ["", "Drift" if found else "No drift", *found]
        click.echo(hidden("\n".join(lines), self.key))

    def _report(self) -> dict[str, Any]:
        return report(self.chart, self.occasion, self.asking, self.drift)


def hidden(text: str, key: str) -> str:
    """Return a text without the key, should the upstream have repeated it."""
    return text.replace(key, "[key]") if key else text


def _json(data: Mapping[str, Any]) -> str:
    return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()
