"""The drop flags: opt-in model settings, each of which removes one field from what we send.

A new flag is one new row in `DROP_FLAGS` and nothing else: settings, application, hints and the
conformance matrix read the registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from common.field_path import FieldPath, Key

if TYPE_CHECKING:
    from collections.abc import Collection

    from claude_code_proxy.routing import UpstreamApi


@dataclass(frozen=True, slots=True)
class DropFlag:
    """One flag: its setting's name, the upstream API it acts on, the field it removes, and why."""

    name: str
    api: UpstreamApi
    path: FieldPath
    why: str

    @property
    def field(self) -> str:
        """The last key on the path: the word by which an upstream names the field."""
        return next(step.name for step in reversed(self.path.steps) if isinstance(step, Key))


DROP_FLAGS: Final = (
    DropFlag(
        name="drop_metadata_res_api",
        api="responses",
        path=FieldPath.parse("metadata"),
        why="OpenAI knows `metadata`; several gateways in front of other models refuse it",
    ),
    DropFlag(
        name="drop_thinking_blocks_res_api",
        api="responses",
        path=FieldPath.parse("input[*].thinking_blocks"),
        why="only upstreams that speak Claude understand it; a strict one refuses unknown fields",
    ),
)


def without_dropped_fields(
    payload: dict[str, Any], api: UpstreamApi, flags: Collection[str]
) -> dict[str, Any]:
    """Return ``payload`` less the fields of the ``flags`` (by name) that act on ``api``."""
    acting = [flag.path for flag in DROP_FLAGS if flag.api == api and flag.name in flags]
    return reduce(lambda rest, path: path.remove(rest), acting, payload)
