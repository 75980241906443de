"""Probing the mock with a profile gives back one that judges Claude Code's requests the same."""

from typing import Final

import pytest

from conformance.probe.drift import differences
from conformance.upstream_settings import profile_model, upstreams
from mock_upstream import Session, load_profile
from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import profile_names
from mock_upstream.verdict import APIS, Api, Payload
from tests.conformance.probe.charts import KEY, charted_at, lowered, served
from tests.conformance.probe.corpus import corpus

FEWEST_REQUESTS: Final = 100
"""Of the corpus, on each API."""


def apis_of(name: str) -> tuple[Api, ...]:
    """The APIs of which a profile says anything; both where it says nothing at all."""
    return tuple(api for api in APIS if name in dict(upstreams(api))) or APIS


@pytest.mark.parametrize("name", profile_names())
def test_a_charted_profile_judges_the_same(name: str) -> None:
    """Accept or refuse, and the field path, are the same on every request of the corpus."""
    profile, model = load_profile(name), profile_model(name)
    with served(Session(profile, api_keys=(KEY,))) as url:
        charted = charted_at(url, apis_of(name), model)
    real, drawn = compile_judge(profile), compile_judge(charted.profile)
    assert charted.chart.findings
    for found in charted.chart.findings:
        requests = list(corpus(found.api, model))
        assert len(requests) > FEWEST_REQUESTS
        for headers in {str(one): one for one in (lowered(found.foothold.headers), {})}.values():
            asked = [(request, found.api, payload, headers) for request, payload in requests]
            assert [name for name, *one in asked if place(real, *one) != place(drawn, *one)] == []
    assert charted.chart.draft.unsaid == []
    assert differences(profile, charted.chart) == []
    assert [one.api for one in charted.chart.journeys if not one.proved] == []


def place(
    judge: Judge, api: Api, payload: Payload, headers: dict[str, str]
) -> tuple[bool, str | None]:
    """Whether a request is taken, and at which field it is refused."""
    verdict = judge.check(api, payload, headers)
    return verdict.accepted, None if verdict.accepted else verdict.violations[0].path
