"""When a fault strikes: which requests, after how many, every how many, how often."""

from dataclasses import dataclass

from mock_upstream.faults.fault import Fault
from mock_upstream.faults.rate_limit import RateLimit
from mock_upstream.scripts.answer import faults_in
from mock_upstream.scripts.entry import ANY
from mock_upstream.scripts.match import Match


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault laid over whatever would be answered.

    Counts the requests that match: the first `after` are spared, of the others every `every`-th is
    struck, `times` of them at most. So `times=2` strikes the first two, `every=3` the third, the
    sixth and so on. Raises `ValueError` for a count that makes no sense.
    """

    fault: Fault | tuple[Fault, ...]
    match: Match = ANY
    times: int | None = None
    every: int = 1
    after: int = 0
    name: str | None = None
    line: int | None = None

    def __post_init__(self) -> None:
        if not self.faults:
            raise ValueError("a fault rule without a fault; give at least one")
        for name, count, least in (
            ("times", self.times, 1),
            ("every", self.every, 1),
            ("after", self.after, 0),
        ):
            if count is not None and (isinstance(count, bool) or count < least):
                raise ValueError(f"received {count!r} as {name}; expected a number from {least}")
        limits = [one for one in self.faults if isinstance(one, RateLimit)]
        alone = len(self.faults) == 1 and (self.times, self.every, self.after) == (None, 1, 0)
        if limits and not alone:
            raise ValueError(
                "rate_limit stands alone, without times, every and after: it counts by itself"
            )

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults, one or several."""
        return faults_in(self.fault)
