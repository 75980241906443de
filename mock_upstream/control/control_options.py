"""The options of `serve` that say who may drive the mock, and what it says of that aloud."""

import os
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import click

from mock_upstream.control.access import TOKEN_HEADER, ControlAccess

Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST_NAME: Final = 40
"""Characters of a variable's name that an error repeats; a token is mostly longer."""


def control_options(command: Command) -> Command:
    """Give a command the options that `control_access` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def control_access(control: str, token_env: str | None, *, loopback: bool) -> ControlAccess:
    """Read the options. On another address than loopback there is no control without a token.

    Raises `click.UsageError`.
    """
    if control == "off":
        if token_env is not None:
            raise click.UsageError("--control off needs no token; leave out --control-token-env.")
        return ControlAccess(off=True)
    token = None if token_env is None else _token(token_env)
    return ControlAccess(token, off=token is None and not loopback)


def exposure(access: ControlAccess, *, loopback: bool) -> Iterator[str]:
    """Say what others can reach; nothing where nobody else can."""
    if loopback:
        return
    yield "Other machines can reach this mock: it does not listen on loopback only."
    if access.token is not None:
        yield (
            f"With the token in the header {TOKEN_HEADER} they can drive it under /_mock: change "
            "profile, script and faults, and read the journal, texts of requests included "
            "(credentials are masked)."
        )
    else:
        yield (
            "The control API is off here but for /_mock/health; --control-token-env NAME turns it "
            "on."
        )


def _token(name: str) -> str:
    value = os.environ.get(name)
    shown = f"variable {name!r}" if _is_a_name(name) else "variable of that name"
    if value is None or not value.strip():
        state = "not set" if value is None else "empty"
        raise click.UsageError(
            f"--control-token-env: the environment {shown} is {state}; "
            "give the name of a variable that holds the token."
        )
    try:
        return ControlAccess(value.strip()).token or ""
    except ValueError as error:
        raise click.UsageError(f"--control-token-env: {error}.") from None


def _is_a_name(text: str) -> bool:
    return text.isidentifier() and len(text) <= _LONGEST_NAME


_OPTIONS: Final = (
    click.option(
        "--control",
        type=click.Choice(["on", "off"]),
        default="on",
        show_default=True,
        help="The control API under /_mock. It answers on loopback only, or with a token.",
    ),
    click.option(
        "--control-token-env",
        metavar="NAME",
        help="An environment variable that holds a token: control calls then need it in the header "
        f"{TOKEN_HEADER}, and other machines may call.",
    ),
)
