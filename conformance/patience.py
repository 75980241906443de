"""Patience: how often a handler may bring a worker to its end before like cases are not run.

A case that hangs or kills its process costs a worker, and a worker costs LiteLLM's import. So a
handler that does it in every case must not make a run of hours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

    from conformance.matrix import Case

IN_A_ROW: Final = 3


@dataclass(slots=True)
class Patience:
    """Counts, for each method in this process and behind the proxy, the workers lost in a row."""

    _lost: dict[Hashable, list[str]] = field(default_factory=dict)

    def lost(self, case: Case, reason: str) -> None:
        """Note that ``case`` brought its worker to its end."""
        self._lost.setdefault(_kind(case), []).append(reason)

    def done(self, case: Case) -> None:
        """Note that ``case`` ended by itself."""
        if len(self._lost.get(_kind(case), ())) < IN_A_ROW:
            self._lost.pop(_kind(case), None)

    def refusal(self, case: Case) -> str | None:
        """Return why ``case`` is not to be run; None if it is."""
        reasons = self._lost.get(_kind(case), ())
        if len(reasons) < IN_A_ROW:
            return None
        where = "by the proxy" if case.by_proxy else "in process"
        return f"not run: {len(reasons)} {case.method} cases {where} ended with: {reasons[-1]}"


def _kind(case: Case) -> Hashable:
    return case.by_proxy, case.method
