"""The ``conformance`` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.loading import HANDLER, HandlerLoadError, prefer_local
from conformance.scenarios import Scenario, UnknownScenarioError, load_scenarios
from conformance.worker_process import Task
from conformance.workers import usual_workers

if TYPE_CHECKING:
    from conformance.products import Tier

CLAIM_BROKEN = 1
CANNOT_RUN = 3
BROKEN_OFF = 130
"""What a shell makes of Ctrl-C."""

_EPILOG = """\b
Examples:
  conformance run                        every case of every scenario
  conformance run --scenario plain-turn  one scenario
  conformance run --tier full            every product: some 88,000 cases
  conformance run --handler mine.router:instance
  conformance run --json > result.json   for a machine
\b
Exit codes:
  0  every claim held
  1  a claim was broken
  2  the command line was wrong
  3  nothing could be run: the handler does not import, LiteLLM is missing
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
    help="How many processes share the cases.",
)
@click.option(
    "--limit",
    type=click.FloatRange(0.1),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a case may take.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def run(
    names: tuple[str, ...],
    *,
    tier: Tier,
    handler: str,
    workers: int,
    limit: float,
    as_json: bool,
) -> None:
    """Run the matrix: flags, placements, upstream APIs, methods and entries, on embedded mocks.

    Each case goes through real LiteLLM and the real handler to a mock on a free port. The handler
    is the one in the current directory if there is one, else the installed one. Each distinct
    payload is then replayed at the strict profiles.
    """
    scenarios = _scenarios(names)
    prefer_local(Path.cwd(), handler)  # before the registry of flags is imported

    from conformance.products import cases

    chosen = cases([scenario.name for scenario in scenarios], tier)
    click.echo(f"{len(chosen)} cases; importing LiteLLM and the handler…", err=True)

    from conformance import summary, terminal
    from conformance.run import run as run_cases

    try:
        with terminal.CaseProgress() as progress:
            report = run_cases(Task(handler, scenarios, limit), chosen, workers, progress)
    except HandlerLoadError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(CANNOT_RUN)
    click.echo(f"handler {report.handler}", err=True)
    if as_json:
        click.echo(summary.as_json(report))
    else:
        terminal.show(report, terminal.console())
    if not report.complete:
        click.echo(f"broken off: {report.cases} of {len(chosen)} cases are reported", err=True)
        sys.exit(BROKEN_OFF)
    sys.exit(0 if report.held else CLAIM_BROKEN)


def _scenarios(names: tuple[str, ...]) -> tuple[Scenario, ...]:
    try:
        return load_scenarios(names)
    except UnknownScenarioError as error:
        raise click.BadParameter(str(error), param_hint="--scenario") from None
