"""Replies broken on purpose: small callables that compose, counted and without chance.

The names load on first use, like those of `mock_upstream`.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mock_upstream.faults.broken_events import Malformed, Truncate
    from mock_upstream.faults.connection import ContentLength, Disconnect, Garbage, Hangup
    from mock_upstream.faults.fault import Fault, Stage
    from mock_upstream.faults.rate_limit import RateLimit
    from mock_upstream.faults.status import Status
    from mock_upstream.faults.timing import FirstToken, Latency, Stall, TokensPerSecond

__all__ = [
    "ContentLength",
    "Disconnect",
    "Fault",
    "FirstToken",
    "Garbage",
    "Hangup",
    "Latency",
    "Malformed",
    "RateLimit",
    "Stage",
    "Stall",
    "Status",
    "TokensPerSecond",
    "Truncate",
]

_HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "broken_events": ("Malformed", "Truncate"),
    "connection": ("ContentLength", "Disconnect", "Garbage", "Hangup"),
    "fault": ("Fault", "Stage"),
    "rate_limit": ("RateLimit",),
    "status": ("Status",),
    "timing": ("FirstToken", "Latency", "Stall", "TokensPerSecond"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
