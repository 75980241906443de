"""The one line that is logged of a request: what goes where and how, no key and no prompt."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claude_code_proxy.outbound import OutboundRequest

logger = logging.getLogger("claude_code_proxy")


def log_request(request: OutboundRequest) -> None:
    """Log ``request`` at INFO, and each setting of its model that nobody reads as a warning."""
    for setting in request.settings.misspelt:
        logger.warning("model %s: %s", _shown(request.configured_name), setting)
    logger.info(
        "request: model=%s sent=%s api=%s stream=%s effort=%s flags=%s",
        _shown(request.configured_name),
        _shown(request.model),
        request.api,
        request.payload.get("stream") is True,
        _shown(_effort(request)),
        ",".join(request.settings.switched_on) or "-",
    )


def _effort(request: OutboundRequest) -> str:
    """Return the effort as it is sent, under the name that the API has for it."""
    reasoning = request.payload.get("reasoning")
    nested = reasoning.get("effort") if isinstance(reasoning, Mapping) else None
    return str(nested or request.payload.get("reasoning_effort") or "-")


def _shown(name: str) -> str:
    """Return ``name`` so that it cannot break the line: a client may have chosen it."""
    return name if name.isprintable() else repr(name)
