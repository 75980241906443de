"""Case ids: short names that say what a case is and repeat it: ``[a-z0-9-]``, the same every time.

Scenario, API, method and entry are written out; what else there is to a case is in eight digits.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from conformance.matrix import Case

_DIGITS: Final = 8


def case_id(case: Case) -> str:
    """Return the id of ``case``; equal cases have equal ids, on any machine."""
    rest = "\n".join((case.source, str(case.options), str(case.delivery)))
    digits = hashlib.sha256(rest.encode()).hexdigest()[:_DIGITS]
    return f"{case.scenario}-{case.api}-{case.method}-{case.entry}-{digits}"
