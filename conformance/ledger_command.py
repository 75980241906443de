"""``conformance diff`` and ``conformance bless``: reviewing the ledger, and accepting it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from conformance.loading import HANDLER, HandlerLoadError, prefer_local
from conformance.scenarios import UnknownScenarioError, load_scenarios
from conformance.shard_option import shard_of, shard_option
from conformance.workers import usual_workers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.ledger import Ledger
    from conformance.ledger_diff import LedgerDiff
    from conformance.ledger_files import Written
    from conformance.ledger_run import LedgerRun
    from conformance.scenarios import Scenario
    from conformance.shards import Shard

LEDGER: Final = Path("tests/conformance/ledger")
DIFFERENT: Final = 1
CANNOT_COMPARE: Final = 3

_DIFF_EPILOG: Final = """\b
Examples:
  conformance diff                        the committed ledger and a fresh run
  conformance diff --scenario plain-turn  of one scenario
  conformance diff --shard 2/4            of a quarter, for one of four machines
  conformance diff run.jsonl              the committed ledger and a saved run
  conformance diff old/ new.jsonl         two ledgers or saved runs, nothing is run
\b
Exit codes:
  0  no case sends anything else (or --exit-zero was given)
  1  there is a difference
  2  the command line was wrong
  3  there was nothing to compare: no ledger, no handler, or cases that could not be run
"""

_BLESS_EPILOG: Final = """\b
Examples:
  conformance bless                        after conformance diff has been read
  conformance bless --scenario plain-turn  accept one scenario only
\b
Exit codes:
  0  the ledger says what the handler sends now
  2  the command line was wrong, or CI is set
  3  nothing was written: no handler, or cases that could not be run
"""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what both commands are asked."""
    for option in reversed(
        (
            click.option(
                "--ledger",
                type=click.Path(path_type=Path, file_okay=False),
                default=LEDGER,
                show_default=True,
                metavar="DIR",
                help="Where the committed ledger is.",
            ),
            click.option(
                "--scenario",
                "names",
                multiple=True,
                metavar="NAME",
                help="Only this scenario; may be given again.",
            ),
            click.option(
                "--handler",
                default=HANDLER,
                show_default=True,
                metavar="PACKAGE.MODULE:INSTANCE",
                help="The LiteLLM custom handler to run.",
            ),
            click.option(
                "--workers",
                type=click.IntRange(1, 64),
                default=usual_workers,
                show_default="one a core, up to 4",
                help="How many processes share the cases, at most.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command(epilog=_DIFF_EPILOG)
@click.argument("ledgers", nargs=-1, type=click.Path(path_type=Path))
@_options
@shard_option
@click.option("--exit-zero", is_flag=True, help="End with 0 though there is a difference.")
def diff(
    ledgers: tuple[Path, ...],
    *,
    ledger: Path,
    names: tuple[str, ...],
    handler: str,
    workers: int,
    exit_zero: bool,
    part: tuple[int, int] | None,
) -> None:
    """Say in sentences what the handler sends that the ledger does not have, and where.

    Without LEDGERS the committed one is compared with a fresh run; one is compared with a fresh
    run in its stead; two are compared with each other, the old one first. A file that `conformance
    run --save` wrote stands for a ledger, too: alone it is compared with the committed one.
    """
    if len(ledgers) > 2:  # noqa: PLR2004 -- old and new
        raise click.UsageError(f"{len(ledgers)} ledgers were given; expected two at most")
    if part and (ledgers[1:] or any(path.is_file() for path in ledgers)):
        raise click.UsageError("--shard shares out a run, and here nothing is run")
    from conformance.ledger_diff import compare

    if [path.is_file() for path in ledgers] == [True]:
        names = names or tuple(_read(ledgers[0], ())[0])  # of the others the run says nothing
        ledgers = (ledger, *ledgers)
    share = _share(part, names, handler)
    old, before = _read(ledgers[0] if ledgers else ledger, names, share.left_out if share else ())
    names = share.scenarios if share else names
    if ledgers[1:]:
        new, now = _read(ledgers[1], names)
    else:
        run = _run(names, handler, workers)
        if run.broken:
            _fail(run.broken)
        new, now = run.ledgers, run.litellm
    _tell_litellm(before, now)
    found = compare(old, new)
    _show(found, f"shard {share}: " if share else "")
    if found.findings and not exit_zero:
        sys.exit(DIFFERENT)


@click.command(epilog=_BLESS_EPILOG)
@_options
def bless(*, ledger: Path, names: tuple[str, ...], handler: str, workers: int) -> None:
    """Accept what the handler sends now: rewrite the ledger, and say what was written.

    Read `conformance diff` first: this is the change to the bytes on the wire.
    """
    if os.environ.get("CI"):
        raise click.UsageError(
            "CI is set: there the ledger is compared, and a person accepts it elsewhere. Run "
            "`conformance bless` where CI is not set, read its difference, and commit it."
        )
    from conformance.ledger_diff import compare
    from conformance.ledger_files import RECORDED_WITH, recorded_with, write

    run = _run(names, handler, workers)
    if run.broken:
        _fail(run.broken)
    before = recorded_with(ledger)
    if names and before and before != run.litellm:
        _fail(
            f"{ledger / RECORDED_WITH} says LiteLLM {before}, and this is {run.litellm}; one "
            "ledger is of one LiteLLM: bless all scenarios, or install that version"
        )
    if (ledger / RECORDED_WITH).is_file():
        _show(compare(_read(ledger, names)[0], run.ledgers))
    whole = not names or not before
    _tell_written(write(ledger, run.ledgers.values(), run.litellm, whole=whole), ledger)


def _run(names: tuple[str, ...], handler: str, workers: int) -> LedgerRun:
    scenarios = _scenarios(names)
    prefer_local(Path.cwd(), handler)  # before the registry of flags is imported
    from conformance.ledger_run import ledger_run
    from conformance.progress import CaseProgress

    try:
        run = ledger_run(handler, scenarios, workers, CaseProgress)
    except HandlerLoadError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        click.echo("Broken off: nothing was compared or written.", err=True)
        sys.exit(130)
    click.echo(f"handler {run.handler}, LiteLLM {run.litellm}", err=True)
    return run


def _share(part: tuple[int, int] | None, names: Sequence[str], handler: str) -> Shard | None:
    prefer_local(Path.cwd(), handler)
    return shard_of(part, _scenarios(names), "core")


def _scenarios(names: Sequence[str]) -> tuple[Scenario, ...]:
    try:
        return load_scenarios(names)
    except UnknownScenarioError as error:
        raise click.BadParameter(str(error), param_hint="--scenario") from None


def _read(
    place: Path, names: Sequence[str], left_out: Sequence[str] = ()
) -> tuple[dict[str, Ledger], str]:
    """Read a ledger's directory or a saved run, and the version of LiteLLM that it is of.

    Scenarios that are ``left_out`` are those of other shards. One that is a scenario no more is
    nobody's, and so found gone by each.
    """
    from conformance.ledger_files import LedgerError, read, recorded_with
    from conformance.saved_ledgers import read_saved

    try:
        found, litellm = (
            read_saved(place) if place.is_file() else (read(place), recorded_with(place))
        )
    except LedgerError as error:
        _fail(str(error))
    wanted = {
        name: ledger
        for name, ledger in found.items()
        if (not names or name in names) and name not in left_out
    }
    return wanted, litellm


def _tell_litellm(before: str, now: str) -> None:
    if before and now and before != now:
        click.echo(
            f"The ledger was recorded with LiteLLM {before}, this is {now}: what LiteLLM itself "
            "changed is told, too."
        )


def _show(found: LedgerDiff, part: str = "") -> None:
    """Print the findings by group, and how many cases were alike in this ``part`` of a run."""
    from conformance.reports.visible import visible

    for group, heading in (("changed", "Changed"), ("new", "New"), ("gone", "Gone")):
        findings = [finding for finding in found.findings if finding.group == group]
        if findings:
            click.echo(f"{heading}:")
        for finding in findings:
            click.echo(f"  {visible(str(finding))}")
    rest = f"{found.same} of {found.compared} cases send the same bytes."
    click.echo(f"{part}{rest}" if found.findings else f"{part}No difference: {rest}")


def _tell_written(written: Written, directory: Path) -> None:
    for word, paths in (
        ("new", written.new),
        ("changed", written.changed),
        ("removed", written.gone),
    ):
        for path in paths:
            click.echo(f"{word:8} {path}")
    count = len(written.new) + len(written.changed) + len(written.gone)
    click.echo(f"{count} files written in {directory}, {written.same} were so already.")


def _fail(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(CANNOT_COMPARE)
