"""The ``conformance`` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance import environment
from conformance.loading import HandlerLoadError, load_handler, prefer_local
from conformance.scenarios import Scenario, UnknownScenarioError, load_scenarios

if TYPE_CHECKING:
    from litellm.llms.custom_llm import CustomLLM

CLAIM_BROKEN = 1
CANNOT_RUN = 3

_EPILOG = """\b
Examples:
  conformance run                        every case of every scenario
  conformance run --scenario plain-turn  one scenario
  conformance run --json > result.json   for a machine
\b
Exit codes:
  0  every claim held
  1  a claim was broken
  2  the command line was wrong
  3  nothing could be run: the handler does not import, LiteLLM is missing
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def run(names: tuple[str, ...], *, as_json: bool) -> None:
    """Run the matrix: flags, placements, upstream APIs and methods, on the embedded mock.

    Each case goes through real LiteLLM and the real handler to a mock on a free port. The handler
    is the one in the current directory if there is one, else the installed one. Each distinct
    payload is then replayed at the strict profiles.
    """
    scenarios = _scenarios(names)
    environment.prepare()
    click.echo("importing LiteLLM and the handler…", err=True)
    handler, file = _handler()
    click.echo(f"handler {file}", err=True)

    from conformance import summary, terminal
    from conformance.run import run as run_cases

    with terminal.CaseProgress() as progress:
        report = run_cases(handler, scenarios, progress)
    if as_json:
        click.echo(summary.as_json(report, file))
    else:
        terminal.show(report, terminal.console())
    sys.exit(0 if report.held else CLAIM_BROKEN)


def _scenarios(names: tuple[str, ...]) -> tuple[Scenario, ...]:
    try:
        return load_scenarios(names)
    except UnknownScenarioError as error:
        raise click.BadParameter(str(error), param_hint="--scenario") from None


def _handler() -> tuple[CustomLLM, Path]:
    prefer_local(Path.cwd())
    try:
        return load_handler()
    except HandlerLoadError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(CANNOT_RUN)
