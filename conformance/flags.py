"""The drop flags that are judged: those promised, and whatever else the handler's registry holds.

What is promised is written down here a second time on purpose: a flag that goes missing from the
registry, or removes another field, must break a claim, not shrink the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from claude_code_proxy.drop_flags import DROP_FLAGS
from common.field_path import FieldPath

if TYPE_CHECKING:
    from conformance.matrix import Api

METADATA: Final = "drop_metadata_res_api"
THINKING_BLOCKS: Final = "drop_thinking_blocks_res_api"


@dataclass(frozen=True, slots=True)
class JudgedFlag:
    """A flag's name, the upstream API it acts on, and the field it must remove there."""

    name: str
    api: Api
    path: FieldPath


_PROMISED: Final = (
    JudgedFlag(METADATA, "responses", FieldPath.parse("metadata")),
    JudgedFlag(THINKING_BLOCKS, "responses", FieldPath.parse("input[*].thinking_blocks")),
)
_PROMISED_NAMES: Final = frozenset(flag.name for flag in _PROMISED)

FLAGS: Final = (
    *_PROMISED,
    *(
        JudgedFlag(flag.name, flag.api, flag.path)
        for flag in DROP_FLAGS
        if flag.name not in _PROMISED_NAMES and flag.api != "anthropic"
    ),
)
