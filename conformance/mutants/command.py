"""``conformance mutants``: the handlers that are wrong on purpose, listed or tried."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.mutants.mutant import Mutant
    from conformance.mutants.trial import Trial

ESCAPED: Final = 1

_EPILOG: Final = """\b
Examples:
  conformance mutants                    all of them, and who must catch each
  conformance mutants --run              try each in the fewest cases that show it
  conformance mutants --run always-drops retries
  conformance run --handler conformance.mutants:always_drops
\b
Exit codes:
  0  every mutant was caught by the claims named beside it, the real handler by none
  1  one escaped, or the real handler was caught
  2  the command line was wrong
"""


@click.command(epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--run", "tries", is_flag=True, help="Try each, and say what caught it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list, or the results.")
@click.option(
    "--proxy/--no-proxy",
    default=True,
    show_default=True,
    help="Try those, too, that only LiteLLM's proxy shows (half a minute more).",
)
@click.option("--write", is_flag=True, help="Write the score that reports show (all, with --run).")
def mutants(
    names: tuple[str, ...], *, tries: bool, as_json: bool, proxy: bool, write: bool
) -> None:
    """List the handlers that are wrong on purpose, with the claims that must catch them.

    Each also works as `--handler conformance.mutants:NAME`, with underscores for hyphens.
    """
    from conformance import environment
    from conformance.loading import prefer_local

    prefer_local(Path.cwd())  # before anything of the handler's is imported
    environment.prepare()
    chosen = _chosen(names)
    if write and (names or not tries or not proxy):
        raise click.UsageError("--write is of all mutants: give --run, and no name or --no-proxy")
    if not tries:
        _list(chosen, as_json=as_json)
        return
    trials = []
    for trial in _trials([one for one in chosen if proxy or not by_proxy(one)]):
        trials.append(trial)
        if not as_json:
            click.echo(_line(trial))
    if write:
        _write(trials)
    if as_json:
        click.echo(_json([_told(trial) for trial in trials]))
    else:
        good = sum(trial.good for trial in trials)
        click.echo(f"{good} of {len(trials)} mutants caught as they must be")
    sys.exit(0 if all(trial.good for trial in trials) else ESCAPED)


def by_proxy(mutant: Mutant) -> bool:
    """Whether only LiteLLM's proxy shows what ``mutant`` does wrong."""
    return any(entry.startswith("proxy") for entry in mutant.shown_by.entries or ())


def _chosen(names: Sequence[str]) -> Sequence[Mutant]:
    from conformance.mutants.catalogue import BY_NAME, MUTANTS

    wanted = [name.replace("_", "-") for name in names]
    unknown = next((name for name in wanted if name not in BY_NAME), None)
    if unknown is not None:
        raise click.BadParameter(
            f"no mutant {unknown!r}; `conformance mutants` lists them", param_hint="NAME"
        )
    return [BY_NAME[name] for name in wanted] or MUTANTS


def _list(chosen: Sequence[Mutant], *, as_json: bool) -> None:
    if as_json:
        told = [
            {"name": one.name, "sentence": one.sentence, "caught_by": one.caught_by}
            for one in chosen
        ]
        click.echo(_json(told))
        return
    for one in chosen:
        click.echo(f"{one.name}: {one.sentence}\n    caught by {', '.join(one.caught_by)}")


def _trials(chosen: Sequence[Mutant]) -> Iterator[Trial]:
    from conformance.mutants.trial import Court

    with Court() as court:
        for mutant in chosen:
            yield court.tried(mutant)


def _write(trials: Sequence[Trial]) -> None:
    from pathlib import Path

    from conformance.suite_score import MUTANTS

    good = sum(trial.good for trial in trials)
    score = _json({"mutants": len(trials), "mutants_caught": good})
    Path(str(MUTANTS)).write_text(f"{score}\n", "utf-8")


def _line(trial: Trial) -> str:
    told = f"{trial.name}: caught by {', '.join(trial.caught_by) or 'none'} in {trial.cases} cases"
    if trial.escaped:
        told += f"\n    ESCAPED {', '.join(trial.escaped)}"
    if trial.accused:
        told += f"\n    THE REAL HANDLER was caught by {', '.join(trial.accused)}"
    return told + (f"\n    ERROR {trial.trouble}" if trial.trouble else "")


def _told(trial: Trial) -> dict[str, Any]:
    return {
        "name": trial.name,
        "sentence": trial.sentence,
        "expected": trial.expected,
        "caught_by": trial.caught_by,
        "escaped": trial.escaped,
        "accused": trial.accused,
        "cases": trial.cases,
        "trouble": trial.trouble,
        "good": trial.good,
    }


def _json(told: Any) -> str:
    import orjson

    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
