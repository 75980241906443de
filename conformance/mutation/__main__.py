"""``python -m conformance.mutation``: how many small changes to the handler a run notices."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import orjson

from conformance import environment
from conformance.mutation.laboratory import Laboratory
from conformance.mutation.modules import mutated_modules
from conformance.mutation.mutations import mutations
from conformance.mutation.score import Score, forgotten, read_reasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.mutation.finding import Finding
    from conformance.mutation.mutations import Mutation

TOO_LOW: Final = 1
LEDGER: Final = "tests/conformance/ledger"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--sample", type=click.IntRange(1), default=40, show_default=True, metavar="N")
@click.option("--all", "whole", is_flag=True, help="Try every mutation; it takes hours.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="S")
@click.option("--module", "names", multiple=True, metavar="NAME", help="Mutate only this one.")
@click.option("--claims", is_flag=True, help="Run all cases, and judge the claims by themselves.")
@click.option(
    "--least",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    help="The share that must be noticed.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(1),
    default=3600.0,
    show_default=True,
    help="Begin no mutation after this time; the score says how many were tried.",
)
@click.option("--list", "lists", is_flag=True, help="Print the sample and try nothing.")
@click.option("--write-page", "writes", is_flag=True, help="Write docs/mutation.md alone.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the score as JSON.",
)
def main(  # noqa: PLR0913 -- a command has its options
    *,
    sample: int,
    whole: bool,
    seed: int,
    names: tuple[str, ...],
    claims: bool,
    least: float,
    seconds: float,
    lists: bool,
    writes: bool,
    save: Path | None,
) -> None:
    """Mutate the handler's modules and count what a short run of cases notices.

    The same seed and source give the same sample. Exit code 1: a survivor without a reason in
    survivors.toml, or fewer noticed than must be.
    """
    if writes:
        _write_page()
        return
    modules = _modules(names)
    every = [mutation for module in modules for mutation in mutations(module)]
    chosen = _sample(every, None if whole else sample, seed)
    if lists:
        for mutation in chosen:
            click.echo(str(mutation))
        return
    findings, laboratory = _tried(chosen, seconds, claims=claims)
    score = Score(
        findings=tuple(findings),
        population=len(every),
        modules=len(modules),
        cases=laboratory.size,
        seed=seed,
        reasons=read_reasons(),
        unledgered=_unledgered(laboratory.payloads),
    )
    _tell(score, every if not names else (), claims=claims)
    if save is not None:
        told = score.as_json(claims=claims)
        save.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    good = score.share >= least and all(reason for _, reason in score.survivors)
    sys.exit(0 if good else TOO_LOW)


def _modules(names: Sequence[str]) -> Sequence[str]:
    every = mutated_modules()
    unknown = [name for name in names if name not in every]
    if unknown:
        raise click.BadParameter(
            f"{unknown[0]!r} is not mutated; expected one of {', '.join(every)}",
            param_hint="--module",
        )
    return names or every


def _sample(every: Sequence[Mutation], size: int | None, seed: int) -> list[Mutation]:
    if size is None or size >= len(every):
        return list(every)
    return random.Random(seed).sample(list(every), size)  # noqa: S311 -- repeatable, not secret


def _tried(
    chosen: Sequence[Mutation], seconds: float, *, claims: bool
) -> tuple[list[tuple[Mutation, Finding]], Laboratory]:
    """Try ``chosen`` in their order until the time is over."""
    end = time.monotonic() + seconds
    findings = []
    with Laboratory(claims) as laboratory:
        for mutation in chosen:
            if time.monotonic() > end:
                break
            finding = laboratory.find(mutation)
            findings.append((mutation, finding))
            click.echo(_line(mutation, finding, claims=claims), err=True)
    return findings, laboratory


def _line(mutation: Mutation, finding: Finding, *, claims: bool) -> str:
    if not finding.seen:
        return f"SURVIVED: {mutation}"
    by = f" by {', '.join(finding.claims) or 'the ledger alone'}" if claims else ""
    return f"caught at case {finding.case}{by}: {mutation}"


def _write_page() -> None:
    environment.prepare()
    from conformance.mutation.page import PAGE, page

    PAGE.write_text(page(), "utf-8")


def _unledgered(payloads: dict[str, set[str]]) -> int:
    """Return how many of the real handler's payloads the committed ledger does not hold."""
    missing = 0
    for scenario, sums in payloads.items():
        file = Path(LEDGER, scenario, "sha256.txt")
        lines = file.read_text("utf-8").splitlines() if file.is_file() else []
        missing += len(sums - {line.split()[0] for line in lines if line.strip()})
    return missing


def _tell(score: Score, every: Sequence[Mutation], *, claims: bool) -> None:
    click.echo(
        f"{score.caught} of {len(score.findings)} mutations noticed ({score.share:.1%}), a sample "
        f"of {score.population} in {score.modules} modules, by {score.cases} cases"
        + (f"; {score.by_claims} by claims alone" if claims else "")
    )
    if score.unledgered:
        click.echo(f"{score.unledgered} payloads of these cases are not in {LEDGER}")
    for mutation, reason in score.survivors:
        click.echo(f"survived: {mutation}\n    {reason or 'NO REASON in survivors.toml'}")
    for key in forgotten(score.reasons, every) if every else ():
        click.echo(f"no such mutation any more, delete it in survivors.toml: {key}")


if __name__ == "__main__":
    main(prog_name="python -m conformance.mutation")
