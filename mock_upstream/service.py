"""What the commands that serve have in common: their options, what they say, how they end."""

import logging
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NoReturn, Self, TypedDict, TypeVar

import click

from mock_upstream.byte_size import byte_size
from mock_upstream.control.access import ControlAccess
from mock_upstream.control.control_options import control_access, control_options, exposure
from mock_upstream.journal.journal import JOURNAL_BYTES
from mock_upstream.listener import ServerStartError, is_loopback, listen, url_of
from mock_upstream.request_body import BODY_LIMIT
from mock_upstream.server import App, UpstreamServer

_SERVER: Final = logging.getLogger("uvicorn.error")
"""Where uvicorn warns of what is no HTTP."""

Command = TypeVar("Command", bound=Callable[..., Any])

EXIT_USAGE: Final = 2
EXIT_CANNOT_LISTEN: Final = 3

GRACE: Final = 3.0
"""Seconds that running replies get to finish after SIGTERM, by default."""


class ServiceOptions(TypedDict):
    """The options of `service_options` as click hands them over."""

    host: str
    port: int
    journal_bytes: int
    control: str
    control_token_env: str | None
    body_limit: int
    grace: float
    quiet: bool


def service_options(command: Command) -> Command:
    """Give a command the options that a `Service` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Service:
    """A command that listens, and who may drive what it serves."""

    options: ServiceOptions
    listener: socket.socket
    access: ControlAccess

    @classmethod
    def opened(cls, options: ServiceOptions) -> Self:
        """Listen; ends the process where that cannot be. Raises `click.UsageError`."""
        try:
            listener = listen(options["host"], options["port"])
        except ServerStartError as error:
            fail(str(error), EXIT_CANNOT_LISTEN)
        named = options["control"], options["control_token_env"]
        return cls(options, listener, control_access(*named, loopback=is_loopback(listener)))

    @property
    def url(self) -> str:
        """The base URL, without `/v1`."""
        return url_of(self.listener)

    def log(self, first: str, *loggers: logging.Logger) -> None:
        """Let loggers speak on stderr, a line each: `first`, and what others can reach."""
        logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING)
        for logger in loggers:
            logger.setLevel(logging.WARNING if self.options["quiet"] else logging.INFO)
        if self.options["quiet"]:
            _SERVER.setLevel(logging.ERROR)
        loggers[0].info("%s", first)
        for line in exposure(self.access, loopback=is_loopback(self.listener)):
            loggers[0].warning(line)

    def run(self, app: App) -> None:
        """Serve until SIGTERM or SIGINT; print the URL when connections are accepted."""
        ready = partial(click.echo, self.url)
        UpstreamServer(app, self.options["grace"], ready).run(sockets=[self.listener])


def fail(message: str, code: int) -> NoReturn:
    """End the process with an error."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)


_OPTIONS: Final = (
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=0,
        show_default=True,
        help="Port to listen on; 0 takes a free one.",
    ),
    click.option(
        "--journal-bytes",
        type=byte_size,
        default=JOURNAL_BYTES,
        metavar="SIZE",
        show_default="64MiB",
        help="What the journal keeps at most; older entries go, and are counted.",
    ),
    control_options,
    click.option(
        "--body-limit",
        type=byte_size,
        default=BODY_LIMIT,
        metavar="SIZE",
        show_default="32MiB",
        help="Largest request body; a longer one is answered 413.",
    ),
    click.option(
        "--grace",
        type=click.FloatRange(0, 3600),
        default=GRACE,
        metavar="SECONDS",
        show_default="3",
        help="How long running replies may take to finish after SIGTERM; a second one cuts them.",
    ),
    click.option("--quiet", is_flag=True, help="Print the URL and errors only."),
)
