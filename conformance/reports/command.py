"""``conformance report``: renders a saved run in any of the formats."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from conformance.reports.result import Result

CLAIM_BROKEN: Final = 1
NOT_RENDERED: Final = 3
PARTIAL: Final = 4
UNSAVED: Final = "FILE"
"""Stands for the result file in a command where the run is not saved."""

FORMATS: Final = ("terminal", "jsonl", "junit", "markdown", "html")

_EPILOG: Final = """\b
Examples:
  conformance run --save run.jsonl
  conformance report run.jsonl --format html --output run.html
  conformance report run.jsonl --format markdown >> "$GITHUB_STEP_SUMMARY"
  conformance report run.jsonl --payload 3f9a2c0b41de
\b
Exit codes:
  0  every claim held
  1  a claim was broken
  2  the command line was wrong
  3  the file is no result file, or the output cannot be written
  4  the run is partial: it was broken off, or lines of the file are missing
"""


@click.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
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
    file: Path, *, form: str, output: Path | None, ledger: bool, payload: str | None
) -> None:
    """Render FILE, which `conformance run --save FILE` wrote.

    JSON lines are written as they were read, less what is damaged.
    """
    from conformance.reports.result import ResultFileError
    from conformance.reports.result_file import read_result

    try:
        result = read_result(file)
        if payload:
            _write(_payload(result, payload), output)
        elif form == "terminal":
            _show(result, file, output, ledgers=ledger)
        else:
            _write(_rendered(result, form, str(file)), output)
    except (ResultFileError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(NOT_RENDERED)
    sys.exit(0 if payload else exit_code(result))


def exit_code(result: Result) -> int:
    """Return how a command that showed ``result`` ends."""
    if result.partial:
        return PARTIAL
    return 0 if result.held else CLAIM_BROKEN


def _payload(result: Result, digits: str) -> str:
    from conformance.reports.result import ResultFileError

    found = [line.text for sha256, line in result.payloads.items() if sha256.startswith(digits)]
    if len(found) == 1:
        return found[0]
    raise ResultFileError(
        f"{len(found)} payloads begin with {digits}; expected one of {len(result.payloads)}: "
        "give more digits, as a report shows them"
    )


def _show(result: Result, file: Path, output: Path | None, *, ledgers: bool) -> None:
    from conformance.reports.terminal import TerminalReport, console

    with nullcontext(sys.stdout) if output is None else output.open("w", encoding="utf-8") as to:
        TerminalReport(result, console(to), file=str(file), ledgers=ledgers).show()


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
