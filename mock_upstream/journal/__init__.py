"""The journal: every request as it came over the wire, and what the mock made of it."""

from mock_upstream.journal.entry import JournalEntry
from mock_upstream.journal.journal import JOURNAL_BYTES, Account, Journal

__all__ = ["JOURNAL_BYTES", "Account", "Journal", "JournalEntry"]
