"""``conformance report``: renders a saved run in any of the formats."""

from __future__ import annotations

import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.reports.result import Result

CLAIM_BROKEN: Final = 1
NOT_RENDERED: Final = 3
PARTIAL: Final = 4
UNSAVED: Final = "FILE"
"""Stands for the result file in a command where the run is not saved."""

FORMATS: Final = ("terminal", "jsonl", "junit", "markdown", "html")

_FILE: Final = click.Path(path_type=Path)

_EPILOG: Final = """\b
Examples:
  conformance run --save run.jsonl
  conformance report run.jsonl --format html --output run.html
  conformance report run.jsonl --format markdown >> "$GITHUB_STEP_SUMMARY"
  conformance report run.jsonl --payload 3f9a2c0b41de
  conformance report 1.jsonl 2.jsonl 3.jsonl   all shards of a run, as the whole
\b
Exit codes:
  0  every claim held
  1  a claim was broken
  2  the command line was wrong
  3  the file is no result file, the files are not each shard of one run once, or
     the output cannot be written
  4  the run is partial: it was broken off, lines of the file are missing, or it is
     one shard of a run
"""


@click.command(epilog=_EPILOG)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="terminal",
    show_default=True,
    help="What to write.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it, instead of standard output.",
)
@click.option("--ledger", is_flag=True, help="Print the scenarios' tables too (terminal).")
@click.option(
    "--payload",
    metavar="SHA256",
    help="Write only this payload; the first digits are enough.",
)
def report(
    files: tuple[Path, ...], *, form: str, output: Path | None, ledger: bool, payload: str | None
) -> None:
    """Render FILE, which `conformance run --save FILE` wrote.

    Several files are the shards of one run (`conformance run --shard i/n`), and rendered as the
    whole of it: a shard that is missing or given twice is an error. JSON lines are written as they
    were read, less what is damaged.
    """
    from conformance.reports.result import ResultFileError

    named = shlex.join(map(str, files))
    try:
        result = _read(files)
        if payload:
            _write(_payload(result, payload), output)
        elif form == "terminal":
            _show(result, named, output, ledgers=ledger)
        else:
            _write(_rendered(result, form, named), output)
    except (ResultFileError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(NOT_RENDERED)
    sys.exit(0 if payload else exit_code(result))


def exit_code(result: Result) -> int:
    """Return how a command that showed ``result`` ends."""
    if result.partial:
        return PARTIAL
    return 0 if result.held else CLAIM_BROKEN


def _read(files: Sequence[Path]) -> Result:
    from conformance.reports.merging import merged
    from conformance.reports.result_file import read_result

    results = [(str(file), read_result(file)) for file in files]
    return merged(results) if len(results) > 1 else results[0][1]


def _payload(result: Result, digits: str) -> str:
    from conformance.reports.result import ResultFileError

    found = [line.text for sha256, line in result.payloads.items() if sha256.startswith(digits)]
    if len(found) == 1:
        return found[0]
    raise ResultFileError(
        f"{len(found)} payloads begin with {digits}; expected one of {len(result.payloads)}: "
        "give more digits, as a report shows them"
    )


def _show(result: Result, file: str, output: Path | None, *, ledgers: bool) -> None:
    from conformance.reports.terminal import TerminalReport, console

    with nullcontext(sys.stdout) if output is None else output.open("w", encoding="utf-8") as to:
        TerminalReport(result, console(to), file=file, ledgers=ledgers).show()


def _rendered(result: Result, form: str, file: str) -> str:
    match form:
        case "jsonl":
            from conformance.reports.result_file import written

            return b"".join(map(written, result.lines)).decode()
        case "junit":
            from conformance.reports.junit import as_junit

            return as_junit(result, file)
        case "markdown":
            from conformance.reports.markdown import as_markdown

            return as_markdown(result, file)
        case _:
            from conformance.reports.page import as_page

            return as_page(result, file)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(text.encode())
    else:
        output.write_text(text, "utf-8")
