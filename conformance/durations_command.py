"""``conformance durations``: what cases take, from saved runs, for shards to be of one length."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

NOT_WRITTEN: Final = 3

_EPILOG: Final = """\b
Examples:
  conformance run --save run.jsonl
  conformance durations run.jsonl --output conformance/durations.json
  conformance durations 1.jsonl 2.jsonl        of every shard of a run
\b
Exit codes:
  0  written
  2  the command line was wrong
  3  a file is no result file or holds no durations, or the output cannot be written
"""


@click.command(epilog=_EPILOG)
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write them, instead of standard output.",
)
def durations(files: tuple[Path, ...], *, output: Path | None) -> None:
    """Write what a case takes by scenario and entry, as `conformance run --save FILE` saw it.

    `--shard` divides a run by the file in the package, conformance/durations.json.
    """
    from conformance.durations import DurationsError, as_text, recorded
    from conformance.reports.result import ResultFileError
    from conformance.reports.result_file import read_result

    try:
        found = recorded(map(read_result, files))
        if output is None:
            click.echo(as_text(found), nl=False)
        else:
            output.write_text(as_text(found), "utf-8")
    except (DurationsError, ResultFileError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(NOT_WRITTEN)
