"""The commands on profiles: list them, check one, print the JSON Schema for editors."""

import sys
from pathlib import Path

import click
import orjson

from mock_upstream.profile_format.profile import Profile, ProfileError, load_profile, profile_names
from mock_upstream.verdict import APIS

EXIT_BAD_PROFILE = 1


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, an object a profile.")
def profiles(*, as_json: bool) -> None:
    """List the shipped profiles."""
    shipped = [load_profile(name) for name in profile_names()]
    if as_json:
        click.echo(orjson.dumps(list(map(_summary, shipped)), option=orjson.OPT_INDENT_2))
        return
    width = max(len(profile.name) for profile in shipped)
    for profile in shipped:
        click.echo(f"{profile.name:{width}}  {' '.join(profile.about.split())}")


@click.group()
def profile() -> None:
    """Check a profile of your own, or print the format's JSON Schema."""


@profile.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def check(files: tuple[str, ...]) -> None:
    """Say what is wrong with profile files, each fault with file and line.

    Exit codes: 0 all are good, 1 one is not, 2 an unusable command line.
    """
    failed = False
    for file in files:
        try:
            good = load_profile(Path(file))
        except ProfileError as error:
            failed = True
            click.echo(str(error), err=True)
        else:
            click.echo(f"{file}: good: {_counted(good)}")
    sys.exit(EXIT_BAD_PROFILE if failed else 0)


@profile.command()
def schema() -> None:
    """Print the JSON Schema of the format, for editors."""
    from mock_upstream.profile_format.profile_schema import profile_schema

    click.echo(profile_schema(), nl=False)


def _counted(profile: Profile) -> str:
    own = ", ".join(f"{len(list(profile.rules_for(api)))} on {api}" for api in APIS)
    return f"profile {profile.name!r}, {len(profile.rules)} rules ({own})"


def _summary(profile: Profile) -> dict[str, object]:
    return {
        "name": profile.name,
        "about": " ".join(profile.about.split()),
        "extends": profile.extends,
        "rules": {api: len(list(profile.rules_for(api))) for api in APIS},
        "states": profile.states(),
        "variants": [
            {"name": one.name, "since": one.since, "until": one.until} for one in profile.variants
        ],
        "settings": {api: getattr(profile.settings, api) for api in APIS},
    }
