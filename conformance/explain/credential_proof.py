"""The proof for a refused key: the handler with a key that the mock does not know, then its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.explain.proof import Proof

if TYPE_CHECKING:
    from conformance.explain.handler_drive import HandlerDrive
    from mock_upstream.from_error.report import ErrorReport
    from mock_upstream.profile_format.profile import Profile

_UNKNOWN_KEY: Final = "a-key-of-another-upstream"
_NO_KEY: Final = "none"
_UNSET: Final = ""
_OUR_OWN: Final = re.compile(r"has the api_base .{1,300} and no api_key", re.DOTALL)
"""The handler's refusal to send any key but the entry's own to an address of the entry's."""

_SAYS_NONE: Final = re.compile(
    r"(?i)didn't provide|no auth|missing|not provided|no api[ -]key|without"
)


def prove_credential(drive: HandlerDrive, report: ErrorReport, profile: Profile) -> Proof:
    """Show the refusal of a key that is missing or unknown, and the request with the right one."""
    key = _NO_KEY if _SAYS_NONE.search(report.message) else _UNKNOWN_KEY
    if _OUR_OWN.search(report.message):
        key = _UNSET
    scenario = drive.scenarios[0]
    refused = drive.drive(scenario, "responses", {}, profile, api_key=key)
    taken = drive.drive(scenario, "responses", {}, profile)
    shown = "a key that this upstream does not know" if key == _UNKNOWN_KEY else "no key"
    return Proof(
        "cured" if taken.accepted and not refused.accepted else "incurable",
        scenario=scenario.name,
        api="responses",
        without_status=refused.status,
        without_message=refused.message,
        with_status=taken.status,
        settings={"api_key": "os.environ/UPSTREAM_API_KEY"},
        why=f"the request went out with {shown}; the key must be this upstream's own",
    )
