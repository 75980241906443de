"""The headers of our own that a request carries: those that the model's settings ask for.

Never the client's, and never LiteLLM's bookkeeping: both are in ``litellm_params``, and are not
looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from claude_code_proxy.placements import PlacedSettings, Placement

EXTRA_HEADERS: Final = "extra_headers"

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SENT_BY_THE_SDK_FROM_THE_ENVIRONMENT: Final = ("OpenAI-Organization", "OpenAI-Project")


def configured_headers(placed: PlacedSettings, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the model's headers: those that LiteLLM has ``given``, then the placements' own.

    A number is sent as its digits. Raises `ConfigurationError` for another value.
    """
    headers: dict[str, str] = {}
    for placement, value in placed.values(EXTRA_HEADERS):
        headers = {**_texts(placed, placement, value), **headers}
    return {**headers, **_texts(placed, "optional_params", given)}


def is_sendable(text: str) -> bool:
    """Tell whether ``text`` can be a header's value, of which HTTP takes printable ASCII alone."""
    return text.isascii() and text.isprintable() and text == text.strip()


def without_the_environments(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``headers``, and with them the OpenAI client's from the environment withheld.

    That client sends organization and project ids, and whatever OPENAI_CUSTOM_HEADERS holds, to any
    upstream; they were meant for OpenAI's own.
    """
    from openai import Omit  # late, for settings can be read without the client

    withheld = (*_SENT_BY_THE_SDK_FROM_THE_ENVIRONMENT, *_custom_headers())
    return {**{name: Omit() for name in withheld}, **headers}


def _texts(placed: PlacedSettings, placement: Placement, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        kind = type(value).__name__  # the value may be a secret
        raise placed.refusal(EXTRA_HEADERS, kind, placement, "a mapping of names to strings")
    return {
        str(name): _text(placed, placement, name, text)
        for name, text in value.items()
        if text is not None
    }


def _text(placed: PlacedSettings, placement: Placement, name: object, value: object) -> str:
    shown = f"{EXTRA_HEADERS}[{name!r}]"
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise placed.refusal(shown, type(value).__name__, placement, "a string")
    if not _TOKEN.fullmatch(str(name)) or not is_sendable(text := str(value)):
        kind = "a name or text that no header can carry"
        raise placed.refusal(shown, kind, placement, "printable ASCII without blanks at its ends")
    return text


def _custom_headers() -> list[str]:
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").splitlines()
    return [line.partition(":")[0].strip() for line in lines if ":" in line]
