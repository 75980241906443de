"""The recorder: runs cases against the profile that accepts everything and keeps what left.

The upstream is the mock on a real port; what is recorded is what its journal got over the wire.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from conformance.entries import Entries
from conformance.environment import MARKED_KEYS
from conformance.outcome import UPSTREAM_TEXT, Outcome, Record, Sent
from mock_upstream import MockServer, ReplyPlan, Session, create_app, load_profile

if TYPE_CHECKING:
    from litellm.llms.custom_llm import CustomLLM

    from conformance.matrix import Case
    from conformance.scenarios import Scenario
    from mock_upstream import JournalEntry

RECORDING_PROFILE = "permissive"


class Recorder:
    """Sends cases through the handler to a mock of its own; a context manager."""

    def __init__(self, handler: CustomLLM) -> None:
        self._session = Session(load_profile(RECORDING_PROFILE))
        self._stack = ExitStack()
        self._handler = handler
        self._bodies: dict[str, bytes] = {}
        self._names = {self._session.journal.fingerprint(key): key for key in MARKED_KEYS}

    def __enter__(self) -> Recorder:
        server = self._stack.enter_context(MockServer(create_app(self._session)))
        entries = Entries(self._handler, f"{server.url}/v1")
        self._entries = self._stack.enter_context(entries)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def record(self, case: Case, scenario: Scenario) -> Record:
        """Send one case and return it with its outcome."""
        self._session.journal.clear()
        while self._session.replies_left:
            self._session.next_reply()
        self._session.reply_with(ReplyPlan(text=UPSTREAM_TEXT))
        answer = self._entries.call(case, scenario)
        sent = tuple(self._sent(entry) for entry in self._session.journal.entries)
        return Record(case, Outcome(sent, answer, self._entries.watched.take_touched()))

    def _sent(self, entry: JournalEntry) -> Sent:
        credential = entry.credential
        name = "none" if credential is None else self._names.get(credential.fingerprint, "unknown")
        return Sent(
            method=entry.method,
            path=entry.path,
            body=self._bodies.setdefault(entry.sha256, entry.body),
            sha256=entry.sha256,
            credential=name,
            status=entry.status,
        )
