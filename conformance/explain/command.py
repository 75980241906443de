"""The command `conformance explain`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.explain.exits import MEANINGS, Exit
from conformance.loading import HandlerLoadError, load_handler, prefer_local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.explain.explanation import Explanation
    from conformance.explain.matching import Catalogue
    from conformance.explain.reading import Chosen

_CODES = "\n".join(f"  {code.value:<3}{meaning}" for code, meaning in MEANINGS)
_EPILOG = f"""\b
Examples:
  conformance explain error.txt
  pbpaste | conformance explain
  conformance explain litellm.log --error 2
  conformance explain error.txt --request captured.json
  conformance explain error.txt --write-profile upstream.yaml
  mock-upstream serve --from-error error.txt
\b
Exit codes:
{_CODES}
"""


@click.command(epilog=_EPILOG)
@click.argument("source", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option(
    "--error",
    "number",
    type=click.IntRange(1),
    metavar="N",
    help="Which error, if there are several.",
)
@click.option(
    "--request",
    "request_file",
    type=click.File("rb"),
    metavar="FILE",
    help="The captured request: it is driven, and shrunk to the smallest that is still refused.",
)
@click.option(
    "--write-profile",
    "profile_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep the reproduction, for mock-upstream serve --profile FILE.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a machine.")
def explain(
    source: Any,
    *,
    number: int | None,
    request_file: Any,
    profile_file: Path | None,
    as_json: bool,
) -> None:
    """Say what an upstream's error means, which setting cures it, and prove it.

    FILE, or standard input, holds an upstream's error body, LiteLLM's exception, a log of LiteLLM's
    or Claude Code's, or a curl command, in whatever wrapping. Nothing leaves this machine.
    """
    from conformance.explain.reading import UnexplainedError, choose
    from mock_upstream.from_error.source_text import LONGEST

    try:
        chosen = choose(source.read(LONGEST + 1), number)
        request = _request(request_file)
        explanation = _explained(chosen, request, profile_file)
    except UnexplainedError as error:
        _unexplained(error, as_json=as_json)
    _print(explanation, as_json=as_json)
    sys.exit(explanation.code)


def _request(file: Any) -> Mapping[str, Any] | None:
    if file is None:
        return None
    from conformance.explain.captured import NoRequestError, read_request

    try:
        return read_request(file.read())
    except NoRequestError as error:
        raise click.UsageError(str(error)) from None


def _explained(
    chosen: Chosen, request: Mapping[str, Any] | None, profile_file: Path | None
) -> Explanation:
    from conformance.explain.explain import describe
    from conformance.explain.matching import Catalogue

    catalogue = Catalogue()
    told = describe(chosen, catalogue)
    if profile_file is not None:
        _write(profile_file, told.profile)
    return _driven(chosen, catalogue, request, told)


def _driven(
    chosen: Chosen,
    catalogue: Catalogue,
    request: Mapping[str, Any] | None,
    told: Explanation,
) -> Explanation:
    """Run the proof; where nothing can be run, say why."""
    from dataclasses import replace

    from conformance.environment import prepare

    prepare()
    prefer_local(Path.cwd())
    _progress("importing LiteLLM and the handler")
    try:
        handler, _ = load_handler()
        from conformance.explain.explain import explain as explained
        from conformance.explain.explain import quiet
        from conformance.explain.handler_drive import HandlerDrive
    except (HandlerLoadError, ImportError) as error:
        return replace(told, unproved=str(error))
    with quiet(), HandlerDrive(handler) as drive:
        return explained(chosen, drive, catalogue, request, _progress)


def _write(path: Path, profile: str | None) -> None:
    if profile is None:
        raise click.UsageError(
            "--write-profile: no upstream refused anything, so there is no profile"
        )
    try:
        path.write_text(profile, "utf-8")
    except OSError as error:
        raise click.UsageError(f"--write-profile: {error}") from None


def _print(explanation: Explanation, *, as_json: bool) -> None:
    if as_json:
        from conformance.explain.explanation import as_data
        from conformance.reports.visible import without_keys

        click.echo(without_keys(json.dumps(as_data(explanation), ensure_ascii=True, indent=2)))
        return
    from conformance.explain.telling import lines

    for line in lines(explanation):
        click.echo(line)


def _unexplained(error: Any, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"exit": int(error.code), "unexplained": str(error)}))
    else:
        from conformance.reports.visible import visible

        click.echo(visible(f"Error: {error}", lines=True), err=True)
    sys.exit(Exit(error.code))


def _progress(what: str) -> None:
    click.echo(f"{what}…", err=True)
