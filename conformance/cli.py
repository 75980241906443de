"""The ``conformance`` command."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.doctor.command import doctor
from conformance.durations_command import durations
from conformance.explain.command import explain
from conformance.features import FEATURES
from conformance.ledger_command import bless, diff
from conformance.loading import HANDLER, HandlerLoadError, prefer_local
from conformance.mutants.command import mutants
from conformance.probe.command import probe
from conformance.reports.command import UNSAVED
from conformance.reports.command import report as report_command
from conformance.scenarios import Scenario, UnknownScenarioError, load_scenarios
from conformance.shard_option import shard_of, shard_option
from conformance.worker_process import Task
from conformance.workers import usual_workers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.known import Known
    from conformance.matrix import Case
    from conformance.outcome import Record
    from conformance.products import Tier
    from conformance.reports.sink import ResultSink
    from conformance.run import Report
    from conformance.selection import Selection
    from conformance.shards import Shard

CLAIM_BROKEN = 1
CANNOT_RUN = 3
BROKEN_OFF = 130
"""What a shell makes of Ctrl-C."""

_EPILOG = """\b
Examples:
  conformance run                        every case of every scenario
  conformance run --scenario plain-turn  one scenario
  conformance run --tier full            every product: some 108,000 cases
  conformance run --handler mine.router:instance
  conformance run --case ID              what broke a claim, with what it is compared with
  conformance run --save run.jsonl       keep it, for conformance report
  conformance run --shard 2/4 --save 2.jsonl   a quarter of it, for one of four machines
\b
Exit codes:
  0  every claim held
  1  a claim was broken
  2  the command line was wrong
  3  nothing could be run or saved: the handler does not import, LiteLLM is missing
  130  Ctrl-C: what was run until then is reported
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mock-upstream")
def main() -> None:
    """Drive the real handler through every case and judge what it sends upstream."""


@main.command(epilog=_EPILOG)
@click.option(
    "--scenario",
    "names",
    multiple=True,
    metavar="NAME",
    help="Run only this scenario; may be given again.",
)
@click.option(
    "--case",
    "ids",
    multiple=True,
    metavar="ID",
    help="Judge only this case, of any tier; may be given again.",
)
@click.option(
    "--tier",
    type=click.Choice(("core", "full")),
    default="core",
    show_default=True,
    help="Which products of the axes are run.",
)
@click.option(
    "--handler",
    default=HANDLER,
    show_default=True,
    metavar="PACKAGE.MODULE:INSTANCE",
    help="The LiteLLM custom handler to judge.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=usual_workers,
    show_default="one a core, up to 4",
    help="How many processes share the cases, at most.",
)
@click.option(
    "--limit",
    type=click.FloatRange(0.1),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a case may take.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep the run as JSON lines, for `conformance report`.",
)
@click.option(
    "--known",
    "known_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Failures that are known, as TOML.  [default: conformance/known.toml, shipped]",
)
@click.option(
    "--lacks",
    multiple=True,
    type=click.Choice(list(FEATURES)),
    metavar="FEATURE",
    help="The handler makes no claim to have this (CLAIMS.md names them); may be given again.",
)
@click.option("--ledger", is_flag=True, help="Print every scenario's table, too.")
@shard_option
def run(  # noqa: PLR0913 -- a command has its options
    names: tuple[str, ...],
    ids: tuple[str, ...],
    *,
    tier: Tier,
    handler: str,
    workers: int,
    limit: float,
    save: Path | None,
    known_file: Path | None,
    lacks: tuple[str, ...],
    ledger: bool,
    part: tuple[int, int] | None,
) -> None:
    """Run the matrix: flags, placements, upstream APIs, methods and entries, on embedded mocks.

    Each case goes through real LiteLLM and the real handler to a mock on a free port. The handler
    is the one in the current directory if there is one, else the installed one. Each distinct
    payload is then replayed at the strict profiles.
    """
    if part and ids:
        raise click.UsageError(
            "--case says which cases are run, and --shard shares out all of a tier"
        )
    scenarios = _scenarios(names)
    prefer_local(Path.cwd(), handler)  # before the registry of flags is imported
    share = shard_of(part, scenarios, tier)
    scenarios = scenarios if share is None else share.of(scenarios)
    selection = _selection(ids, scenarios)
    chosen = _cases(scenarios, tier) if selection is None else selection.run
    known = _known(known_file)
    click.echo(f"{len(chosen)} cases; importing LiteLLM and the handler…", err=True)

    from conformance.reports.sink import ResultSink
    from conformance.reports.terminal import TerminalReport, console

    task = Task(handler, _of(scenarios, chosen), limit)
    try:
        with ResultSink(save) as sink:
            report = _run(
                task,
                chosen,
                workers,
                tier,
                sink,
                selection=selection,
                known=known,
                lacks=lacks,
                share=share,
            )
    except (HandlerLoadError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(CANNOT_RUN)
    click.echo(f"handler {report.handler}", err=True)
    file = UNSAVED if save is None else shlex.quote(str(save))
    TerminalReport(sink.result(), console(sys.stdout), file=file, ledgers=ledger).show()
    if not report.complete:
        sys.exit(BROKEN_OFF)
    sys.exit(0 if report.held else CLAIM_BROKEN)


def _run(  # noqa: PLR0913 -- all that a run is
    task: Task,
    chosen: Sequence[Case],
    workers: int,
    tier: Tier,
    sink: ResultSink,
    *,
    selection: Selection | None,
    known: Sequence[Known],
    lacks: Sequence[str],
    share: Shard | None,
) -> Report:
    """Run the cases and write every line of the result to ``sink``."""
    from conformance.products import products
    from conformance.progress import CaseProgress
    from conformance.reports.writer import ResultWriter
    from conformance.run import run as run_cases

    writer = ResultWriter(sink)
    writer.begin(task.scenarios, task.handler, tier, len(chosen), share)
    with CaseProgress(len(chosen)) as count:

        def told(record: Record) -> None:
            writer.record(record)
            count()

        counted = () if selection else products(tier)
        report = run_cases(task, chosen, workers, told, known, lacks, counted, whole=share is None)
    report = report if selection is None else selection.narrowed(report)
    writer.end(report)
    return report


def _cases(scenarios: Sequence[Scenario], tier: Tier) -> tuple[Case, ...]:
    from conformance.products import cases

    return cases([scenario.name for scenario in scenarios], tier)


def _known(file: Path | None) -> tuple[Known, ...]:
    """Read the known failures, before anything is run."""
    from conformance.claims import CLAIMS
    from conformance.known import SHIPPED, KnownError, read_known

    names = [scenario.name for scenario in load_scenarios()]
    try:
        return read_known(file or SHIPPED, [claim.id for claim in CLAIMS], names)
    except KnownError as error:
        raise click.BadParameter(str(error), param_hint="--known") from None


def _selection(ids: Sequence[str], scenarios: Sequence[Scenario]) -> Selection | None:
    """Return what ``--case`` asks for; None if it was not given."""
    if not ids:
        return None
    from conformance.selection import Selection, UnknownCaseError

    try:
        return Selection.of(ids, [scenario.name for scenario in scenarios])
    except UnknownCaseError as error:
        raise click.BadParameter(str(error), param_hint="--case") from None


def _of(scenarios: tuple[Scenario, ...], chosen: Sequence[Case]) -> tuple[Scenario, ...]:
    """Return those of ``scenarios`` that ``chosen`` cases are of."""
    named = {case.scenario for case in chosen}
    return tuple(scenario for scenario in scenarios if scenario.name in named)


def _scenarios(names: tuple[str, ...]) -> tuple[Scenario, ...]:
    try:
        return load_scenarios(names)
    except UnknownScenarioError as error:
        raise click.BadParameter(str(error), param_hint="--scenario") from None


main.add_command(report_command)
main.add_command(diff)
main.add_command(bless)
main.add_command(durations)
main.add_command(mutants)
main.add_command(doctor)
main.add_command(explain)
main.add_command(probe)
