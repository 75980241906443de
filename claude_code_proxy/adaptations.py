"""The adaptations: opt-in model settings, each of which rewrites what one upstream wants otherwise.

A new one is one new row in `ADAPTATIONS` and nothing else: settings, application and hints read the
registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from claude_code_proxy.routing import UpstreamApi


@dataclass(frozen=True, slots=True)
class Adaptation:
    """One adaptation: its setting's name, the upstream API it acts on, what it does, and why.

    ``apply`` takes a payload and returns the changed one; it may share what it leaves alone, and
    changes nothing in place.
    """

    name: str
    api: UpstreamApi
    apply: Callable[[dict[str, Any]], dict[str, Any]]
    why: str


ADAPTATIONS: Final[tuple[Adaptation, ...]] = ()


def adapted(payload: dict[str, Any], api: UpstreamApi, names: Collection[str]) -> dict[str, Any]:
    """Return ``payload`` as the adaptations of these ``names`` that act on ``api`` make it."""
    acting = [row.apply for row in ADAPTATIONS if row.api == api and row.name in names]
    return reduce(lambda sent, apply: apply(sent), acting, payload)
