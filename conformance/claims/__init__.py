"""Claims: promises about what the handler sends, that hold on every case.

`CLAIMS` is the list; `judge` checks all of it. A snapshot blesses whatever happened, a claim does
not: most of these compare cases with each other and need no recorded answer.
"""

from conformance.claims.call import CALL_CLAIMS
from conformance.claims.claim import Breach, Claim, Level, Ruling, judge
from conformance.claims.flags import FLAG_CLAIMS
from conformance.claims.payload import PAYLOAD_CLAIMS
from conformance.claims.verdict import VERDICT_CLAIMS

CLAIMS: tuple[Claim, ...] = (*CALL_CLAIMS, *FLAG_CLAIMS, *PAYLOAD_CLAIMS, *VERDICT_CLAIMS)

__all__ = ["CLAIMS", "Breach", "Claim", "Level", "Ruling", "judge"]
