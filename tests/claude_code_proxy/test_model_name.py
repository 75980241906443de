from typing import Any

import litellm
import pytest

from claude_code_proxy.model_name import EFFORTS, REMAPS, ModelName
from claude_code_proxy.placements import PLACEMENTS
from common.errors import ConfigurationError
from tests.claude_code_proxy.test_drop_flags import placed, sent_by_handler
from tests.claude_code_proxy.upstream import MODELS, Upstream

ALLOWED = {"allowed_openai_params": ["reasoning_effort"]}


def effort_sent(body: dict[str, Any]) -> object:
    """Return the effort of a body of either API."""
    return body.get("reasoning", {}).get("effort") or body.get("reasoning_effort")


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("api", MODELS)
def test_the_suffix_becomes_the_effort_and_leaves_the_name(
    upstream: Upstream, api: str, effort: str
) -> None:
    sent = upstream.sent(f"{MODELS[api]}-reason-{effort}")
    assert upstream.last.api == api
    assert sent["model"] == MODELS[api]
    assert effort_sent(sent) == effort


@pytest.mark.parametrize("api", MODELS)
def test_the_request_wins_over_the_settings_and_these_over_the_suffix(
    upstream: Upstream, api: str
) -> None:
    model = f"{MODELS[api]}-reason-low"
    asked: dict[str, Any] = {"reasoning_effort": "high", **ALLOWED}
    assert effort_sent(upstream.sent(model, **asked, reasoning={"effort": "medium"})) == "high"
    assert effort_sent(upstream.sent(model, reasoning={"effort": "medium"})) == "medium"
    assert effort_sent(upstream.sent(model, reasoning={"summary": "auto"})) == "low"
    assert effort_sent(upstream.sent(MODELS[api])) is None


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("api", MODELS)
@pytest.mark.parametrize(
    "value", ["high", {"effort": "high"}, {"effort": "high", "summary": "auto"}], ids=str
)
def test_the_setting_counts_in_each_placement(
    upstream: Upstream, api: str, placement: str, value: object
) -> None:
    """A summary is the Responses API's alone."""
    arguments = placed(placement, {"reasoning": value})
    sent = sent_by_handler(upstream, MODELS[api], **arguments)
    if api == "chat":
        assert sent["reasoning_effort"] == "high"
        assert "reasoning" not in sent
    else:
        assert sent["reasoning"] == ({"effort": "high"} if isinstance(value, str) else value)


@pytest.mark.parametrize("placement", ["litellm_params", "optional_params.litellm_params"])
def test_litellms_name_counts_where_litellm_leaves_it(upstream: Upstream, placement: str) -> None:
    sent = sent_by_handler(upstream, **placed(placement, {"reasoning_effort": "high"}))
    assert sent["reasoning"] == {"effort": "high"}


@pytest.mark.parametrize(
    "value", [7, True, "", [], {"effort": 1}, {"efort": "high"}, {"effort": ""}], ids=str
)
def test_another_value_of_the_setting_is_refused(upstream: Upstream, value: object) -> None:
    with pytest.raises(litellm.BadRequestError, match=r"reasoning is .* in optional_params of mod"):
        upstream.sent(reasoning=value)
    assert upstream.count == 0


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("gpt-5.2-reason-hgih", "'hgih'; expected .* xhigh; did you mean 'high'?"),
        ("gpt-5.2-reason-", "''; expected "),
        ("gpt-5.2-reason-High", "'High'; .* did you mean 'high'?"),
        ("-reason-high", "'high'; expected a name"),
    ],
)
def test_an_effort_nobody_knows_is_refused(upstream: Upstream, model: str, hint: str) -> None:
    with pytest.raises(litellm.BadRequestError, match=hint):
        upstream.sent(model)
    assert upstream.count == 0


@pytest.mark.parametrize("family", REMAPS)
@pytest.mark.parametrize(
    ("target", "api", "name", "effort"),
    [
        ("gpt-5.2", "responses", "gpt-5.2", None),
        ("openai/gpt-5.2-reason-high", "responses", "gpt-5.2", "high"),
        (" glm-4.6-reason-low ", "chat", "glm-4.6", "low"),
        ("vendor/gpt-4o", "chat", "vendor/gpt-4o", None),
    ],
)
def test_a_claude_family_is_remapped_by_the_environment(
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    family: str,
    target: str,
    api: str,
    name: str,
    effort: str | None,
) -> None:
    """The target's name decides the API, as if it had been configured."""
    monkeypatch.setenv(REMAPS[family], target)
    sent = upstream.sent(f"claude-{family}-4-5-20250929")
    assert (upstream.last.api, sent["model"], effort_sent(sent)) == (api, name, effort)


def test_a_targets_effort_wins_over_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMAP_CLAUDE_OPUS_TO", "gpt-5.2")
    assert ModelName.of("claude-opus-4-1-reason-low") == ModelName("gpt-5.2", "low")
    monkeypatch.setenv("REMAP_CLAUDE_OPUS_TO", "gpt-5.2-reason-high")
    assert ModelName.of("claude-opus-4-1-reason-low") == ModelName("gpt-5.2", "high")


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-2.1", "my-claude-haiku", "glm"])
def test_what_no_remap_names_keeps_its_name(model: str) -> None:
    """Another family, none of the three, not Claude's, or a variable that is blank."""
    environment = {"REMAP_CLAUDE_HAIKU_TO": "gpt-5-mini", "REMAP_CLAUDE_SONNET_TO": " "}
    assert ModelName.of(model, environment) == ModelName(model)


@pytest.mark.parametrize("target", ["gpt 5", "openai/", "gpt-5-reason-hihg"])
def test_a_bad_target_is_refused_by_its_variable(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.setenv("REMAP_CLAUDE_HAIKU_TO", target)
    with pytest.raises(ConfigurationError, match=f"REMAP_CLAUDE_HAIKU_TO, which is {target!r}"):
        ModelName.of("claude-haiku-4-5")
    with pytest.raises(litellm.BadRequestError, match="REMAP_CLAUDE_HAIKU_TO"):
        upstream.sent("claude-haiku-4-5")
    assert upstream.count == 0
