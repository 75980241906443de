"""Jobs: every case is in one, and no more workers are started than they keep busy."""

from collections import Counter

import pytest

from conformance.jobs import CASES, case_jobs, workers_for
from conformance.matrix import Case
from conformance.products import cases
from conformance.scenarios import load_scenarios

EVERY = cases([scenario.name for scenario in load_scenarios()])
OTHERS = [case for case in EVERY if not case.by_proxy]
FEW, SOME, MORE = OTHERS[:30], OTHERS[: 3 * CASES], OTHERS[: 4 * CASES]
BY_PROXY = [case for case in EVERY if case.by_proxy]


def test_every_case_is_in_one_job_and_the_proxys_in_the_first() -> None:
    jobs = list(case_jobs(EVERY))
    assert Counter(case for job in jobs for case in job.cases) == Counter(EVERY)
    assert [job.by_proxy for job in jobs] == [True, *[False] * (len(jobs) - 1)]


@pytest.mark.parametrize(
    ("chosen", "most", "workers"),
    [
        (EVERY, 4, 4),
        (EVERY, 1, 1),
        (FEW, 4, 1),
        (SOME, 4, 1),
        (MORE, 4, 2),
        (BY_PROXY, 4, 1),
        ([*FEW, *BY_PROXY], 4, 2),
        ((), 4, 1),
    ],
    ids=[
        "all",
        "told to be one",
        "few",
        "three jobs",
        "four jobs",
        "the proxy's",
        "few and the proxy's",
        "none",
    ],
)
def test_a_worker_is_started_where_there_is_work_for_it(
    chosen: list[Case], most: int, workers: int
) -> None:
    """Each imports LiteLLM, which takes longer than a few cases do."""
    assert workers_for(chosen, most) == workers
