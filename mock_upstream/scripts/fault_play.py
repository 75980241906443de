"""Fault rules at work in one session: which requests each has counted, and which it struck."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from mock_upstream.faults.fault import Fault
from mock_upstream.faults.rate_limit import Clock, RateLimit, Window
from mock_upstream.scripts.fault_rule import FaultRule
from mock_upstream.scripts.incoming import Incoming


@dataclass(frozen=True, slots=True)
class Struck:
    """One rule, how many requests met its match, and how many of them it struck."""

    rule: FaultRule
    met: int
    struck: int


class FaultPlay:
    """Fault rules in one session. May be used from any thread."""

    def __init__(self, rules: Sequence[FaultRule], clock: Clock) -> None:
        self.rules = tuple(rules)
        self._windows = tuple(_window(rule, clock) for rule in self.rules)
        self._met = [0] * len(self.rules)
        self._struck = [0] * len(self.rules)
        self._nth = [0] * len(self.rules)
        self._lock = Lock()

    def strikes(self, incoming: Incoming, *, let_in: bool = True) -> tuple[Fault, ...]:
        """Count a request under every rule that it meets, and list the faults that strike it.

        A limit of requests does not count one that was not `let_in`, for want of a key.
        """
        found: list[Fault] = []
        with self._lock:
            for at, rule in enumerate(self.rules):
                window = self._windows[at]
                if (window is None or let_in) and self._strikes(at, rule, incoming):
                    found += rule.faults if window is None else (window.strike(),)
        return tuple(found)

    @property
    def struck(self) -> tuple[Struck, ...]:
        """A snapshot of all rules and their counts, in their order."""
        with self._lock:
            return tuple(map(Struck, self.rules, self._met, self._struck))

    def _strikes(self, at: int, rule: FaultRule, incoming: Incoming) -> bool:
        if not rule.match.holds(incoming):
            return False
        self._nth[at] += 1
        if rule.match.nth is not None and rule.match.nth != self._nth[at]:
            return False
        self._met[at] += 1
        turn = self._met[at] - rule.after
        spent = rule.times is not None and self._struck[at] >= rule.times
        if turn < 1 or turn % rule.every or spent:
            return False
        self._struck[at] += 1
        return True


def _window(rule: FaultRule, clock: Clock) -> Window | None:
    limit = rule.faults[0]
    return Window(limit, clock) if isinstance(limit, RateLimit) else None
