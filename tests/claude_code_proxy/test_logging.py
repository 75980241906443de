import logging

import litellm
import pytest

from tests.claude_code_proxy.upstream import KEY, METHODS, MODELS, Upstream


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_one_line_a_request_without_key_or_prompt(
    upstream: Upstream,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    api: str,
    method: str,
) -> None:
    """Model, API, stream and flags at INFO; and nothing of ours on stdout."""
    secret = [{"role": "user", "content": "a prompt that is nobody's business"}]
    with caplog.at_level(logging.INFO, "claude_code_proxy"):
        METHODS[method](
            upstream.arguments(MODELS[api], messages=secret, drop_metadata_res_api=True)
        )
    [line] = [r.getMessage() for r in caplog.records if r.name.startswith("claude_code_proxy")]
    stream = method.endswith("streaming")
    assert line == (
        f"request: model={MODELS[api]} sent={MODELS[api]} api={api} stream={stream} effort=- "
        "flags=drop_metadata_res_api"
    )
    assert KEY not in caplog.text
    assert "claude_code_proxy" not in capsys.readouterr().out


def test_a_tool_that_cannot_be_sent_is_logged(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    hosted = {"type": "computer_20250124", "name": "computer"}
    sent = upstream.sent(tools=[hosted, {"type": "function", "function": {"name": "Bash"}}])
    assert [tool["name"] for tool in sent["tools"]] == ["Bash"]
    assert "tool of type 'computer_20250124' is not sent" in caplog.text


def test_the_line_shows_both_names_the_effort_and_every_switch(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    """The name that the user configured, and that which the upstream is told."""
    deployment = upstream.arguments(
        f"{MODELS['responses']}-reason-low", keep_reasoning=True, fill_item_ids_res_api=True
    )
    del deployment["messages"]
    router = litellm.Router([{"model_name": "custom/fast", "litellm_params": deployment}])
    with caplog.at_level(logging.INFO, "claude_code_proxy"):
        router.completion("custom/fast", [{"role": "user", "content": "hello"}])
    [line] = [r.getMessage() for r in caplog.records if r.name == "claude_code_proxy"]
    assert line == (
        f"request: model=custom/fast sent={MODELS['responses']} api=responses stream=False "
        "effort=low flags=fill_item_ids_res_api,keep_reasoning"
    )


def test_a_name_that_a_client_chose_cannot_break_the_line(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "claude_code_proxy"):
        upstream.sent("glm\nrequest: model=forged")
    assert "model='glm\\nrequest: model=forged' sent=" in caplog.text


@pytest.mark.parametrize(
    ("api", "words"),
    [("responses", "not sent, no place in the Responses API: logit_bias, stop"), ("chat", None)],
)
def test_what_an_api_has_no_place_for_is_named_at_debug(
    upstream: Upstream, caplog: pytest.LogCaptureFixture, api: str, words: str | None
) -> None:
    """By name alone: a value may be somebody's text."""
    asked = {"stop": ["private"], "logit_bias": {"7": 1}, "temperature": 0.5}
    with caplog.at_level(logging.DEBUG, "claude_code_proxy"):
        sent = upstream.sent(
            MODELS[api], **asked, user=None, allowed_openai_params=["stop", "logit_bias"]
        )
    lines = [r.getMessage() for r in caplog.records if "not sent" in r.getMessage()]
    assert lines == ([words] if words else [])
    assert ("stop" in sent) is (api == "chat")
    assert "private" not in caplog.text
