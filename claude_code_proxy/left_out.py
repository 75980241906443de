"""A log line for what a client asked for and the upstream API has no place for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.settings import OWN_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

logger = logging.getLogger(__name__)

_LITELLMS: Final = frozenset({"extra_body", "max_retries", "metadata", "stream", "stream_options"})


def log_left_out(params: Mapping[str, Any], read: Collection[str], api: str) -> None:
    """Log the names, never the values, of those ``params`` that a builder did not ``read``."""
    unread = params.keys() - read - OWN_NAMES - _LITELLMS
    names = sorted(name for name in unread if params[name] is not None)
    if names:
        logger.info("not sent, no place in the %s: %s", api, ", ".join(names))
