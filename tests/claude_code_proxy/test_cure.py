import json
import logging
from collections.abc import Callable
from typing import Any, Final

import litellm
import pytest

from claude_code_proxy.adaptations import ADAPTATIONS, Adaptation
from claude_code_proxy.misspelt import misspelt
from claude_code_proxy.placements import PLACEMENTS, PlacedSettings
from claude_code_proxy.settings import OWN_NAMES
from mock_upstream import RawReply
from tests.claude_code_proxy.test_drop_flags import HISTORY, placed, sent_by_handler
from tests.claude_code_proxy.test_errors import refusal
from tests.claude_code_proxy.upstream import METHODS, MODELS, RESPONSES_MODEL, Upstream

TURNS = {"responses": "input", "chat": "messages"}


def unknown(path: str, **more: Any) -> RawReply:
    """Return OpenAI's refusal of a field that it does not know."""
    told = {"message": f"Unknown parameter: '{path}'.", "type": "invalid_request_error"}
    error = {**told, "param": path, "code": "unknown_parameter", **more}
    return refusal(400, {"error": error})


def refused(upstream: Upstream, reply: RawReply, api: str = "responses", **more: Any) -> str:
    """Return the message of the exception that ``reply`` becomes."""
    upstream.session.reply_with(reply)
    with pytest.raises(litellm.BadRequestError) as error:
        upstream.sent(MODELS[api], **more)
    return str(error.value)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("api", MODELS)
def test_following_the_line_cures_any_refused_field(
    start: Callable[..., Upstream], api: str, method: str
) -> None:
    """What the message says to set, set, is accepted: at the top and inside the turns."""
    path = f"{TURNS[api]}[*].foo"
    upstream = start("permissive", reject=("temperature", path))
    turn = "content" if api == "chat" else "role"
    extra = {TURNS[api]: [{"role": "user", "content": turn, "foo": 1}]}
    settings: dict[str, Any] = {}
    for _ in range(2):
        with pytest.raises(litellm.BadRequestError) as error:
            METHODS[method](
                upstream.arguments(MODELS[api], temperature=0.5, extra_body=extra, **settings)
            )
        _, line = str(error.value).split("set drop_fields: ")
        settings = {"drop_fields": json.JSONDecoder().raw_decode(line)[0]}
    METHODS[method](upstream.arguments(MODELS[api], temperature=0.5, extra_body=extra, **settings))
    assert sorted(settings["drop_fields"]) == sorted(["temperature", path])
    assert upstream.count == 3


@pytest.mark.parametrize(
    "param", ["input[2].content[0].text", "input.2.content.0.text", "input[*].content[0].text"]
)
def test_the_line_means_every_turn(upstream: Upstream, param: str) -> None:
    """A number in the refusal is this request's; the next one's is another."""
    message = refused(upstream, unknown(param), messages=HISTORY, drop_fields=["user"])
    path = "input[*].content[*].text"
    hint = f"; upstream refused {path!r}; set drop_fields: "
    assert message.endswith(f'{hint}["user", "{path}"] for {RESPONSES_MODEL}')


@pytest.mark.parametrize(
    "reply",
    [
        unknown("temperature", message="Unsupported value: 0.5", code="unsupported_value"),
        unknown("temperature", message="Unknown parameter value", code="invalid_value"),
        unknown("temperature", message="Missing required field", code="missing"),
        unknown("temperature", message="temperature must be 1", code=None),
        unknown("model"),
        unknown("input"),
        unknown("input[0]"),
        unknown("input[*]"),
        unknown("no_such_field"),
        unknown("not a path"),
        refusal(404, {"error": {"message": "Unknown field", "param": "temperature"}}),
    ],
    ids=lambda reply: reply.chunks[0].decode(),
)
def test_no_line_is_named_that_would_not_help(upstream: Upstream, reply: RawReply) -> None:
    """A wrong or missing value, a field that must be sent or was not, another kind of error."""
    upstream.session.reply_with(reply)
    with pytest.raises((litellm.BadRequestError, litellm.NotFoundError)) as error:
        upstream.sent(temperature=0.5)
    assert "drop_fields" not in str(error.value)


REFUSALS: Final = {
    "flatten_text_chat_api": (
        "Failed to deserialize the JSON body into the target type: messages[0]: invalid type: "
        "sequence, expected a string at line 1 column 9",
    ),
    "fill_null_content_chat_api": (
        "Invalid 'content': 'content' field must be a string or an array of objects.",
        "Invalid value for 'content': expected a string, got null.",
    ),
    "fill_reasoning_content_chat_api": (
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
        "The reasoning_content in the thinking mode must be passed back to the API.",
        "Missing reasoning_content field in the assistant message at message index 2.",
        "thinking is enabled but reasoning_content is missing in assistant tool call message",
    ),
    "fill_thought_signature_chat_api": (
        "Function call is missing a thought_signature in functionCall parts.",
    ),
    "shorten_call_ids_chat_api": (
        "Tool call id was toolu_01A but must be a-z, A-Z, 0-9, with a length of 9.",
    ),
    "late_system_to_user_chat_api": (
        "jinja template rendering failed. System message must be at the beginning.",
    ),
    "bridge_tool_to_user_chat_api": ("Unexpected role 'user' after role 'tool'",),
    "system_to_developer_res_api": ("System messages are not allowed",),
}
"""By adaptation, the words of the catalogue's refusals that it cures."""


@pytest.mark.parametrize("row", [row for row in ADAPTATIONS if row.refusal], ids=lambda r: r.name)
def test_the_message_names_the_adaptation_that_cures_it(
    upstream: Upstream, row: Adaptation
) -> None:
    """Not where it is set already, nor on the other API."""
    hint = f"; set {row.name}: true for {MODELS[row.api]}"
    [other] = {*MODELS} - {row.api}
    for words in REFUSALS[row.name]:
        reply = refusal(400, {"error": {"message": words}})
        assert refused(upstream, reply, row.api).endswith(f": {words}{hint}")
        assert "; set" not in refused(upstream, reply, row.api, **{row.name: True})
        assert "; set" not in refused(upstream, reply, other)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("drop_metadata_resp_api", "drop_metadata_res_api"),
        ("drop_metadata", "drop_metadata_res_api"),
        ("Drop-Thinking-Blocks-Res-Api", "drop_thinking_blocks_res_api"),
        ("drop_field", "drop_fields"),
        ("keep_feilds", "keep_fields"),
        ("use_response_api", "use_responses_api"),
        ("keep_reasonning", "keep_reasoning"),
        ("reasonning", "reasoning"),
        ("fill_item_id_res_api", "fill_item_ids_res_api"),
    ],
)
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_misspelt_setting_is_reported_with_the_nearest(
    upstream: Upstream,
    caplog: pytest.LogCaptureFixture,
    placement: str,
    name: str,
    nearest: str,
) -> None:
    """A warning with each request, none of it sent, and the word again where it is refused."""
    told = f"unknown setting {name!r}: did you mean {nearest!r}?"
    with caplog.at_level(logging.WARNING, "claude_code_proxy"):
        sent_by_handler(upstream, **placed(placement, {name: True}))
    assert [r.getMessage() for r in caplog.records if r.name == "claude_code_proxy"] == [
        f"model {RESPONSES_MODEL}: {told}"
    ]
    assert name.encode() not in upstream.last.body
    upstream.session.reply_with(refusal(400, {"error": {"message": "No."}}))
    with pytest.raises(litellm.BadRequestError) as error:
        sent_by_handler(upstream, **placed(placement, {name: True}))
    assert str(error.value).endswith(f"upstream answered 400: No.; {told}")


def test_nobody_elses_parameters_are_reported() -> None:
    """LiteLLM's, OpenAI's and what smaller servers take besides."""
    from litellm.types.router import LiteLLM_Params
    from litellm.types.utils import all_litellm_params
    from openai.types.chat.completion_create_params import CompletionCreateParamsBase
    from openai.types.responses.response_create_params import ResponseCreateParamsBase

    names = {*LiteLLM_Params.model_fields, *all_litellm_params}
    names |= {*CompletionCreateParamsBase.__annotations__}
    names |= {*ResponseCreateParamsBase.__annotations__}
    names |= {"top_k", "min_p", "keep_alive", "chat_template_kwargs", "drop_params", "user_id"}
    names |= {"use_chat_completions_api", "include_reasoning", "separate_reasoning", "fallbacks"}
    placed = PlacedSettings("m", {"optional_params": dict.fromkeys(names, 1)})
    assert misspelt(placed, OWN_NAMES) == ()


def test_what_claude_code_sends_is_not_reported(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    METHODS["completion"](upstream.arguments(max_tokens=64, user="u", prompt_cache_key="k"))
    assert not [r for r in caplog.records if r.levelno == logging.WARNING]
