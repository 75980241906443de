"""Jobs: a run cut into pieces that worker processes take one after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from conformance.matrix import Case
    from conformance.replay import Payload

CASES: Final = 48
"""Cases in a job: a second's work, so that the last worker is not alone for long."""

JOBS_A_WORKER: Final = 3
"""Jobs that are worth another worker."""

PAYLOADS: Final = 16
"""Payloads in a job: they go to every profile."""


@dataclass(frozen=True, slots=True)
class CaseJob:
    """Cases that one worker runs in their order; ``by_proxy`` if they share a proxy."""

    cases: tuple[Case, ...]
    by_proxy: bool = False


@dataclass(frozen=True, slots=True)
class ReplayJob:
    """Payloads that one worker shows to every profile."""

    payloads: tuple[Payload, ...]


Job = CaseJob | ReplayJob


def case_jobs(cases: Iterable[Case]) -> Iterator[CaseJob]:
    """Yield the jobs of ``cases``, the one that takes longest first.

    The proxy takes as long to start as a thousand cases take, so all of its cases are one job.
    """
    every = sorted(cases, key=lambda case: case.scenario)  # so a broken off run has whole ones
    by_proxy = tuple(case for case in every if case.by_proxy)
    if by_proxy:
        yield CaseJob(by_proxy, by_proxy=True)
    others = [case for case in every if not case.by_proxy]
    for start in range(0, len(others), CASES):
        yield CaseJob(tuple(others[start : start + CASES]))


def workers_for(cases: Collection[Case], most: int) -> int:
    """Return how many of ``most`` workers are of use to ``cases``.

    One more costs LiteLLM's import, which takes as long as some jobs do; the proxy's job is one
    that keeps a worker for itself.
    """
    jobs = list(case_jobs(cases))
    others = sum(not job.by_proxy for job in jobs)
    return min(most, len(jobs) - others + math.ceil(others / JOBS_A_WORKER)) or 1


def replay_jobs(payloads: Sequence[Payload]) -> Iterator[ReplayJob]:
    """Yield the jobs of ``payloads``."""
    for start in range(0, len(payloads), PAYLOADS):
        yield ReplayJob(tuple(payloads[start : start + PAYLOADS]))
