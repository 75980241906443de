from typing import Any

import pytest

from tests.claude_code_proxy.test_drop_flags import sent_by_handler
from tests.claude_code_proxy.test_model_name import effort_sent
from tests.claude_code_proxy.upstream import MODELS, Upstream

ADAPTIVE = {"type": "adaptive"}
BY_API = pytest.mark.parametrize("api", MODELS)


def asked(thinking: object, effort: object = None, url: str = "http://p/v1/messages") -> Any:
    """Return arguments as they come with ``thinking`` let through, and the proxy's record."""
    body = {"thinking": thinking, "output_config": {"effort": effort}}
    return {
        "optional_params": {"thinking": thinking},
        "litellm_params": {"proxy_server_request": {"url": url, "body": body}},
    }


@BY_API
@pytest.mark.parametrize(
    ("thinking", "effort"),
    [
        ({"type": "disabled"}, "none"),
        (ADAPTIVE, "medium"),
        ({"type": "enabled", "budget_tokens": 4096}, "high"),
        ({"type": "enabled", "budget_tokens": 4095}, "medium"),
        ({"type": "enabled", "budget_tokens": 2048}, "medium"),
        ({"type": "enabled", "budget_tokens": 2047}, "low"),
        ({"type": "enabled", "budget_tokens": 1024}, "low"),
        ({"type": "enabled", "budget_tokens": 1023}, "minimal"),
        ({"type": "enabled"}, None),
        ({"type": "novel"}, None),
    ],
    ids=str,
)
def test_thinking_that_is_let_through_becomes_an_effort(
    upstream: Upstream, api: str, thinking: dict[str, Any], effort: str | None
) -> None:
    """By LiteLLM's own thresholds; ``thinking`` itself is no field of either API."""
    sent = sent_by_handler(upstream, MODELS[api], **asked(thinking))
    assert effort_sent(sent) == effort
    assert "thinking" not in sent


@BY_API
@pytest.mark.parametrize(("wanted", "effort"), [("low", "low"), ("max", "xhigh"), (7, "medium")])
def test_adaptive_thinking_takes_the_effort_of_the_output_config(
    upstream: Upstream, api: str, wanted: object, effort: str
) -> None:
    sent = sent_by_handler(upstream, MODELS[api], **asked(ADAPTIVE, wanted))
    assert effort_sent(sent) == effort
    assert "output_config" not in sent


@BY_API
def test_only_messages_has_an_output_config(upstream: Upstream, api: str) -> None:
    """The same key in another entry's request is somebody else's."""
    elsewhere = asked(ADAPTIVE, "high", url="http://p/v1/chat/completions")
    assert effort_sent(sent_by_handler(upstream, MODELS[api], **elsewhere)) == "medium"


@BY_API
@pytest.mark.parametrize(("said", "effort"), [("low", "low"), (None, "high")])
def test_the_requests_own_effort_wins_over_its_thinking(
    upstream: Upstream, api: str, said: str | None, effort: str
) -> None:
    """An effort of null says nothing."""
    arguments = asked({"type": "enabled", "budget_tokens": 8000})
    arguments["optional_params"]["reasoning_effort"] = said
    assert effort_sent(sent_by_handler(upstream, MODELS[api], **arguments)) == effort


@pytest.mark.parametrize("name", ["reasoning", "reasoning_effort"])
def test_the_earlier_placement_of_an_effort_wins_and_the_later_fills_in(
    upstream: Upstream, name: str
) -> None:
    sent = sent_by_handler(
        upstream,
        litellm_params={"reasoning": {"effort": "high", "summary": None}},
        optional_params={"litellm_params": {name: {"effort": "low", "summary": "auto"}}},
    )
    assert sent["reasoning"] == {"effort": "high", "summary": "auto"}


def test_an_effort_among_the_requests_own_parameters_is_no_setting(upstream: Upstream) -> None:
    """There it wins over the settings: it is the request's, or LiteLLM has settled it."""
    sent = sent_by_handler(
        upstream,
        litellm_params={"reasoning": "high"},
        optional_params={"reasoning_effort": "low"},
    )
    assert sent["reasoning"] == {"effort": "low"}
