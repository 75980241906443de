"""`docs/settings.md` says what the handler does."""

import logging
import re
from pathlib import Path
from typing import Any, Final

import litellm
import pytest
import yaml

from claude_code_proxy import settings_page
from claude_code_proxy.model_name import EFFORTS, REMAPS
from claude_code_proxy.settings import OWN_NAMES
from tests.claude_code_proxy.upstream import (
    KEY,
    RESPONSES_MODEL,
    USER,
    Upstream,
    call_handler,
    messages_stream,
)

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / settings_page.PAGE).read_text("utf-8")
BLOCKS: Final[list[Any]] = [
    yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
]
ALLOWED: Final = BLOCKS[0]["model_list"][0]["litellm_params"]["allowed_openai_params"]


def test_its_tables_are_current(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """And the generator writes them so, whatever stood there."""
    monkeypatch.chdir(ROOT)
    assert settings_page.main(["--check"]) == 0, "run python -m claude_code_proxy.settings_page"
    stale = tmp_path / "settings.md"
    stale.write_text(re.sub(r"\| `drop_metadata_res_api.*\n", "", PAGE), "utf-8")
    monkeypatch.setattr(settings_page, "PAGE", stale)
    assert settings_page.main(["--check"]) == 1
    assert settings_page.main([]) == 0
    assert stale.read_text("utf-8") == PAGE


@pytest.mark.parametrize("name", sorted({*OWN_NAMES, *REMAPS.values(), *EFFORTS}))
def test_it_tells_of_every_setting(name: str) -> None:
    assert re.search(rf"`{name}\b|\b{name}:", PAGE)


def test_its_first_example_is_understood_whole(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    """Every setting in it shows on the wire, and none is a stranger to the handler."""
    [entry] = BLOCKS[0]["model_list"]
    entry["litellm_params"] |= {"api_base": upstream.url, "api_key": KEY}
    router = litellm.Router([entry])
    router.completion(entry["model_name"], list(USER), temperature=0.5)
    sent = upstream.last.json()
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING and "claude" in r.name]
    assert sent["reasoning"] == {"effort": "high", "summary": "auto"}
    assert sent["service_tier"] == "flex"
    assert sent["include"] == ["reasoning.encrypted_content"]
    assert ("x-tenant", "blue") in upstream.last.headers
    assert not sent.keys() & {"metadata", "temperature"}


def test_its_wildcard_serves_every_claude_name(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMAP_CLAUDE_HAIKU_TO", "gpt-5.2-reason-low")
    monkeypatch.setenv("OPENAI_BASE_URL", upstream.url)
    monkeypatch.setenv("OPENAI_API_KEY", "key-from-env")
    litellm.Router(BLOCKS[1]["model_list"]).completion("claude-haiku-4-5", list(USER))
    assert upstream.last.json()["model"] == "gpt-5.2"
    assert upstream.last.json()["reasoning"] == {"effort": "low"}


@pytest.mark.parametrize(
    ("asked", "effort"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "low"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, "medium"),
        ({"thinking": {"type": "enabled", "budget_tokens": 31999}}, "high"),
        ({"thinking": {"type": "adaptive"}}, "medium"),
        ({"thinking": {"type": "enabled", "budget_tokens": 4096}}, "high"),
        ({"thinking": {"type": "disabled"}}, "none"),
        ({}, "minimal"),
    ],
    ids=str,
)
def test_claude_codes_own_effort_arrives_with_that_one_line(
    upstream: Upstream, asked: dict[str, Any], effort: str
) -> None:
    """And wins over the model's; without the line the model's is all that arrives."""
    more = {**asked, "reasoning": "minimal", "drop_params": True}
    messages_stream(upstream.arguments(**more, allowed_openai_params=ALLOWED))
    assert upstream.last.json()["reasoning"]["effort"] == effort
    messages_stream(upstream.arguments(**more))
    assert upstream.last.json()["reasoning"] == {"effort": "minimal"}


@pytest.mark.parametrize(("wanted", "effort"), [("low", "low"), ("max", "xhigh"), (None, "medium")])
def test_the_effort_of_adaptive_thinking_is_in_the_proxys_record(
    upstream: Upstream, wanted: str | None, effort: str
) -> None:
    """LiteLLM lets ``output_config`` through in no configuration."""
    thinking = {"type": "adaptive"}
    body = {"thinking": thinking, **({"output_config": {"effort": wanted}} if wanted else {})}
    record = {"url": "http://proxy/v1/messages?beta=true", "body": body}
    arguments = {"model": RESPONSES_MODEL, "messages": USER, "api_base": upstream.url}
    for params, sent in (({"thinking": thinking}, {"effort": effort}), ({}, None)):
        call_handler(
            "completion",
            **arguments,
            api_key=KEY,
            optional_params=params,
            litellm_params={"proxy_server_request": record},
        )
        assert upstream.last.json().get("reasoning") == sent
