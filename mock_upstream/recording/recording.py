"""A recording: what has passed so far, what is said of it, and what can be written of it."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import orjson

from mock_upstream.access.credentials import Fingerprints, is_secret_name, secrets_in
from mock_upstream.journal import Journal, JournalEntry
from mock_upstream.journal.masking import BodyMask
from mock_upstream.recording.address import Address
from mock_upstream.recording.likeness import Profiles, speaks_of_the_request, told
from mock_upstream.verdict import Payload

LOGGER: Final = logging.getLogger("mock_upstream.requests")

_MOST_WAITING: Final = 1000
"""Requests that wait to be judged by the profiles; more are said without it."""


class Recording:
    """What passes between the clients and one upstream. `close` says the last lines."""

    def __init__(self, address: Address, journal: Journal) -> None:
        self.address = address
        self.journal = journal
        self._profiles = Profiles()
        self._teller = ThreadPoolExecutor(1, "mock-upstream recording")
        self._waiting = 0

    @property
    def fingerprints(self) -> Fingerprints:
        """What masks the journal."""
        return self.journal.fingerprints

    def know(self, headers: list[tuple[bytes, bytes]], query: bytes) -> None:
        """Remember the keys of a request, to be masked wherever else they turn up."""
        secret = [pair for pair in headers if is_secret_name(pair[0])]
        found = secrets_in(secret, query) - self.fingerprints.known
        self.fingerprints.know(one.decode("utf-8", "surrogateescape") for one in found)

    def add(self, entry: JournalEntry) -> None:
        """Keep an exchange, and have it told in a line."""
        self.journal.add(entry)
        if not LOGGER.isEnabledFor(logging.INFO):
            return
        if self._waiting >= _MOST_WAITING:
            LOGGER.info("%s; the profiles were not asked: too much came at once", line(entry))
            return
        self._waiting += 1
        self._teller.submit(self._tell, entry)

    def script(self) -> str:
        """Write a script that replays what was recorded."""
        from mock_upstream.recording.script_draft import script_draft

        return script_draft(self)

    def profile(self) -> str:
        """Write a profile of what was refused."""
        from mock_upstream.recording.profile_draft import profile_draft

        return profile_draft(self)

    def close(self) -> None:
        """Wait until all lines are said."""
        self._teller.shutdown(wait=True)

    def _tell(self, entry: JournalEntry) -> None:
        self._waiting -= 1
        try:
            LOGGER.info("%s", one_line(f"{line(entry)}{self._likeness(entry)}"))
        except Exception:
            LOGGER.exception("the mock failed to judge a request; this is a fault of the mock")

    def _likeness(self, entry: JournalEntry) -> str:
        payload = payload_of(entry)
        if entry.api is None or payload is None or entry.response is None:
            return ""
        if not speaks_of_the_request(entry.status):
            return "; this says nothing about the request, so the profiles were not asked"
        headers = dict(reversed(entry.headers))
        place = "" if entry.verdict.accepted else entry.verdict.violations[0].path
        words = told(self._profiles.likeness(entry, entry.api, payload, headers), place)
        mask = BodyMask(entry.head.secrets(), entry.head.fingerprints)
        mask.body(entry.body)
        return f": {mask.text(words)}"


def payload_of(entry: JournalEntry) -> Payload | None:
    """Parse an entry's body; None if it is no JSON object."""
    try:
        payload = entry.json()
    except orjson.JSONDecodeError:
        return None
    return payload if isinstance(payload, dict) else None


def line(entry: JournalEntry) -> str:
    """Begin the line of an exchange: request, status, and how it ended if not well."""
    status = "-" if entry.status is None else entry.status
    words = f"{entry.method} {entry.path} {status}"
    response = entry.response
    if response is None:
        return words + (
            f"; {entry.verdict.violations[0].message}" if not entry.verdict.accepted else ""
        )
    if response.ending == "upstream broke off":
        words += f"; the upstream broke off after {len(response.body)} bytes"
    elif response.ending == "client left":
        words += f"; the client left after {len(response.body)} bytes"
    elif response.ending == "not kept":
        words += "; the response was passed on, and is larger than the journal"
    location = response.header("location")
    if location is not None and 300 <= response.status < 400:  # noqa: PLR2004 -- a redirect
        words += f"; the upstream redirects to {location}: passed on, not followed"
    return words


def one_line(text: str) -> str:
    """Escape what would break a line or move a terminal's cursor."""
    return text.encode("unicode_escape").decode("ascii")
