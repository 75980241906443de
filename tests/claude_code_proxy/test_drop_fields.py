from typing import Any

import litellm
import pytest

from claude_code_proxy.placements import PLACEMENTS
from common.field_path import FieldPath
from tests.claude_code_proxy.test_drop_flags import HISTORY, placed, sent_by_handler
from tests.claude_code_proxy.upstream import KEY, METHODS, MODELS, Upstream, call_handler

BY_PLACEMENT = pytest.mark.parametrize("placement", PLACEMENTS)
BY_MODEL = pytest.mark.parametrize("api", MODELS)
TOOLS = [
    {"type": "function", "function": {"name": "Bash", "parameters": {}, "strict": True}},
    {"type": "function", "function": {"name": "Read", "parameters": {}, "strict": False}},
]
TURNS = {"responses": "input", "chat": "messages"}
STRICT = {"responses": "tools[*].strict", "chat": "tools[*].function.strict"}


@BY_PLACEMENT
@BY_MODEL
def test_any_field_at_any_depth_goes_and_nothing_else(
    upstream: Upstream, api: str, placement: str
) -> None:
    """On either API, in each placement: top-level, inside every turn, inside every tool."""
    params = {"tools": TOOLS, "temperature": 0.5}
    whole = sent_by_handler(upstream, MODELS[api], optional_params=params, litellm_params={})
    paths = ["temperature", f"{TURNS[api]}[*].content", STRICT[api]]
    given = placed(placement, {"drop_fields": paths})
    given["optional_params"] = {**params, **given["optional_params"]}
    sent = sent_by_handler(upstream, MODELS[api], **given)
    for path in map(FieldPath.parse, paths):
        assert path.find(whole)
        whole = path.remove(whole)
    assert sent == whole


@pytest.mark.parametrize("method", METHODS)
@BY_MODEL
def test_all_methods_drop_as_litellm_delivers_it(upstream: Upstream, api: str, method: str) -> None:
    """One list as a keyword, one nested: the union of both is dropped, and no list is sent."""
    METHODS[method](
        upstream.arguments(
            MODELS[api],
            messages=HISTORY,
            temperature=0.5,
            top_p=0.5,
            drop_fields=["temperature"],
            litellm_params={"drop_fields": ["top_p"]},
        )
    )
    assert not upstream.last.json().keys() & {"temperature", "top_p", "drop_fields"}


def test_one_path_may_stand_without_a_list(upstream: Upstream) -> None:
    assert "metadata" not in upstream.sent(drop_fields="metadata")


def test_what_is_not_there_is_not_missed(upstream: Upstream) -> None:
    assert upstream.sent(drop_fields=["input[*].x.y", "no_such_field"]) == upstream.sent()


def test_the_users_own_extra_body_is_dropped_too(upstream: Upstream) -> None:
    """The drops come last, so that a field goes whoever put it there."""
    sent = upstream.sent(extra_body={"a": 1, "b": 2}, drop_fields=["a"])
    assert "a" not in sent
    assert sent["b"] == 2


@BY_MODEL
def test_litellms_own_drop_params_are_honoured_where_they_arrive(
    upstream: Upstream, api: str
) -> None:
    """LiteLLM's names are those of the request as it came, whatever our payload calls them."""
    sent = upstream.sent(
        MODELS[api],
        temperature=0.5,
        max_tokens=64,
        tools=TOOLS,
        tool_choice="auto",
        response_format={"type": "json_object"},
        litellm_params={
            "additional_drop_params": [
                *("temperature", "max_tokens", "response_format", "tool_choice"),
                *("tools[*].function.strict", "tools[*].strict"),
            ]
        },
    )
    gone = {"temperature", "max_tokens", "max_output_tokens", "response_format", "text"}
    assert not sent.keys() & {*gone, "tool_choice"}
    assert not FieldPath.parse(STRICT[api]).find(sent)


@BY_PLACEMENT
@pytest.mark.parametrize("name", ["drop_fields", "additional_drop_params", "keep_fields"])
@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (["metadata", "input[*"], r"'input\[\*' at column 6; expected a name, "),
        ([""], "'' at column 1; expected a name, "),
        ([7], r"\[7\] in .*; expected a list of field paths"),
        ({"a": "b"}, r"{'a': 'b'} in .*; expected a list of field paths"),
        (True, r"True in .*; expected a list of field paths"),
    ],
)
def test_what_is_no_field_path_is_refused_before_anything_leaves(
    upstream: Upstream, placement: str, name: str, value: object, complaint: str
) -> None:
    """The 400 says which setting, value, placement, model and column, and what was expected."""
    with pytest.raises(litellm.BadRequestError, match=complaint) as refusal:
        sent_by_handler(upstream, "gpt-5-acme", **placed(placement, {name: value}))
    for word in (name, f" in {placement} ", "'gpt-5-acme'"):
        assert word in str(refusal.value)
    assert upstream.count == 0


@pytest.mark.parametrize("method", METHODS)
@BY_MODEL
@pytest.mark.parametrize(
    "path", ["model", "input", "messages", "input[*]", "messages[*]", "stream"]
)
def test_what_a_request_cannot_do_without_is_refused(
    upstream: Upstream, api: str, method: str, path: str
) -> None:
    """Whichever API it belongs to: a model's settings may serve both."""
    arguments = upstream.arguments(MODELS[api], drop_fields=[path])
    with pytest.raises(litellm.BadRequestError) as refusal:
        METHODS[method](arguments)
    assert f"drop_fields of model {MODELS[api]!r} holds {path!r}" in str(refusal.value)
    assert upstream.count == 0


@pytest.mark.parametrize("method", METHODS)
@BY_MODEL
@pytest.mark.parametrize(
    "step", ["[*].role", "[*].content", "[*].type", "[0]", "[?role=user]", "[*].content[*].text"]
)
def test_a_part_of_the_turns_may_be_dropped_and_the_upstream_judges(
    upstream: Upstream, api: str, method: str, step: str
) -> None:
    """Even where it makes nonsense: what is left leaves, once, and the reply is read."""
    path = FieldPath.parse(TURNS[api] + step)
    METHODS[method](upstream.arguments(MODELS[api], messages=HISTORY, drop_fields=[str(path)]))
    [entry] = upstream.session.journal.entries
    assert not path.find(entry.json()) or step == "[0]"
    assert b"drop_fields" not in entry.body


@pytest.mark.parametrize("method", ["streaming", "astreaming"])
def test_stream_options_may_be_dropped(upstream: Upstream, method: str) -> None:
    """Some upstreams refuse them; the stream is read all the same."""
    chunks = METHODS[method](upstream.arguments(MODELS["chat"], drop_fields=["stream_options"]))
    assert upstream.last.json()["stream"] is True
    assert "stream_options" not in upstream.last.json()
    assert chunks[-1].choices[0].finish_reason == "stop" or chunks[-1].usage


@pytest.mark.parametrize("api", MODELS)
def test_none_of_our_settings_is_sent_from_extra_body_either(upstream: Upstream, api: str) -> None:
    ours: dict[str, Any] = {
        "drop_metadata_res_api": True,
        "drop_fields": ["x"],
        "keep_fields": [],
        "keep_reasoning": True,
        "use_responses_api": True,
        "additional_drop_params": ["x"],
        "fill_item_ids_res_api": True,
        "api_key": "key-from-extra-body",
    }
    sent = upstream.sent(
        MODELS[api],
        extra_body={**ours, "mine": 1},
        **{
            name: value
            for name, value in ours.items()
            if name not in ("api_key", "use_responses_api")
        },
    )
    assert sent["mine"] == 1
    assert not sent.keys() & ours.keys()


def test_the_callers_lists_come_back_untouched(upstream: Upstream) -> None:
    nested = {"drop_fields": ["metadata"], "additional_drop_params": ["tools[*].strict"]}
    params: dict[str, Any] = {"tools": TOOLS, "litellm_params": nested}
    before = repr(params)
    call_handler(
        "completion",
        model=MODELS["responses"],
        messages=HISTORY,
        api_base=upstream.url,
        api_key=KEY,
        optional_params=params,
    )
    assert repr(params) == before
