"""A request that no entry of a strict script answers: the nearest entry, and what differs."""

from collections.abc import Sequence

from mock_upstream.access.credentials import Fingerprints, secrets_in
from mock_upstream.journal.masking import BodyMask
from mock_upstream.scripts.incoming import Incoming
from mock_upstream.scripts.play import Played
from mock_upstream.verdict import Violation

MISS_RULE = "script-miss"
MISS_TYPE = "mock_upstream_script_miss"

_LONGEST = 1000
"""Characters of a message."""


def missed(entries: Sequence[Played], incoming: Incoming, fingerprints: Fingerprints) -> Violation:
    """Say that no entry answers a request, without its secrets."""
    told = f"No entry of the script answers {incoming.shown()}. {nearest_entry(entries, incoming)}"
    mask = BodyMask(secrets_in(incoming.headers) | fingerprints.known, fingerprints)
    mask.body(incoming.body)
    message = mask.text(told)
    return Violation(MISS_RULE, "", message[:_LONGEST], 400, type=MISS_TYPE, code=MISS_RULE)


def nearest_entry(entries: Sequence[Played], incoming: Incoming) -> str:
    """Name the entry that a request comes nearest to, and what stands between them."""
    if not entries:
        return "The script has no entries."
    nearest = min(entries, key=lambda one: _distance(one, incoming))
    return f"Nearest is {place(nearest)}: {difference(nearest, incoming)}."


def difference(played: Played, incoming: Incoming) -> str:
    """Say why an entry does not answer a request."""
    found = list(played.entry.match.differences(incoming))
    if found:
        return "; ".join(map(str, found))
    nth = played.entry.match.nth
    if nth is not None and nth != played.met:
        return f"nth: expected request {nth} of those that meet the rest, received {played.met}"
    return f"it is used up, after {played.answered} of {played.entry.limit} answers"


def place(played: Played) -> str:
    """Name an entry, and its line where it came from a file."""
    line = played.entry.line
    return f"{played.label!r}" + (f" (line {line})" if line is not None else "")


def _distance(played: Played, incoming: Incoming) -> tuple[int, int]:
    """Measure how far a request is from an entry: what differs, then what agrees."""
    differing = sum(1 for _ in played.entry.match.differences(incoming))
    return differing, differing - played.entry.match.size
