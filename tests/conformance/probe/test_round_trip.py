"""Probing the mock with a profile gives back one that judges Claude Code's requests the same."""

from typing import Any, Final

import pytest

from claude_code_proxy.routing import is_reasoning_family
from conformance.probe.drift import differences
from conformance.probe.whole_request import as_set
from conformance.upstream_settings import GOLDEN_SCENARIOS, profile_model, upstreams
from mock_upstream import Session, load_profile
from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import profile_names
from mock_upstream.verdict import APIS, Api, Payload
from tests.conformance.probe.charts import KEY, charted_at, lowered, served
from tests.conformance.probe.corpus import baseline, corpus

FEWEST_REQUESTS: Final = 100
"""Of the corpus, on each API."""


def apis_of(name: str) -> tuple[Api, ...]:
    """The APIs of which a profile says anything; both where it says nothing at all."""
    return tuple(api for api in APIS if name in dict(upstreams(api))) or APIS


@pytest.mark.parametrize("name", profile_names())
def test_a_charted_profile_judges_the_same(name: str) -> None:
    """Accept or refuse, and the field path, are the same on every request of the corpus.

    Compared with the profile itself nothing has drifted, and with the settings that the probe found
    the profile takes Claude Code's recorded requests.
    """
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
    for journey in charted.chart.journeys:
        assert journey.proved
        headers = lowered(journey.settings.get("extra_headers", {}))
        for scenario in GOLDEN_SCENARIOS:
            sent = as_set(recorded(scenario, journey.api, model), journey.api, journey.settings)
            assert place(real, journey.api, sent, headers) == (True, None), scenario


def recorded(scenario: str, api: Api, model: str) -> dict[str, Any]:
    """What the handler sends of a scenario to a model: the limit has the name that it takes."""
    sent = {**baseline(scenario, api), "model": model}
    if api == "chat" and is_reasoning_family(model):
        sent["max_completion_tokens"] = sent.pop("max_tokens")
    return sent


def place(
    judge: Judge, api: Api, payload: Payload, headers: dict[str, str]
) -> tuple[bool, str | None]:
    """Whether a request is taken, and at which field it is refused."""
    verdict = judge.check(api, payload, headers)
    return verdict.accepted, None if verdict.accepted else verdict.violations[0].path
