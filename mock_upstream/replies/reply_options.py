"""The options of the command that say how replies are written, and the list of quirks."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mock_upstream.replies.reply_quirks import DIALECTS, QUIRKS

Command = TypeVar("Command", bound=Callable[..., Any])


def reply_options(command: Command) -> Command:
    """Give a command `--dialect` and `--quirk`."""
    return _DIALECT(_QUIRK(command))


@click.command()
def quirks() -> None:
    """List what `serve --quirk` knows, a sentence each."""
    width = max(map(len, QUIRKS))
    for name, sentence in QUIRKS.items():
        click.echo(f"{name:{width}}  {sentence}")


_DIALECT = click.option(
    "--dialect",
    type=click.Choice(DIALECTS),
    help="How much replies say, whatever the profile says: all that OpenAI sends, or only what "
    "the types require.",
)
_QUIRK = click.option(
    "--quirk",
    multiple=True,
    metavar="NAME",
    help="An oddity of replies, see `mock-upstream quirks`; these instead of the profile's. "
    "Repeatable.",
)
