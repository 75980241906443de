"""Claims: promises about what the handler sends, that hold on every case.

`CLAIMS` is the list; `judge` checks all of it. A snapshot blesses whatever happened, a claim does
not: most of these compare cases with each other and need no recorded answer.
"""

from conformance.claims.call import CALL_CLAIMS
from conformance.claims.claim import Breach, Claim, Level, Unsaid
from conformance.claims.conversation import CONVERSATION_CLAIMS
from conformance.claims.credentials import CREDENTIAL_CLAIMS
from conformance.claims.flags import FLAG_CLAIMS
from conformance.claims.golden import GOLDEN_CLAIMS
from conformance.claims.limits import LIMIT_CLAIMS
from conformance.claims.methods import METHOD_CLAIMS
from conformance.claims.options import OPTION_CLAIMS
from conformance.claims.payload import PAYLOAD_CLAIMS
from conformance.claims.ruling import Ruling, Verdict, judge
from conformance.claims.tools import TOOL_CLAIMS
from conformance.claims.verdict import VERDICT_CLAIMS

CLAIMS: tuple[Claim, ...] = (
    *CALL_CLAIMS,
    *CREDENTIAL_CLAIMS,
    *METHOD_CLAIMS,
    *FLAG_CLAIMS,
    *OPTION_CLAIMS,
    *PAYLOAD_CLAIMS,
    *CONVERSATION_CLAIMS,
    *LIMIT_CLAIMS,
    *TOOL_CLAIMS,
    *VERDICT_CLAIMS,
    *GOLDEN_CLAIMS,
)

__all__ = ["CLAIMS", "Breach", "Claim", "Level", "Ruling", "Unsaid", "Verdict", "judge"]
