"""The command `mock-upstream record`: its options, what it says, and how it ends."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

import click

from mock_upstream.recording.address import Address, AddressError
from mock_upstream.request_body import BODY_PATIENCE, BodyLimits
from mock_upstream.service import EXIT_USAGE, Service, ServiceOptions, fail, service_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_upstream.recording.recording import Recording
    from mock_upstream.recording.upstream import Upstream

EXIT_NOT_WRITTEN: Final = 4

_EPILOG: Final = """
\b
Examples:
  mock-upstream record --upstream https://api.openai.com --port 8080
  mock-upstream record --upstream https://host/openai/v1 --write-script replay.yaml
  mock-upstream record --upstream http://127.0.0.1:4000 --write-profile draft.yaml

\b
Point the client at the printed URL followed by /v1, and give it the upstream's
key: it is passed through, never shown and never written.

\b
Exit codes: 0 stopped by SIGTERM or SIGINT, 2 unusable option or library missing,
3 cannot listen on that host and port, 4 a script or profile was not written.
"""


class RecordOptions(ServiceOptions):
    """The options of `record` as click hands them over."""

    upstream: str
    write_script: Path | None
    write_profile: Path | None
    connect_timeout: float
    read_timeout: float
    ca: str | None
    proxy: str | None
    env_proxy: bool


_SECONDS: Final = click.FloatRange(0, 86400, min_open=True)


@click.command(epilog=_EPILOG)
@click.option(
    "--upstream",
    required=True,
    metavar="URL",
    help="The real upstream's base URL, with a path or without.",
)
@click.option(
    "--write-script",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="In the end, write a script that replays the exchange.",
)
@click.option(
    "--write-profile",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="In the end, write a draft profile of the refusals seen.",
)
@click.option(
    "--connect-timeout",
    type=_SECONDS,
    default=10.0,
    metavar="SECONDS",
    show_default="10",
    help="How long the upstream may take to be connected to.",
)
@click.option(
    "--read-timeout",
    type=_SECONDS,
    default=600.0,
    metavar="SECONDS",
    show_default="600",
    help="How long the upstream may be silent.",
)
@click.option("--ca", metavar="FILE", help="Certificates of an authority of your own, as PEM.")
@click.option("--proxy", metavar="URL", help="Ask the upstream through this HTTP proxy.")
@click.option(
    "--env-proxy", is_flag=True, help="Ask through the proxy that the environment names, if any."
)
@service_options
def record(**options: Unpack[RecordOptions]) -> None:
    """Stand between clients and a real upstream; pass everything on, and keep it.

    Prints one line on stdout when it accepts connections: the base URL, without /v1. What else it
    has to say, one line a request among it, goes to stderr; keys are never shown.
    """
    from mock_upstream.recording.upstream import MissingLibraryError

    _check(options)
    try:
        address = Address.parse(options["upstream"])
        upstream = _upstream(options, address)
    except AddressError as error:
        fail(f"--upstream: {error}", EXIT_USAGE)
    except MissingLibraryError as error:
        fail(str(error), EXIT_USAGE)
    recording = _serve(options, upstream, Service.opened(options))
    wrote = [
        _write("script", options["write_script"], recording.script),
        _write("profile", options["write_profile"], recording.profile),
    ]
    if not all(wrote):
        sys.exit(EXIT_NOT_WRITTEN)


def _serve(options: RecordOptions, upstream: "Upstream", service: Service) -> "Recording":
    """Record until told to stop."""
    from mock_upstream.control.app import Control
    from mock_upstream.control.context import Context
    from mock_upstream.journal import Journal
    from mock_upstream.profile_format.profile import load_profile
    from mock_upstream.recording.app import RecordingApp
    from mock_upstream.recording.recording import LOGGER, Recording
    from mock_upstream.session import Session
    from mock_upstream.sessions import Sessions

    session = Session(load_profile("permissive"), journal=Journal(options["journal_bytes"]))
    recording = Recording(upstream.address, session.journal)
    control = Control(Context(Sessions(session), drafts=recording), service.access)
    service.log(f"Recording {upstream.address} at {service.url}", LOGGER)
    limits = BodyLimits(options["body_limit"], BODY_PATIENCE)
    service.run(RecordingApp(upstream, recording, limits, control))
    recording.close()
    return recording


def _check(options: RecordOptions) -> None:
    """Refuse at the start what would fail in the end. Raises `click.UsageError`."""
    files = {"--write-script": options["write_script"], "--write-profile": options["write_profile"]}
    for option, path in files.items():
        if path is not None and not path.resolve().parent.is_dir():
            raise click.UsageError(f"{option}: there is no directory {str(path.parent)!r}.")
        if path is not None and not os.access(
            path if path.exists() else path.resolve().parent, os.W_OK
        ):
            raise click.UsageError(f"{option}: {str(path)!r} may not be written.")
    if options["proxy"] is not None and options["env_proxy"]:
        raise click.UsageError("--proxy and --env-proxy are two proxies; choose one.")


def _upstream(options: RecordOptions, address: Address) -> "Upstream":
    """Make what asks the upstream. Raises `click.UsageError` and `MissingLibraryError`."""
    from mock_upstream.recording.upstream import Upstream, Waiting

    waiting = Waiting(options["connect_timeout"], options["read_timeout"])
    proxy = _environment_proxy(address) if options["env_proxy"] else options["proxy"]
    try:
        return Upstream(address, waiting, options["ca"], proxy)
    except OSError as error:
        raise click.UsageError(
            f"--ca: {options['ca']!r} cannot be used ({error.strerror or error}); "
            "give a PEM file of certificates."
        ) from None
    except ValueError:  # what was given may hold a password
        raise click.UsageError(
            "the proxy is none that can be used; give one such as http://127.0.0.1:3128."
        ) from None


def _environment_proxy(address: Address) -> str | None:
    from urllib.request import getproxies, proxy_bypass

    if proxy_bypass(address.host):
        return None
    proxies = getproxies()
    return proxies.get(address.scheme, proxies.get("all"))


def _write(what: str, path: Path | None, draft: "Callable[[], str]") -> bool:
    """Write a file whole or not at all; say so."""
    if path is None:
        return True
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(draft(), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        click.echo(f"Error: the {what} was not written to {path} ({error.strerror}).", err=True)
        return False
    click.echo(f"Wrote the {what} to {path}.", err=True)
    return True
