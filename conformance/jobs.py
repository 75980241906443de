"""Jobs: a run cut into pieces that worker processes take one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.matrix import Case

SIZE: Final = 48
"""Cases in a job: a second's work, so that progress shows and the last worker is not alone long."""


@dataclass(frozen=True, slots=True)
class Job:
    """Cases that one worker runs in their order; ``by_proxy`` if they share a proxy."""

    cases: tuple[Case, ...]
    by_proxy: bool = False


def jobs(cases: Sequence[Case]) -> Iterator[Job]:
    """Yield the jobs of ``cases``, the one that takes longest first.

    The proxy takes as long to start as a thousand cases take, so all of its cases are one job.
    """
    by_proxy = tuple(case for case in cases if case.entry.startswith("proxy"))
    if by_proxy:
        yield Job(by_proxy, by_proxy=True)
    others = [case for case in cases if not case.entry.startswith("proxy")]
    for start in range(0, len(others), SIZE):
        yield Job(tuple(others[start : start + SIZE]))
