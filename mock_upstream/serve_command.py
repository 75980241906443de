"""The command `mock-upstream serve`: its options, what it says, and how it ends."""

import gc
import logging
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import NoReturn, TypedDict, Unpack

import click

from mock_upstream.access.auth import AuthOverride
from mock_upstream.access.auth_policy import KeyState
from mock_upstream.access.key_options import key_options, named_keys
from mock_upstream.app import BODY_LIMIT, create_app
from mock_upstream.byte_size import byte_size
from mock_upstream.control.app import Control
from mock_upstream.control.context import Context
from mock_upstream.control.control_options import control_access, control_options, exposure
from mock_upstream.journal import JOURNAL_BYTES, Journal
from mock_upstream.listener import ServerStartError, is_loopback, listen, url_of
from mock_upstream.profile_format.profile import (
    UNKNOWN_POLICIES,
    UnknownPolicy,
    load_profile,
)
from mock_upstream.replies.reply_options import reply_options
from mock_upstream.replies.reply_quirks import Dialect
from mock_upstream.request_log import LOGGER
from mock_upstream.served_files import ServedFiles, served_files
from mock_upstream.server import UpstreamServer
from mock_upstream.session import Session
from mock_upstream.sessions import Sessions
from mock_upstream.watch import LOGGER as WATCH_LOGGER
from mock_upstream.watch import Watch

EXIT_USAGE = 2
EXIT_CANNOT_LISTEN = 3

_COLLECTED_AFTER = 10_000
"""Objects that are made before the garbage collector looks for rings among them."""

GRACE = 3.0
"""Seconds that running replies get to finish after SIGTERM, by default."""

_SERVE_EPILOG = """
\b
Examples:
  mock-upstream serve --port 8080
  mock-upstream serve --profile gateway --api-key-env GATEWAY_KEY
  mock-upstream serve --key-state expired=old-key --key-state no-quota=poor-key
  mock-upstream serve --profile permissive --reject 'input[*].thinking_blocks'
  mock-upstream serve --profile openai --auth off --unknown ignore
  mock-upstream serve --dialect sparse --quirk no-usage --quirk no-done
  mock-upstream serve --profile ./mine.yaml --script ./script.yaml --watch
  mock-upstream serve --host 0.0.0.0 --control-token-env MOCK_TOKEN

\b
Exit codes: 0 stopped by SIGTERM or SIGINT, 2 unusable option, field path,
profile or script, 3 cannot listen on that host and port.
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
    script: str | None
    watch: bool
    journal_bytes: int
    control: str
    control_token_env: str | None
    body_limit: int
    grace: float
    quiet: bool


@click.command(epilog=_SERVE_EPILOG)
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
    "--script",
    metavar="FILE",
    help="A YAML file that says what is answered to whom, see docs/scripts.md.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Load the files of profile and script again when they change; what cannot be used "
    "changes nothing.",
)
@click.option(
    "--journal-bytes",
    type=byte_size,
    default=JOURNAL_BYTES,
    metavar="SIZE",
    show_default="64MiB",
    help="What the journal keeps at most; older entries go, and are counted.",
)
@control_options
@click.option(
    "--body-limit",
    type=byte_size,
    default=BODY_LIMIT,
    metavar="SIZE",
    show_default="32MiB",
    help="Largest request body; a longer one is answered 413.",
)
@click.option(
    "--grace",
    type=click.FloatRange(0, 3600),
    default=GRACE,
    metavar="SECONDS",
    show_default="3",
    help="How long running replies may take to finish after SIGTERM; a second one cuts them.",
)
@click.option("--quiet", is_flag=True, help="Print the URL and errors only.")
def serve(**options: Unpack[ServeOptions]) -> None:
    """Serve a profile until SIGTERM or SIGINT.

    Prints one line on stdout when it accepts connections: the base URL, without /v1. What else it
    has to say, one line a request among it, goes to stderr; keys are never shown.
    """
    _on_signals(lambda *_: sys.exit(0))  # until the server takes them
    key_states = _key_states(options)
    try:
        files = _files(options)
        session = _session(options, key_states, files)
    except ValueError as error:  # a profile, script or option's value that cannot be used
        _fail(str(error), EXIT_USAGE)
    _log(quiet=options["quiet"])
    try:
        listener = listen(options["host"], options["port"])
    except ServerStartError as error:
        _fail(str(error), EXIT_CANNOT_LISTEN)
    loopback = is_loopback(listener)
    access = control_access(options["control"], options["control_token_env"], loopback=loopback)
    LOGGER.info("Serving profile %s at %s/v1", session.profile.name, url_of(listener))
    for line in exposure(access, loopback=loopback):
        LOGGER.warning(line)
    with Watch(files.followed(session) if options["watch"] else ()) as watch:
        sessions = Sessions(session)
        control = Control(Context(sessions, watch.state), access)
        app = create_app(sessions, options["body_limit"], control=control)
        ready = partial(click.echo, url_of(listener))
        _leave_alone_what_stays()
        UpstreamServer(app, options["grace"], ready).run(sockets=[listener])
    _on_signals(signal.SIG_IGN)  # the end is clean, and is under way


def _leave_alone_what_stays() -> None:
    """Spare the garbage collector what the process keeps: its modules now, the journal later."""
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER, 20, 100)


def _on_signals(handler: "Callable[..., object] | signal.Handlers") -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _files(options: ServeOptions) -> ServedFiles:
    files = served_files(options["profile"], options["script"])
    if options["watch"] and files == ServedFiles():
        raise click.UsageError(
            "--watch: there is no file to watch; give --script FILE or --profile FILE."
        )
    return files


def _session(
    options: ServeOptions, key_states: Mapping[str, KeyState], files: ServedFiles
) -> Session:
    """Make the session. Raises `ValueError`."""
    session = Session(
        load_profile(options["profile"]) if files.profile is None else files.profile.first(),
        key_states=key_states,
        auth=options["auth"],
        unknown=options["unknown"],
        reject=options["reject"],
        date=options["date"] and options["date"].date(),
        states=options["state"],
        dialect=options["dialect"],
        quirks=options["quirk"] or None,
        journal=Journal(max_bytes=options["journal_bytes"]),
    )
    if files.script is not None:
        session.use_script(files.script.first(), lasting=True)
    return session


def _log(*, quiet: bool) -> None:
    """Let what the mock logs go to stderr, a line each."""
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING)
    for logger in (LOGGER, WATCH_LOGGER):
        logger.setLevel(logging.WARNING if quiet else logging.INFO)


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


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)
