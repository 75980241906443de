from typing import Any

import litellm
import pytest

from claude_code_proxy.placements import PLACEMENTS
from mock_upstream import RawReply
from tests.claude_code_proxy.upstream import (
    METHODS,
    MODELS,
    RESPONSES_MODEL,
    USER,
    Upstream,
    call_handler,
    headers,
)

BY_MODEL = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


@pytest.fixture
def ambient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that belongs to OpenAI's own upstream, and one that leads elsewhere."""
    for name, value in {
        "OPENAI_API_KEY": "key-from-env",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/from-env",
        "OPENAI_API_BASE": "http://127.0.0.1:9/from-env",
        "OPENAI_ORGANIZATION": "org-from-env",
        "OPENAI_ORG_ID": "org-from-env",
        "OPENAI_PROJECT_ID": "project-from-env",
        "OPENAI_CUSTOM_HEADERS": "X-Secret: secret-from-env\nX-Own: from-env",
    }.items():
        monkeypatch.setenv(name, value)


def key_sent(upstream: Upstream, *candidates: str) -> str | None:
    """Return which of the marked keys the latest request carried."""
    assert upstream.last.credential is not None
    journal = upstream.session.journal
    names = {journal.fingerprint(key): key for key in candidates}
    return names.get(upstream.last.credential.fingerprint)


@pytest.mark.usefixtures("ambient")
@pytest.mark.parametrize("method", METHODS)
@BY_MODEL
def test_the_calls_credentials_reach_the_upstream_and_the_environments_do_not(
    upstream: Upstream, model: str, method: str
) -> None:
    """Neither key nor address nor headers of the environment go to a model's own upstream."""
    METHODS[method](upstream.arguments(model, extra_headers={"x-own": "from-config"}))
    assert key_sent(upstream, "key-from-env", "key-from-call") == "key-from-call"
    sent = headers(upstream.last)
    assert not [value for value in sent.values() if "from-env" in value]
    assert not sent.keys() & {"openai-organization", "openai-project", "x-secret"}
    assert sent["x-own"] == "from-config"


@BY_MODEL
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_without_them_in_the_call_the_placements_give_them(
    upstream: Upstream, model: str, placement: str
) -> None:
    own = {"api_base": upstream.url, "api_key": "key-from-placement"}
    arguments: dict[str, dict[str, Any]] = {
        "litellm_params": {"litellm_params": own},
        "optional_params": {"optional_params": own},
        "optional_params.litellm_params": {"optional_params": {"litellm_params": own}},
    }
    for base, key in ((None, None), ("", "")):
        call_handler(
            "completion",
            model=model,
            messages=USER,
            api_base=base,
            api_key=key,
            **arguments[placement],
        )
        assert key_sent(upstream, "key-from-placement") == "key-from-placement"


@BY_MODEL
def test_the_calls_own_win_over_litellm_params(upstream: Upstream, model: str) -> None:
    elsewhere = {"api_base": "http://127.0.0.1:9/v1", "api_key": "key-from-litellm-params"}
    call_handler(
        "completion",
        model=model,
        messages=USER,
        api_base=upstream.url,
        api_key="key-from-call",
        litellm_params=elsewhere,
        optional_params={"litellm_params": elsewhere},
    )
    assert key_sent(upstream, "key-from-call", "key-from-litellm-params") == "key-from-call"


@pytest.mark.usefixtures("ambient")
@pytest.mark.parametrize("method", METHODS)
@BY_MODEL
def test_an_upstream_without_a_key_of_its_own_gets_none_of_ours(
    upstream: Upstream, model: str, method: str
) -> None:
    """A 400 says what to set, and nothing leaves."""
    with pytest.raises(litellm.BadRequestError, match="set api_key, or api_key: none"):
        METHODS[method]({**upstream.arguments(model), "api_key": None})
    assert upstream.count == 0


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            "https://someone:password-of-mine@example.com:1/v1?x=password-of-mine",
            " https://example.com ",
        ),
        ("someone:password-of-mine@example.com/v1", " \\(without a host\\) "),
        ("http://[password-of-mine", " \\(not an address\\) "),
    ],
)
def test_the_refusal_shows_scheme_and_host_alone(address: str, shown: str) -> None:
    arguments = {"api_base": address, "api_key": None}
    with pytest.raises(litellm.BadRequestError, match=shown) as error:
        call_handler("completion", model=RESPONSES_MODEL, messages=USER, **arguments)
    assert "password-of-mine" not in str(error.value)


@BY_MODEL
def test_api_key_none_is_sent_as_the_word_none(upstream: Upstream, model: str) -> None:
    """It satisfies our rule, and an upstream that takes no key ignores it."""
    upstream.sent(model, api_key="none")
    assert key_sent(upstream, "none") == "none"


@BY_MODEL
def test_without_an_address_of_its_own_litellms_environment_decides(
    upstream: Upstream, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", upstream.url)
    monkeypatch.setenv("OPENAI_API_KEY", "key-from-env")
    litellm.completion(model=f"claude_code_router/{model}", messages=list(USER))
    assert key_sent(upstream, "key-from-env") == "key-from-env"


@pytest.mark.parametrize("name", ["api_base", "api_key"])
def test_a_credential_that_is_no_string_is_refused(upstream: Upstream, name: str) -> None:
    arguments = {"api_base": upstream.url, "api_key": "key-from-call", name: 7}
    with pytest.raises(litellm.BadRequestError, match=f"{name} .* int; expected a string"):
        call_handler("completion", model=RESPONSES_MODEL, messages=USER, **arguments)


@pytest.mark.parametrize(
    ("placement", "arguments"),
    [
        ("litellm_params", {"litellm_params": "flags"}),
        (r"optional_params\.litellm_params", {"optional_params": {"litellm_params": "flags"}}),
    ],
)
def test_settings_that_are_no_mapping_are_refused(
    upstream: Upstream, placement: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(litellm.BadRequestError, match=f"^litellm.BadRequestError: {placement} .*"):
        call_handler(
            "completion",
            model=RESPONSES_MODEL,
            messages=USER,
            api_base=upstream.url,
            api_key="key-from-call",
            **arguments,
        )


@BY_MODEL
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_the_headers_of_the_models_config_go_upstream(
    upstream: Upstream, model: str, placement: str, method: str
) -> None:
    """In each placement, beside those that LiteLLM hands over, which win; a number as digits."""
    own = {
        "extra_headers": {"x-own": "from-placement", "x-number": 2, "x-given": "no", "x-no": None}
    }
    arguments: dict[str, dict[str, Any]] = {
        "litellm_params": {"litellm_params": own},
        "optional_params": {"optional_params": own},
        "optional_params.litellm_params": {"optional_params": {"litellm_params": own}},
    }
    call_handler(
        method,
        model=model,
        messages=USER,
        api_base=upstream.url,
        api_key="key-from-call",
        headers={"x-given": "from-call"},
        **arguments[placement],
    )
    sent = headers(upstream.last)
    assert sent["x-own"] == "from-placement"
    assert sent["x-number"] == "2"
    assert sent["x-given"] == "from-call"
    assert "x-no" not in sent
    assert b"x-own" not in upstream.last.body


@pytest.mark.parametrize(
    "value", [{"x": True}, {"x": ["marked"]}, "x: marked", ["marked"]], ids=str
)
def test_headers_that_are_no_strings_are_refused(upstream: Upstream, value: object) -> None:
    """By name and type: a value may be a secret."""
    with pytest.raises(litellm.BadRequestError, match=r"extra_headers.* expected a ") as e:
        upstream.sent(litellm_params={"extra_headers": value})
    assert "marked" not in str(e.value)
    assert upstream.count == 0


@BY_MODEL
@pytest.mark.parametrize("method", METHODS)
def test_the_proxys_record_of_the_client_goes_nowhere(
    upstream: Upstream, model: str, method: str
) -> None:
    """Neither headers nor key of the client nor the proxy's own: all of them are marked here."""
    client = {"authorization": "Bearer marked-client", "x-api-key": "marked-client"}
    client |= {"x-mine": "marked-client", "anthropic-beta": "marked-client", "cookie": "marked"}
    record = {"url": "http://p/v1/messages", "headers": client, "body": {"x": "marked-body"}}
    call_handler(
        method,
        model=model,
        messages=USER,
        api_base=upstream.url,
        api_key="key-from-call",
        litellm_params={
            "proxy_server_request": record,
            "metadata": {"headers": client, "user_api_key_hash": "marked", "endpoint": "marked"},
            "litellm_metadata": {"headers": client},
        },
    )
    assert b"marked" not in upstream.last.body
    assert not [value for value in headers(upstream.last).values() if "marked" in value]


@pytest.mark.usefixtures("ambient")
@BY_MODEL
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_an_address_out_of_a_placement_gets_only_the_key_beside_it(
    upstream: Upstream, model: str, placement: str
) -> None:
    """LiteLLM's proxy lets a client write one of them, and the call's key is the model's."""
    own = {"api_base": upstream.url}
    arguments: dict[str, dict[str, Any]] = {
        "litellm_params": {"litellm_params": own},
        "optional_params": {"optional_params": own},
        "optional_params.litellm_params": {"optional_params": {"litellm_params": own}},
    }
    with pytest.raises(litellm.BadRequestError, match="set api_key, or api_key: none"):
        call_handler(
            "completion",
            model=model,
            messages=USER,
            api_key="key-of-the-model",
            **arguments[placement],
        )
    assert upstream.count == 0


@BY_MODEL
@pytest.mark.parametrize("name", ["api_base", "api_key"])
def test_a_client_of_the_proxy_may_name_neither(upstream: Upstream, model: str, name: str) -> None:
    """Else it could send the proxy, and what it knows, wherever it likes."""
    nested = {"api_base": upstream.url, "api_key": "key-of-the-client"}
    record = {
        "url": "http://p/v1/chat/completions",
        "body": {"litellm_params": {name: nested[name]}},
    }
    with pytest.raises(litellm.BadRequestError, match="names an api_base or api_key of its own"):
        call_handler(
            "completion",
            model=model,
            messages=USER,
            optional_params={"litellm_params": nested},
            litellm_params={"proxy_server_request": record},
        )
    assert upstream.count == 0


@pytest.mark.parametrize(
    "unsendable",
    [
        {"api_key": "key-of-mine\n"},
        {"api_key": " key-of-mine"},
        {"api_key": "kéy-of-mine"},
        {"api_base": "http://key-of-mine@upstream.example.com:99999/v1"},
        {"api_base": "upstream.example.com/v1"},
        {"api_base": "ftp://upstream.example.com/v1"},
        {"api_base": "http://up stream.example.com/v1"},
        {"api_base": "http://upstream.example.com/v1\n"},
        {"headers": {"x-key": "key-of-mine\n"}},
        {"headers": {"x-key": "kéy-of-mine"}},
        {"headers": {"x key": "key-of-mine"}},
        {"headers": {"x-key:": "key-of-mine"}},
    ],
    ids=repr,
)
@BY_MODEL
def test_what_cannot_be_sent_is_refused_by_name(
    upstream: Upstream, model: str, unsendable: dict[str, Any]
) -> None:
    """A line break at a key's end, say: a 400 that says where, and not what it holds."""
    [name] = unsendable
    arguments = {"api_base": upstream.url, "api_key": "key-from-call", **unsendable}
    shown = "extra_headers" if name == "headers" else name
    with pytest.raises(litellm.BadRequestError, match=f"{shown}.*model '{model}'") as error:
        call_handler("completion", model=model, messages=USER, **arguments)
    assert "y-of-mine" not in str(error.value)
    assert upstream.count == 0


@BY_MODEL
def test_a_key_in_a_header_of_ours_is_taken_out_of_what_the_upstream_says(
    upstream: Upstream, model: str
) -> None:
    """Without its scheme, too."""
    echo = b'{"error": {"message": "Bad token key-in-a-header"}}'
    upstream.session.reply_with(RawReply(status=401, chunks=(echo,)))
    with pytest.raises(litellm.AuthenticationError, match=r"Bad token \[key\]"):
        upstream.sent(model, extra_headers={"authorization": "Bearer key-in-a-header"})
