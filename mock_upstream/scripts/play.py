"""A script being played: which entry answers a request, and how often each has."""

from dataclasses import dataclass
from threading import Lock

from mock_upstream.scripts.answer import Answer
from mock_upstream.scripts.entry import Entry
from mock_upstream.scripts.incoming import Incoming
from mock_upstream.scripts.script import Script


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer that a request gets, and the entry that it comes from; None for the queue."""

    answer: Answer
    entry: str | None


@dataclass(frozen=True, slots=True)
class Played:
    """One entry, its label, how many requests met its match, and how many it answered."""

    entry: Entry
    label: str
    met: int
    answered: int

    @property
    def used_up(self) -> bool:
        """Whether it has answered as many requests as it may."""
        return self.entry.limit is not None and self.answered >= self.entry.limit

    @property
    def unused(self) -> bool:
        """Whether some answer of it was never given."""
        return self.answered < (self.entry.limit or 1)


class Play:
    """A script in one session. May be used from any thread."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.strict = script.strictness
        self.idle = not script.entries and not script.strictness.unmatched
        self._parts = tuple(
            _Part(entry, label(entry, at)) for at, entry in enumerate(script.entries)
        )
        self._lock = Lock()

    def take(self, incoming: Incoming) -> Taken | None:
        """Take the answer of the first entry that matches and is not used up; None without one.

        Entries that ask for the n-th request count it, whichever entry answers.
        """
        with self._lock:
            taken: Taken | None = None
            for part in self._parts:
                if (taken is None or part.entry.match.nth is not None) and part.meets(incoming):
                    taken = taken or part.take()
            return taken

    @property
    def played(self) -> tuple[Played, ...]:
        """A snapshot of all entries and how often they were used, in their order."""
        with self._lock:
            return tuple(part.played() for part in self._parts)

    def unused(self) -> tuple[Played, ...]:
        """List the entries that still have an answer to give which nobody came for."""
        return tuple(one for one in self.played if one.unused)


class _Part:
    """An entry and its two counts."""

    __slots__ = ("_answered", "_answers", "_met", "entry", "label")

    def __init__(self, entry: Entry, name: str) -> None:
        self.entry = entry
        self.label = name
        self._answers = entry.answers
        self._met = 0
        self._answered = 0

    def meets(self, incoming: Incoming) -> bool:
        match = self.entry.match
        if not match.holds(incoming):
            return False
        self._met += 1
        return match.nth is None or match.nth == self._met

    def take(self) -> Taken | None:
        limit = self.entry.limit
        if limit is not None and self._answered >= limit:
            return None
        answer = self._answers[min(self._answered, len(self._answers) - 1)]
        self._answered += 1
        return Taken(answer, self.label)

    def played(self) -> Played:
        return Played(self.entry, self.label, self._met, self._answered)


def label(entry: Entry, index: int) -> str:
    """Call an entry by its name, or by its number from 1."""
    return entry.name or f"entry {index + 1}"
