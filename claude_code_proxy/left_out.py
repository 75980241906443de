"""A log line for what a client asked for and the upstream API has no place for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.settings import OWN_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

logger = logging.getLogger(__name__)

_READ_ELSEWHERE: Final = frozenset(
    {"extra_body", "extra_headers", "max_retries", "metadata", "reasoning"}
    | {"stream", "stream_options"}
)


def left_out(names: Collection[str], read: Collection[str]) -> set[str]:
    """Return those ``names`` that nobody reads, a builder of a payload having ``read`` some."""
    return set(names) - set(read) - OWN_NAMES - _READ_ELSEWHERE


def log_left_out(params: Mapping[str, Any], read: Collection[str], api: str) -> None:
    """Log the names, never the values, of those ``params`` that a builder did not ``read``.

    At DEBUG: a client asks for the same with every request, and INFO has one line for each.
    """
    unread = left_out(params.keys(), read)
    names = sorted(name for name in unread if params[name] is not None)
    if names:
        logger.debug("not sent, no place in the %s: %s", api, ", ".join(names))
