"""What of a script nobody came for, and which request came nearest to it."""

from collections.abc import Iterable, Sequence

from mock_upstream.journal import JournalEntry
from mock_upstream.journal.masking import BodyMask
from mock_upstream.scripts.incoming import Incoming
from mock_upstream.scripts.miss import difference, place
from mock_upstream.scripts.play import Played


def unused_told(unused: Iterable[Played], journal: Iterable[JournalEntry]) -> str:
    """Say of each unused entry how far it got, and what the nearest request lacked."""
    requests = [(entry, _incoming(entry)) for entry in journal]
    return "\n".join(_told(one, requests) for one in unused)


def _told(played: Played, requests: Sequence[tuple[JournalEntry, Incoming]]) -> str:
    limit = played.entry.limit
    count = f"{played.answered} of {limit} answers given" if limit else "never used"
    head = f"entry {place(played)}: {count}"
    if played.met:
        return f"{head}; {played.met} requests met its match"
    if not requests:
        return f"{head}; no request came"
    match = played.entry.match
    entry, nearest = min(requests, key=lambda one: sum(1 for _ in match.differences(one[1])))
    mask = BodyMask(entry.head.secrets(), entry.head.fingerprints)
    mask.body(entry.body)
    return mask.text(f"{head}; nearest is {nearest.shown()}: {difference(played, nearest)}")


def _incoming(entry: JournalEntry) -> Incoming:
    headers = tuple((name.encode("latin-1"), one.encode("latin-1")) for name, one in entry.headers)
    return Incoming(entry.method, entry.path, headers, entry.body)
