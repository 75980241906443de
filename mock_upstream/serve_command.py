"""The command `mock-upstream serve`: its options, what it says, and how it ends."""

import gc
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import BinaryIO, Unpack

import click
from click.core import ParameterSource

from mock_upstream.access.auth import AuthOverride
from mock_upstream.access.auth_policy import KeyState
from mock_upstream.access.key_options import key_options, named_keys
from mock_upstream.app import create_app
from mock_upstream.control.app import Control
from mock_upstream.control.context import Context
from mock_upstream.journal import Journal
from mock_upstream.profile_format.profile import (
    UNKNOWN_POLICIES,
    Profile,
    UnknownPolicy,
    load_profile,
)
from mock_upstream.replies.reply_options import reply_options
from mock_upstream.replies.reply_quirks import Dialect
from mock_upstream.request_log import LOGGER
from mock_upstream.served_files import ServedFiles, served_files
from mock_upstream.service import (
    EXIT_USAGE,
    Service,
    ServiceOptions,
    fail,
    service_options,
)
from mock_upstream.session import Session
from mock_upstream.sessions import Sessions
from mock_upstream.watch import LOGGER as WATCH_LOGGER
from mock_upstream.watch import Watch

_COLLECTED_AFTER = 10_000
"""Objects that are made before the garbage collector looks for rings among them."""

_SERVE_EPILOG = """
\b
Examples:
  mock-upstream serve --port 8080
  mock-upstream serve --profile gateway --api-key-env GATEWAY_KEY
  mock-upstream serve --key-state expired=old-key --key-state no-quota=poor-key
  mock-upstream serve --profile permissive --reject 'input[*].thinking_blocks'
  mock-upstream serve --profile openai --auth off --unknown ignore
  mock-upstream serve --from-error error.txt
  mock-upstream serve --dialect sparse --quirk no-usage --quirk no-done
  mock-upstream serve --profile ./mine.yaml --script ./script.yaml --watch
  mock-upstream serve --host 0.0.0.0 --control-token-env MOCK_TOKEN

\b
Exit codes: 0 stopped by SIGTERM or SIGINT, 2 unusable option, field path,
profile or script, 3 cannot listen on that host and port.
"""


class ServeOptions(ServiceOptions):
    """The options of `serve` as click hands them over."""

    profile: str
    from_error: BinaryIO | None
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


@click.command(epilog=_SERVE_EPILOG)
@click.option(
    "--profile",
    default="openai",
    show_default=True,
    metavar="NAME|FILE",
    help="A shipped profile (see `mock-upstream profiles`) or a YAML file.",
)
@click.option(
    "--from-error",
    type=click.File("rb"),
    metavar="FILE",
    help="Serve what refuses as an error says: its body, an exception's text, a log; `-` is stdin.",
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
@service_options
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
        fail(str(error), EXIT_USAGE)
    service = Service.opened(options)
    first = f"Serving profile {session.profile.name} at {service.url}/v1"
    service.log(first, LOGGER, WATCH_LOGGER)
    with Watch(files.followed(session) if options["watch"] else ()) as watch:
        sessions = Sessions(session)
        control = Control(Context(sessions, watch.state), service.access)
        app = create_app(sessions, options["body_limit"], control=control)
        _leave_alone_what_stays()
        service.run(app)
    _on_signals(signal.SIG_IGN)  # the end is clean, and is under way


def _leave_alone_what_stays() -> None:
    """Spare the garbage collector what the process keeps: its modules now, the journal later."""
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER, 20, 100)


def _on_signals(handler: "Callable[..., object] | signal.Handlers") -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _files(options: ServeOptions) -> ServedFiles:
    _refuse_two_profiles(options)
    files = served_files(options["profile"], options["script"])
    if options["watch"] and files == ServedFiles():
        raise click.UsageError(
            "--watch: there is no file to watch; give --script FILE or --profile FILE."
        )
    return files


def _refuse_two_profiles(options: ServeOptions) -> None:
    source = click.get_current_context().get_parameter_source("profile")
    if options["from_error"] is not None and source is not ParameterSource.DEFAULT:
        raise click.UsageError("--from-error makes a profile of its own; leave out --profile.")


def _session(
    options: ServeOptions, key_states: Mapping[str, KeyState], files: ServedFiles
) -> Session:
    """Make the session. Raises `ValueError`."""
    session = Session(
        _profile(options, files),
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


def _profile(options: ServeOptions, files: ServedFiles) -> Profile:
    """Load the profile, or make one of an error. Raises `ValueError`."""
    file = options["from_error"]
    if file is not None:
        from mock_upstream.from_error.profile import LONGEST, profile_from_error

        return profile_from_error(file.read(LONGEST + 1))
    return load_profile(options["profile"]) if files.profile is None else files.profile.first()


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
