import traceback
from collections.abc import Callable
from typing import Any, Final

import litellm
import openai
import orjson
import pytest

from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.handler_call import HandlerCall
from claude_code_proxy.outbound import build_request
from mock_upstream import RawReply
from tests.claude_code_proxy.upstream import (
    KEY,
    METHODS,
    MODELS,
    RESPONSES_MODEL,
    Upstream,
    call_handler,
)

HISTORY: Final = [
    {"role": "user", "content": "a prompt that is nobody's business"},
    {
        "role": "assistant",
        "content": "hi",
        "thinking_blocks": [{"type": "thinking", "thinking": "step", "signature": "c2ln"}],
    },
    {"role": "user", "content": "go on"},
]
CLASSES: Final = {
    400: litellm.BadRequestError,
    401: litellm.AuthenticationError,
    403: litellm.exceptions.PermissionDeniedError,
    404: litellm.NotFoundError,
    413: litellm.BadRequestError,
    422: litellm.BadRequestError,
    429: litellm.RateLimitError,
    500: litellm.InternalServerError,
    502: litellm.InternalServerError,
    503: litellm.ServiceUnavailableError,
}


def refusal(status: int, error: Any = None, **headers: str) -> RawReply:
    """Return an error of OpenAI's shape, or the given body."""
    told = {"message": "No.", "type": "invalid_request_error", "param": "input", "code": "a_code"}
    body = orjson.dumps({"error": told} if error is None else error)
    return RawReply(
        status=status, headers={"content-type": "application/json", **headers}, chunks=(body,)
    )


def raised(method: str, **arguments: Any) -> Any:
    """Return the exception that the handler's own method raises."""
    with pytest.raises(openai.APIError) as error:
        call_handler(method, **arguments)
    return error.value


def arguments(upstream: Upstream, model: str = RESPONSES_MODEL, **more: Any) -> dict[str, Any]:
    own = {"model": model, "messages": HISTORY, "api_base": upstream.url, "api_key": KEY}
    return {**own, **more}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", CLASSES)
@pytest.mark.parametrize("api", MODELS)
def test_the_upstreams_status_decides_the_class(
    upstream: Upstream, api: str, status: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one request, even where a global setting would retry; message, param, code kept."""
    monkeypatch.setattr(litellm, "num_retries", 2)
    upstream.session.reply_with(refusal(status))
    error = raised(method, **arguments(upstream, MODELS[api]))
    assert type(error) is CLASSES[status]
    assert (error.status_code, error.param, error.code) == (status, "input", "a_code")
    assert f"upstream answered {status}: No. (param: input, code: a_code)" in str(error)
    assert upstream.count == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_a_global_num_retries_does_not_reach_our_call(
    upstream: Upstream, api: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiteLLM would retry in functions of its own, for which it needs a package of its own."""
    retried: list[str] = []
    for name in ("completion", "acompletion", "responses", "aresponses"):
        monkeypatch.setattr(litellm, f"{name}_with_retries", lambda *_, **__: retried.append("x"))
    monkeypatch.setattr(litellm, "num_retries", 2)
    upstream.session.reply_with(refusal(500))
    raised(method, **arguments(upstream, MODELS[api]))
    assert retried == []
    assert upstream.count == 1


@pytest.mark.parametrize("api", MODELS)
def test_retry_after_is_where_litellm_looks_for_it(upstream: Upstream, api: str) -> None:
    upstream.session.reply_with(refusal(429, **{"retry-after": "7"}))
    error = raised("completion", **arguments(upstream, MODELS[api]))
    assert error.response.headers["retry-after"] == "7"
    assert error.litellm_response_headers["retry-after"] == "7"
    assert error.headers == {"retry-after": "7"}, "what LiteLLM's proxy answers its client with"
    assert "retry-after: 7)" in str(error)


def test_no_other_header_of_the_upstream_is_handed_on(upstream: Upstream) -> None:
    """LiteLLM's proxy would answer with it from its own address: a cookie, say."""
    upstream.session.reply_with(refusal(429, **{"set-cookie": "a=b", "x-request-id": "req_1"}))
    assert raised("completion", **arguments(upstream)).headers == {}


@pytest.mark.parametrize(
    ("told", "kind"), [({"type": "of_its_own"}, "of_its_own"), ({}, "rate_limit_error")]
)
@pytest.mark.parametrize("method", METHODS)
def test_an_error_has_a_type(upstream: Upstream, method: str, told: Any, kind: str) -> None:
    """The upstream's, or the one that OpenAI has for the status."""
    upstream.session.reply_with(refusal(429, {"error": {"message": "No.", **told}}))
    assert raised(method, **arguments(upstream)).type == kind


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"detail": "Unsupported parameter: x"}, "Unsupported parameter: x"),
        (
            {"detail": [{"loc": ["body", "a", 0, "x"], "msg": "extra", "type": "extra_forbidden"}]},
            "a[0].x: extra (param: a[0].x, code: extra_forbidden)",
        ),
        ({"message": {"detail": [{"loc": ["x"], "msg": "extra", "input": "p"}]}}, "x: extra ("),
        ({"error": "Bad Request", "message": ["a", "b"]}, 'Bad Request: ["a", "b"]'),
        ({"error": None, "message": "flat", "param": "x"}, "flat (param: x)"),
        ({"error": True, "message": "flat"}, "flat"),
        ({"error": {"message": "Refused", "metadata": {"raw": "It broke."}}}, "Refused: It broke."),
        ({"error": {"message": {"of": "another form"}}}, '{"of": "another form"}'),
        ({"errors": [{"message": "m"}]}, '{"errors":[{"message":"m"}]}'),
        ({"error": {"message": "m", "code": "c" * 999}}, f"m (code: {'c' * 200})"),
        ({"message": "flat"}, "flat"),
        ({"error": "a word"}, "a word"),
        ([{"error": {"message": "in a list"}}], "in a list"),
        ("plain text", '"plain text"'),
        ({}, "{}"),
    ],
)
@pytest.mark.parametrize("api", MODELS)
def test_every_envelope_gives_its_message(
    upstream: Upstream, api: str, body: Any, message: str
) -> None:
    upstream.session.reply_with(refusal(400, body))
    error = raised("completion", **arguments(upstream, MODELS[api]))
    assert f"upstream answered 400: {message}" in str(error)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'Not valid: {"a": 1}!', 'Not valid: {"a": 1}!'),
        (rb'{"error": {"message": "half \ud83d of it", "code": "\ud83d"}}', "half \ufffd of it"),
        (b'{"error":' * 20_000, '{"error":{"error":'),
    ],
    ids=["text around an object", "half a character", "nested too deep"],
)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_a_body_of_no_known_form_is_its_own_message(
    upstream: Upstream, api: str, method: str, body: bytes, message: str
) -> None:
    """In characters that LiteLLM's proxy can send on."""
    upstream.session.reply_with(RawReply(status=400, chunks=(body,)))
    error = raised(method, **arguments(upstream, MODELS[api]))
    assert f"upstream answered 400: {message}" in str(error)
    assert repr(vars(error)).encode("utf-8")


@pytest.mark.parametrize("status", [204, 302])
@pytest.mark.parametrize("api", MODELS)
def test_a_status_of_our_own_choice_is_not_said_to_be_the_upstreams(
    upstream: Upstream, api: str, status: int
) -> None:
    """What says no error and is no reply is a 502 for the client."""
    chunks = () if status == 204 else (b"{}",)
    upstream.session.reply_with(RawReply(status=status, chunks=chunks))
    error = raised("completion", **arguments(upstream, MODELS[api]))
    assert error.status_code == 502
    assert "no usable reply" in str(error)
    assert "answered 502" not in str(error)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_what_is_no_json_is_refused_before_it_is_sent(
    upstream: Upstream, api: str, method: str
) -> None:
    """A tool's schema that no encoder goes down, say; not a 500 that is asked for three times."""
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(3000):
        schema = {"type": "object", "properties": {"a": schema}}
    tools = [{"type": "function", "function": {"name": "f", "parameters": schema}}]
    error = raised(method, **arguments(upstream, MODELS[api], optional_params={"tools": tools}))
    assert type(error) is litellm.BadRequestError
    assert "the request cannot be written as JSON" in str(error)
    assert upstream.count == 0


@pytest.mark.parametrize("method", METHODS)
def test_the_message_names_the_cure(start: Callable[..., Upstream], method: str) -> None:
    """Setting what each refusal asks for, one at a time, ends at a 200."""
    upstream = start("gateway")
    cures = {
        f"; upstream refused {flag.field!r}; set {flag.name}: true for {RESPONSES_MODEL}": flag.name
        for flag in DROP_FLAGS
    }
    settings: dict[str, bool] = {}
    while len(settings) < len(cures):
        message = str(raised(method, **arguments(upstream, optional_params=settings)))
        [named] = [name for hint, name in cures.items() if message.endswith(hint)]
        assert named not in settings
        settings = {**settings, named: True}
    call_handler(method, **arguments(upstream, optional_params=settings))
    assert [entry.status for entry in upstream.session.journal.entries] == [400, 400, 200]


def test_openais_own_words_name_field_and_cure(start: Callable[..., Upstream]) -> None:
    upstream = start("openai")
    error = raised("completion", **arguments(upstream))
    assert error.param == "input[1].thinking_blocks"
    assert "Unknown parameter: 'input[1].thinking_blocks'." in str(error)
    assert "set drop_thinking_blocks_res_api: true" in str(error)


def test_no_cure_is_named_that_would_not_help(upstream: Upstream) -> None:
    """On Chat the flags do nothing, one is set already, and a name may only sound alike."""
    unsupported = {"detail": "Unsupported parameter: metadata"}
    upstream.session.reply_with(refusal(400, unsupported))
    assert "set drop" not in str(raised("completion", **arguments(upstream, MODELS["chat"])))
    upstream.session.reply_with(refusal(400, unsupported))
    flag = {"drop_metadata_res_api": True}
    assert "set drop" not in str(raised("completion", **arguments(upstream, optional_params=flag)))
    upstream.session.reply_with(refusal(400, {"detail": "Unsupported parameter: metadata_x"}))
    assert "set drop" not in str(raised("completion", **arguments(upstream)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_neither_key_nor_prompt_is_in_an_error(upstream: Upstream, api: str, method: str) -> None:
    """Not in the message, not in the traceback, though the upstream echoes the key."""
    echo = {"error": {"message": f"Bad key {KEY}, header Authorization: Bearer another-one"}}
    upstream.session.reply_with(refusal(401, echo))
    error = raised(method, **arguments(upstream, MODELS[api]))
    told = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert "Bad key [key], header Authorization: Bearer [key]" in told
    assert KEY not in told
    assert "another-one" not in told
    assert "nobody's business" not in told


@pytest.mark.parametrize(
    ("key", "told"),
    [("abcd", "Bad key '[key]' of abcdef, expected none"), ("none", "expected none")],
)
def test_a_short_key_is_taken_out_as_a_word(upstream: Upstream, key: str, told: str) -> None:
    """Not out of other words; and the ``none`` of an upstream without keys is no secret."""
    upstream.session.reply_with(
        refusal(400, {"error": f"Bad key '{key}' of abcdef, expected none"})
    )
    error = raised("completion", **arguments(upstream, api_key=key))
    assert told in str(error)


def test_neither_key_nor_prompt_shows_in_a_repr() -> None:
    """Tracebacks that print local variables, as some loggers do, print these."""
    own = {"messages": HISTORY, "headers": {"x-key": "key-from-headers"}}
    upstream = Upstream(None, "http://127.0.0.1:9/v1")  # type: ignore[arg-type]  # not called
    optional = {"api_key": "key-from-optional", "extra_body": {"x": "key-from-extra-body"}}
    call = HandlerCall.from_arguments(arguments(upstream, **own, optional_params=optional))
    request = build_request(call, stream=False)
    shown = repr((call, request, request.settings))
    assert RESPONSES_MODEL in shown
    assert "key-from" not in shown
    assert "nobody's business" not in shown


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_nothing_at_the_address_is_a_connection_error(api: str, method: str) -> None:
    upstream = Upstream(None, "http://127.0.0.1:9/v1")  # type: ignore[arg-type]  # discard port
    error = raised(method, **arguments(upstream, MODELS[api]))
    assert type(error) is litellm.APIConnectionError
    assert "no usable answer from the upstream" in str(error)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_an_earlier_attempts_error_is_not_this_ones(
    upstream: Upstream, api: str, method: str
) -> None:
    """LiteLLM's Router retries while it handles the error before, which Python then chains."""
    upstream.session.reply_with(refusal(400))
    nowhere = Upstream(None, "http://127.0.0.1:9/v1")  # type: ignore[arg-type]  # discard port
    try:
        call_handler("completion", **arguments(upstream, MODELS[api]))
    except litellm.BadRequestError:
        error = raised(method, **arguments(nowhere, MODELS[api]))
    assert type(error) is litellm.APIConnectionError
    assert "upstream answered" not in str(error)


@pytest.mark.parametrize("api", MODELS)
def test_after_a_routers_retry_the_last_error_is_told(upstream: Upstream, api: str) -> None:
    """A timeout after a 500 is not one more 500."""
    params = {key: upstream.arguments()[key] for key in ("api_base", "api_key")}
    params["model"] = f"claude_code_router/{MODELS[api]}"
    router = litellm.Router(
        model_list=[{"model_name": "group", "litellm_params": params}],
        num_retries=1,
        retry_after=0,
        disable_cooldowns=True,
    )
    upstream.session.reply_with(refusal(500))
    upstream.session.reply_with(RawReply(chunks=(30.0, b"late")))
    with pytest.raises(litellm.Timeout):
        router.completion("group", HISTORY, timeout=0.3)
    assert upstream.count == 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_a_success_that_is_no_answer_is_an_upstreams_failure(
    upstream: Upstream, api: str, method: str
) -> None:
    """A web page, say, from a wrong address: an error that a client may take for nothing else."""
    page = RawReply(headers={"content-type": "text/html"}, chunks=(b"<html>Welcome</html>",))
    upstream.session.reply_with(page)
    assert raised(method, **arguments(upstream, MODELS[api])).status_code >= 500


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_an_upstream_that_says_nothing_is_a_timeout(
    upstream: Upstream, api: str, method: str
) -> None:
    upstream.session.reply_with(RawReply(chunks=(30.0, b"late")))
    error = raised(method, **arguments(upstream, MODELS[api], timeout=0.3))
    assert type(error) is litellm.Timeout
    assert upstream.count == 1


def test_the_router_asks_once_for_what_was_refused(start: Callable[..., Upstream]) -> None:
    """A 400 is not retried, and names the model as the configuration does."""
    upstream = start("gateway")
    params = {key: upstream.arguments()[key] for key in ("model", "api_base", "api_key")}
    router = litellm.Router(
        model_list=[{"model_name": "custom-openai/gpt", "litellm_params": params}], num_retries=2
    )
    with pytest.raises(litellm.BadRequestError, match="true for custom-openai/gpt"):
        router.completion("custom-openai/gpt", HISTORY)
    assert upstream.count == 1


def test_a_prompt_too_long_may_fall_back(upstream: Upstream) -> None:
    """LiteLLM's Router looks for this class."""
    told = {"message": "Too long.", "code": "context_length_exceeded", "param": "input"}
    upstream.session.reply_with(refusal(400, {"error": told}))
    error = raised("completion", **arguments(upstream))
    assert isinstance(error, litellm.ContextWindowExceededError)
