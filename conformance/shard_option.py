"""The option ``--shard i/n``, of each command that a pipeline shares out among machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from conformance.shards import Shard, ShardError, parse_part, shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.products import Tier
    from conformance.scenarios import Scenario

_HINT: Final = "--shard"


def _part(_: click.Context, __: click.Parameter, text: str | None) -> tuple[int, int] | None:
    try:
        return None if text is None else parse_part(text)
    except ShardError as error:
        raise click.BadParameter(str(error)) from None


shard_option = click.option(
    "--shard",
    "part",
    callback=_part,
    metavar="I/N",
    help="Run only the I-th of N parts, which take about as long and are the whole together.",
)


def shard_of(
    part: tuple[int, int] | None, scenarios: Sequence[Scenario], tier: Tier
) -> Shard | None:
    """Return shard ``part`` of a run of ``scenarios`` in ``tier``, and say so; None for no part."""
    if part is None:
        return None
    from conformance.durations import DurationsError, read_durations
    from conformance.products import cases

    names = [scenario.name for scenario in scenarios]
    try:
        found = shard(part, read_durations().of(cases(names, tier)))
    except (ShardError, DurationsError) as error:
        raise click.BadParameter(str(error), param_hint=_HINT) from None
    click.echo(f"shard {found}: {', '.join(found.scenarios)}", err=True)
    return found
