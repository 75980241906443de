"""``conformance doctor``: the command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import orjson

if TYPE_CHECKING:
    from conformance.doctor.report import Report
    from conformance.doctor.subject import Subject

FAULTS: Final = 1
CANNOT_READ: Final = 3
CANNOT_RUN: Final = 4
BROKEN_OFF: Final = 130

_EPILOG: Final = """\b
Examples:
  conformance doctor config.yaml
  conformance doctor config.yaml --no-run         look at the file alone, in half a second
  conformance doctor config.yaml --json | jq '.findings[].message'
\b
Run it where LiteLLM is run: in its directory, with its environment and its Python.
\b
Exit codes:
  0  healthy; there may be notes
  1  faults were found: errors or warnings
  2  the command line was wrong
  3  the file cannot be read as a configuration
  4  LiteLLM could not be run; what the file alone shows was reported
  130  Ctrl-C
"""


@click.command(epilog=_EPILOG)
@click.argument("config", type=click.Path(path_type=Path), metavar="CONFIG.yaml")
@click.option("--no-run", is_flag=True, help="Do not start LiteLLM: look at the file alone.")
@click.option("--json", "as_json", is_flag=True, help="Write what was found as JSON.")
def doctor(config: Path, *, no_run: bool, as_json: bool) -> None:
    """Say where LiteLLM's configuration CONFIG.yaml says one thing and the proxy does another.

    The file is read with all that it includes; then its models are run in real LiteLLM before a
    mock on this machine, with a small request for each. No key leaves your environment: the run has
    stand-ins for keys and addresses, and reaches no other machine.
    """
    from conformance.doctor.config_file import ConfigReadError, read_config
    from conformance.doctor.subject import Subject
    from conformance.doctor.surroundings import Surroundings

    try:
        read = read_config(config)
    except ConfigReadError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(CANNOT_READ)
    subject = Subject(read, Surroundings.here().configured_by(read))
    try:
        report = _examined(subject, no_run=no_run)
    except KeyboardInterrupt:
        click.echo("broken off", err=True)
        sys.exit(BROKEN_OFF)
    _show(report, as_json=as_json)
    if report.failed:
        sys.exit(CANNOT_RUN)
    sys.exit(0 if report.is_healthy else FAULTS)


def _examined(subject: Subject, *, no_run: bool) -> Report:
    from dataclasses import replace

    from conformance.doctor.checks import findings
    from conformance.doctor.report import Report
    from conformance.doctor.trial import TrialError, hold_trial

    if no_run or not subject.custom:
        why = "--no-run was given" if no_run else "no model goes through a custom handler"
        return Report(subject, findings(subject), why)
    try:
        trial = hold_trial(subject, lambda step: click.echo(step, err=True))
    except TrialError as error:
        return Report(subject, findings(subject), str(error), failed=True)
    tried = replace(subject, trial=trial)
    return Report(tried, findings(tried))


def _show(report: Report, *, as_json: bool) -> None:
    from conformance.doctor.secrets import Secrets

    secrets = Secrets.of(report.subject)
    if as_json:
        text = orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2).decode()
        click.echo(secrets.masked(text))
        return
    for line in report.lines():
        click.echo(secrets.masked(line))
