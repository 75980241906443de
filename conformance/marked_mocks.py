"""The upstreams of a recording: one mock for each source of a base, accepting everything."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance import recorded_headers
from conformance.entries.access import BASES, Upstreams
from conformance.environment import BASE_VARIABLE, MARKED_KEYS
from conformance.outcome import BESIDE_TEXT, UPSTREAM_TEXT, Sent
from conformance.variants import variant
from mock_upstream import MockServer, ReplyPlan, Script, Session, create_app, load_profile

if TYPE_CHECKING:
    from conformance.matrix import Case
    from mock_upstream import JournalEntry

RECORDING_PROFILE = "permissive"


class MarkedMocks:
    """Mocks on real ports; a context manager. What they got is told with the base's source.

    Inside it the environment names the mock that stands for a base from the environment.
    """

    def __init__(self) -> None:
        self._sessions = {base: Session(load_profile(RECORDING_PROFILE)) for base in BASES}
        self._stack = ExitStack()
        self._bodies: dict[str, bytes] = {}

    def __enter__(self) -> Upstreams:
        urls = {base: self._serve(session) for base, session in self._sessions.items()}
        self._stack.callback(_restore, os.environ.get(BASE_VARIABLE))
        os.environ[BASE_VARIABLE] = urls["environment"]
        return Upstreams(urls)

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def prepare(self, case: Case) -> None:
        """Forget what came in, and answer the calls of ``case``: known texts, or its variant's."""
        script = variant(case.options.variant).script
        for session in self._sessions.values():
            session.journal.clear()
            while session.replies_left:
                session.next_reply()
            session.use_script(script or Script())
            for text in () if script else (UPSTREAM_TEXT, BESIDE_TEXT)[: case.calls]:
                session.reply_with(ReplyPlan(text=text))

    def sent(self, case: Case) -> tuple[Sent, ...]:
        """Return what every mock got since it was prepared for ``case``."""
        return tuple(
            replace(
                self._sent(base, entry, session),
                headers=recorded_headers.recorded(entry.headers, case),
            )
            for base, session in self._sessions.items()
            for entry in session.journal.entries
        )

    def _serve(self, session: Session) -> str:
        return f"{self._stack.enter_context(MockServer(create_app(session))).url}/v1"

    def _sent(self, base: str, entry: JournalEntry, session: Session) -> Sent:
        names = {session.journal.fingerprint(key): key for key in MARKED_KEYS}
        credential = entry.credential
        name = "none" if credential is None else names.get(credential.fingerprint, "unknown")
        return Sent(
            method=entry.method,
            base=base,
            path=entry.path,
            body=self._bodies.setdefault(entry.sha256, entry.body),
            sha256=entry.sha256,
            credential=name,
            status=entry.status,
        )


def _restore(base: str | None) -> None:
    """Give the environment back the base of mocks that this one stood inside of."""
    if base is None:
        os.environ.pop(BASE_VARIABLE, None)
    else:
        os.environ[BASE_VARIABLE] = base
