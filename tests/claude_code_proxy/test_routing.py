import litellm
import pytest

from claude_code_proxy.routing import choose_api
from claude_code_proxy.settings import ModelSettings
from common.errors import ConfigurationError
from tests.claude_code_proxy.upstream import RESPONSES_MODEL, Upstream


def chosen(
    model: str,
    *,
    setting: bool | None = None,
    switch: str | None = None,
    table: dict[str, object] | None = None,
) -> str:
    settings = ModelSettings(use_responses_api=setting)
    environment = {} if switch is None else {"ALWAYS_USE_RESPONSES_API": switch}
    return choose_api(model, settings, table or {}, environment)


@pytest.mark.parametrize(
    "model",
    [
        "gpt-5",
        "gpt-5.2-high",
        "gpt-5-mini",
        "gpt-6",
        "gpt-10.1",
        "GPT-5.4",
        "openai/gpt-5.2",
        "custom/vendor/gpt-5",
        "ft:gpt-5:acme",
        "o1",
        "o3-mini",
        "o3:free",
        "gpt-5:free",
        "o4-mini-deep-research",
        "codex-mini-latest",
        "gpt-4-codex",
    ],
)
def test_gpt_5_and_later_o_series_and_codex_take_responses(model: str) -> None:
    assert chosen(model) == "responses"


@pytest.mark.parametrize(
    "model",
    [
        "gpt-4o",
        "gpt-4.1",
        "gpt-35-turbo",
        "gpt-3.5-turbo",
        "gpt-oss-120b",
        "chatgpt-4o-latest",
        "ft:gpt-4o:acme",
        "glm-4.6",
        "deepseek-reasoner",
        "olmo-2",
        "o",
        "my-gpt-5-lookalike",
    ],
)
def test_every_other_model_takes_chat(model: str) -> None:
    assert chosen(model) == "chat"


@pytest.mark.parametrize("switch", ["true", "false"])
@pytest.mark.parametrize(("setting", "api"), [(True, "responses"), (False, "chat")])
@pytest.mark.parametrize("model", ["gpt-5", "glm-4.6"])
def test_the_setting_stands_over_environment_and_name(
    model: str,
    setting: bool,  # noqa: FBT001 - pytest passes it by name
    api: str,
    switch: str,
) -> None:
    assert chosen(model, setting=setting, switch=switch) == api


@pytest.mark.parametrize("model", ["gpt-5", "glm-4.6"])
def test_the_environment_stands_over_the_name(model: str) -> None:
    assert chosen(model, switch="TRUE") == "responses"


@pytest.mark.parametrize(("model", "api"), [("gpt-5", "responses"), ("glm-4.6", "chat")])
def test_not_always_leaves_it_to_the_name(model: str, api: str) -> None:
    """A false switch is not a ban."""
    assert chosen(model, switch="0") == api


@pytest.mark.parametrize(
    ("endpoints", "api"),
    [
        (["/v1/responses"], "responses"),
        (["/v1/responses", "/v1/batch"], "responses"),
        (["/v1/chat/completions", "/v1/responses"], "chat"),
        (["/v1/embeddings"], "chat"),
        ([], "chat"),
    ],
)
@pytest.mark.parametrize("listed_as", ["acme-1", "openai/acme-1"])
def test_the_table_counts_only_where_it_lists_no_chat_endpoint(
    listed_as: str, endpoints: list[str], api: str
) -> None:
    table: dict[str, object] = {listed_as: {"mode": "responses", "supported_endpoints": endpoints}}
    assert chosen("acme-1", table=table) == api


def test_the_environment_is_asked_at_each_request(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.sent("glm-4.6")
    monkeypatch.setenv("ALWAYS_USE_RESPONSES_API", "true")
    upstream.sent("glm-4.6")
    assert [entry.api for entry in upstream.session.journal.entries] == ["chat", "responses"]


def test_litellms_real_table_is_asked(upstream: Upstream) -> None:
    """A model outside the families that it lists for the Responses API alone goes there."""
    model = next(
        name
        for name, entry in litellm.model_cost.items()
        if entry.get("supported_endpoints") == ["/v1/responses"]
        and "/" not in name
        and chosen(name) == "chat"
    )
    upstream.sent(model)
    assert upstream.last.api == "responses"


def test_a_switch_that_is_no_boolean_is_refused_by_name(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client gets a 400 that names the variable, and nothing leaves."""
    with pytest.raises(ConfigurationError, match="ALWAYS_USE_RESPONSES_API is 'maybe'"):
        chosen("gpt-5", switch="maybe")
    monkeypatch.setenv("ALWAYS_USE_RESPONSES_API", "maybe")
    with pytest.raises(litellm.BadRequestError, match="ALWAYS_USE_RESPONSES_API"):
        upstream.sent("glm-4.6")
    assert upstream.count == 0


def test_the_model_name_is_sent_as_it_is(upstream: Upstream) -> None:
    """An effort in the name is part of the name, on whichever API."""
    assert upstream.sent(RESPONSES_MODEL)["model"] == RESPONSES_MODEL
    assert upstream.last.api == "responses"
    sent = upstream.sent("vendor/gpt-5.2-high", use_responses_api=False)
    assert sent["model"] == "vendor/gpt-5.2-high"
    assert upstream.last.api == "chat"
