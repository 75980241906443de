"""Switches in the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from common.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Final = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}


def boolean_switch(name: str, environment: Mapping[str, str] | None = None) -> bool | None:
    """Return what the environment variable ``name`` says, or None where it is unset or blank.

    Any case of true/1/yes/on and false/0/no/off counts; another word raises `ConfigurationError`.
    """
    value = (os.environ if environment is None else environment).get(name, "").strip()
    if not value:
        return None
    try:
        return _WORDS[value.lower()]
    except KeyError:
        raise ConfigurationError(
            f"environment variable {name} is {value!r}; expected one of {', '.join(_WORDS)}: "
            "correct it, or unset it to let the model's name decide"
        ) from None
