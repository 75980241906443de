import logging

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
    hosted = {"type": "web_search_20250305", "name": "web_search"}
    sent = upstream.sent(tools=[hosted, {"type": "function", "function": {"name": "Bash"}}])
    assert [tool["name"] for tool in sent["tools"]] == ["Bash"]
    assert "tool of type 'web_search_20250305' is not sent" in caplog.text
