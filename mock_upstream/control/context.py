"""What the control API acts on: the sessions of a server, and what watches its files."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from mock_upstream.access.credentials import RawHeaders, secrets_in
from mock_upstream.sessions import Sessions


class Drafts(Protocol):
    """What can be written of a recording."""

    def script(self) -> str:
        """Write a script that replays what was recorded."""

    def profile(self) -> str:
        """Write a profile of what was refused."""


@dataclass(frozen=True, slots=True)
class Context:
    """The sessions, and what else the state tells: the files that are watched, and since when.

    `watched` gives the files, what they are for, when each was loaded, and its error.
    """

    sessions: Sessions
    watched: Callable[[], list[dict[str, object]]] = list
    started: float = field(default_factory=time.time)
    drafts: Drafts | None = None
    """The recording, where the mock records a real upstream."""

    def masked(self, text: str, headers: RawHeaders = (), query: bytes = b"") -> str:
        """Mask a text of ours that may repeat what a caller sent, or what a file holds."""
        from mock_upstream.journal.masking import BodyMask

        fingerprints = self.sessions.default.journal.fingerprints
        known = (one.journal.fingerprints.known for one in self.sessions.named.values())
        secrets = secrets_in(headers, query).union(*known)
        return BodyMask(secrets, fingerprints).text(text)
