"""Claims: promises about what the handler sends, that hold on every case.

`CLAIMS` is the list; `judge` checks all of it. A snapshot blesses whatever happened, a claim does
not: most of these compare cases with each other and need no recorded answer.
"""

from collections.abc import Mapping
from typing import Final

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
from conformance.claims.replies import REPLY_CLAIMS
from conformance.claims.ruling import Ruling, Verdict, judge
from conformance.claims.tools import TOOL_CLAIMS
from conformance.claims.verdict import VERDICT_CLAIMS

GROUPS: Final[Mapping[str, tuple[Claim, ...]]] = {
    "The call": CALL_CLAIMS,
    "Credentials and headers": CREDENTIAL_CLAIMS,
    "Methods and entries": METHOD_CLAIMS,
    "Drop flags": FLAG_CLAIMS,
    "Other settings": OPTION_CLAIMS,
    "The payload": PAYLOAD_CLAIMS,
    "The conversation": CONVERSATION_CLAIMS,
    "Limits": LIMIT_CLAIMS,
    "Tools and the form of the answer": TOOL_CLAIMS,
    "What comes back": REPLY_CLAIMS,
    "Verdicts": VERDICT_CLAIMS,
    "Claude Code's own requests": GOLDEN_CLAIMS,
}
CLAIMS: Final[tuple[Claim, ...]] = tuple(claim for group in GROUPS.values() for claim in group)

__all__ = ["CLAIMS", "GROUPS", "Breach", "Claim", "Level", "Ruling", "Unsaid", "Verdict", "judge"]
