"""The catalogue: every mutant by its name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from conformance.mutants.calls import CALL_MUTANTS
from conformance.mutants.flags import FLAG_MUTANTS
from conformance.mutants.payloads import PAYLOAD_MUTANTS
from conformance.mutants.replies import REPLY_MUTANTS
from conformance.mutants.turns import TURN_MUTANTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.mutants.mutant import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    *CALL_MUTANTS,
    *FLAG_MUTANTS,
    *PAYLOAD_MUTANTS,
    *TURN_MUTANTS,
    *REPLY_MUTANTS,
)
BY_NAME: Final[Mapping[str, Mutant]] = MappingProxyType({one.name: one for one in MUTANTS})
