"""The options of the command that name keys, and the keys and states that they give.

A key is never repeated in an error: what stands where a state or a variable's name should may be
the key itself.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, get_args

import click

from mock_upstream.access.auth_policy import KEY_STATES, KeyState

Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST_NAME = 40
"""Characters of a variable's name that an error repeats; a key is mostly longer."""

_STATES = ", ".join(KEY_STATES)


def key_options(command: Command) -> Command:
    """Give a command the options that `named_keys` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def named_keys(
    api_key: tuple[str, ...],
    api_key_env: tuple[str, ...],
    key_state: tuple[str, ...],
    key_state_env: tuple[str, ...],
) -> dict[str, KeyState]:
    """Read the options: every named key with its state. Raises `click.UsageError`."""
    if "" in api_key:
        raise click.UsageError("--api-key is empty; give a key, or leave the option out.")
    named: dict[str, KeyState] = {}
    for key, state in _pairs(api_key, api_key_env, key_state, key_state_env):
        if named.setdefault(key, state) != state:
            raise click.UsageError(f"A key is named as {named[key]} and as {state}; choose one.")
    return named


def _pairs(
    api_key: tuple[str, ...],
    api_key_env: tuple[str, ...],
    key_state: tuple[str, ...],
    key_state_env: tuple[str, ...],
) -> Iterator[tuple[str, KeyState]]:
    for key in api_key:
        yield key, "valid"
    for name in api_key_env:
        yield _from_environment("--api-key-env", name), "valid"
    for text in key_state:
        state, key = _split("--key-state", "KEY", text)
        yield key, state
    for text in key_state_env:
        state, name = _split("--key-state-env", "NAME", text)
        yield _from_environment("--key-state-env", name), state


def _split(option: str, what: str, text: str) -> tuple[KeyState, str]:
    word, _, rest = text.partition("=")
    for state in KEY_STATES:
        if word == state and rest:
            return state, rest
    raise click.UsageError(f"{option} takes STATE={what}, with a state of {_STATES}.")


def _from_environment(option: str, name: str) -> str:
    key = os.environ.get(name)
    if key and key.strip():
        return key
    state = "not set" if key is None else "empty"
    shown = f"variable {name!r}" if _is_a_name(name) else "variable of that name"
    raise click.UsageError(
        f"{option}: the environment {shown} is {state}; "
        "give the name of a variable that holds a key."
    )


def _is_a_name(text: str) -> bool:
    return text.isidentifier() and len(text) <= _LONGEST_NAME


_OPTIONS = (
    click.option(
        "--api-key",
        multiple=True,
        metavar="KEY",
        help="A valid key; without any, every non-empty key is valid. Repeatable.",
    ),
    click.option(
        "--api-key-env",
        multiple=True,
        metavar="NAME",
        help="An environment variable that holds a valid key: keeps it off the command line. "
        "Repeatable.",
    ),
    click.option(
        "--key-state",
        multiple=True,
        metavar="STATE=KEY",
        help=f"A key and what the upstream knows of it: {', '.join(get_args(KeyState))}. "
        "Repeatable.",
    ),
    click.option(
        "--key-state-env",
        multiple=True,
        metavar="STATE=NAME",
        help="The same, with an environment variable that holds the key. Repeatable.",
    ),
)
