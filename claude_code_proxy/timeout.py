"""How long a request may take, as the model's settings or the call say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import httpx

from common.errors import ConfigurationError

if TYPE_CHECKING:
    from claude_code_proxy.handler_call import HandlerCall

_LONGEST: Final = 10**9
"""Seconds; a socket's own clock ends at some nine times that."""


def read_timeout(call: HandlerCall) -> float | httpx.Timeout | None:
    """Return the call's timeout in seconds, or the ``httpx.Timeout`` that stands for it.

    None leaves it to LiteLLM. What is no number at all LiteLLM refuses before it calls us; 0, less,
    ``nan`` and what is past a socket's reach it hands on, and the socket fails over them in words
    of its own, which a client would take for the upstream's trouble and retry. Raises
    `ConfigurationError` for these.
    """
    timeout = call.timeout
    if timeout is None or isinstance(timeout, httpx.Timeout):
        return timeout
    try:
        seconds = float(timeout)
    except (TypeError, ValueError):
        seconds = math.nan
    if 0 < seconds <= _LONGEST:
        return seconds
    raise ConfigurationError(
        f"timeout is {timeout!r} for {call.configured_name}; expected more than 0 seconds "
        f"and at most {_LONGEST:,}: set timeout: 600 in its litellm_params, or leave the line out"
    )
