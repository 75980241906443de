"""The command `mock-upstream`: serve a profile; list, check and describe profiles; list quirks.

Exit codes: 0 after a clean end, 2 for an option, field path or profile that cannot be used, 3 when
the mock cannot listen where it was told to.
"""

import logging
import socket
import sys
from datetime import datetime
from typing import NoReturn, TypedDict, Unpack

import click

from mock_upstream.access.auth import AuthOverride
from mock_upstream.access.auth_policy import KeyState
from mock_upstream.access.key_options import key_options, named_keys
from mock_upstream.app import BODY_LIMIT, create_app
from mock_upstream.byte_size import byte_size
from mock_upstream.journal import JOURNAL_BYTES, Journal
from mock_upstream.listener import ServerStartError, is_loopback, listen, url_of
from mock_upstream.profile_format.profile import UNKNOWN_POLICIES, UnknownPolicy, load_profile
from mock_upstream.profile_format.profile_commands import profile, profiles
from mock_upstream.replies.reply_options import quirks, reply_options
from mock_upstream.replies.reply_quirks import Dialect
from mock_upstream.request_log import LOGGER
from mock_upstream.server import UpstreamServer
from mock_upstream.session import Session

EXIT_USAGE = 2
EXIT_CANNOT_LISTEN = 3

GRACE = 3.0
"""Seconds that running replies get to finish after SIGTERM."""

_SERVE_EPILOG = """
\b
Examples:
  mock-upstream serve --port 8080
  mock-upstream serve --profile gateway --api-key-env GATEWAY_KEY
  mock-upstream serve --key-state expired=old-key --key-state no-quota=poor-key
  mock-upstream serve --profile permissive --reject 'input[*].thinking_blocks'
  mock-upstream serve --profile openai --auth off --unknown ignore
  mock-upstream serve --dialect sparse --quirk no-usage --quirk no-done

\b
Exit codes: 0 stopped by SIGTERM or SIGINT, 2 unusable option, field path or
profile, 3 cannot listen on that host and port.
"""


class ServeOptions(TypedDict):
    """The options of `serve` as click hands them over."""

    host: str
    port: int
    profile: str
    auth: AuthOverride | None
    unknown: UnknownPolicy | None
    reject: tuple[str, ...]
    date: datetime | None
    state: tuple[str, ...]
    api_key: tuple[str, ...]
    api_key_env: tuple[str, ...]
    key_state: tuple[str, ...]
    key_state_env: tuple[str, ...]
    dialect: Dialect | None
    quirk: tuple[str, ...]
    body_limit: int
    quiet: bool


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mock-upstream")
def main() -> None:
    """Mock an OpenAI-compatible upstream, as strict as the real one."""


@main.command(epilog=_SERVE_EPILOG)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--profile",
    default="openai",
    show_default=True,
    metavar="NAME|FILE",
    help="A shipped profile (see `mock-upstream profiles`) or a YAML file.",
)
@click.option(
    "--auth",
    type=click.Choice(["required", "off"]),
    help="Whether a key is asked for, whatever the profile says.",
)
@click.option(
    "--unknown",
    type=click.Choice(UNKNOWN_POLICIES),
    help="What becomes of unknown parameters, whatever the profile says.",
)
@click.option(
    "--reject",
    multiple=True,
    metavar="PATH",
    help="Refuse this field path too, such as 'metadata' or 'input[*].id'. Repeatable.",
)
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Serve the upstream as it was on that day; without it, its newest state.",
)
@click.option(
    "--state",
    multiple=True,
    metavar="NAME",
    help="A state of server or account that the profile knows, see `profiles --json`. Repeatable.",
)
@key_options
@reply_options
@click.option(
    "--body-limit",
    type=byte_size,
    default=BODY_LIMIT,
    metavar="SIZE",
    show_default="32MiB",
    help="Largest request body; a longer one is answered 413.",
)
@click.option("--quiet", is_flag=True, help="Print the URL and errors only.")
def serve(**options: Unpack[ServeOptions]) -> None:
    """Serve a profile until SIGTERM or SIGINT.

    Prints one line on stdout when it accepts connections: the base URL, without /v1. What else it
    has to say, one line a request among it, goes to stderr; keys are never shown.
    """
    session = _session(options)
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING)
    LOGGER.setLevel(logging.WARNING if options["quiet"] else logging.INFO)
    try:
        listener = listen(options["host"], options["port"])
    except ServerStartError as error:
        _fail(str(error), EXIT_CANNOT_LISTEN)
    _announce(session, listener)
    app = create_app(session, options["body_limit"])
    UpstreamServer(app, GRACE, lambda: click.echo(url_of(listener))).run(sockets=[listener])


main.add_command(profiles)
main.add_command(profile)
main.add_command(quirks)


def _session(options: ServeOptions) -> Session:
    try:
        return Session(
            load_profile(options["profile"]),
            key_states=_key_states(options),
            auth=options["auth"],
            unknown=options["unknown"],
            reject=options["reject"],
            date=options["date"] and options["date"].date(),
            states=options["state"],
            dialect=options["dialect"],
            quirks=options["quirk"] or None,
            journal=Journal(max_bytes=JOURNAL_BYTES),
        )
    except ValueError as error:  # a ProfileError, or an option's value that is not known
        _fail(str(error), EXIT_USAGE)


def _key_states(options: ServeOptions) -> dict[str, KeyState]:
    states = named_keys(
        options["api_key"],
        options["api_key_env"],
        options["key_state"],
        options["key_state_env"],
    )
    if states and options["auth"] == "off":
        raise click.UsageError("--auth off asks for no key; leave out --api-key and its like.")
    return states


def _announce(session: Session, listener: socket.socket) -> None:
    LOGGER.info("Serving profile %s at %s/v1", session.profile.name, url_of(listener))
    if not is_loopback(listener):
        LOGGER.warning("Other machines can reach this mock: it does not listen on loopback only.")


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)
