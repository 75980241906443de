import ast
import copy
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import litellm
import pytest

from claude_code_proxy import placements
from claude_code_proxy.claude_code_router import claude_code_router
from claude_code_proxy.drop_flags import DROP_FLAGS, DropFlag, without_dropped_fields
from claude_code_proxy.placements import PLACEMENTS, PlacedSettings
from common.field_path import FieldPath
from tests.claude_code_proxy.upstream import (
    KEY,
    METHODS,
    MODELS,
    RESPONSES_MODEL,
    Upstream,
    call_handler,
)

THINKING = [
    {"type": "thinking", "thinking": "step", "signature": "c2ln", "cache_control": {}},
    {"type": "redacted_thinking", "data": "b3BhcXVl"},
]
HISTORY = [
    {"role": "user", "content": "hello"},
    {"role": "assistant", "content": "hi", "thinking_blocks": THINKING, "reasoning_content": "x"},
    {"role": "user", "content": "go on"},
]
BY_NAME = pytest.mark.parametrize("flag", DROP_FLAGS, ids=lambda flag: flag.name)
BY_PLACEMENT = pytest.mark.parametrize("placement", PLACEMENTS)


def placed(placement: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the handler's two mappings with the settings in one placement."""
    where: dict[str, dict[str, Any]] = {
        "litellm_params": {"litellm_params": settings, "optional_params": {}},
        "optional_params": {"litellm_params": {}, "optional_params": settings},
        "optional_params.litellm_params": {
            "litellm_params": {},
            "optional_params": {"litellm_params": settings},
        },
    }
    return where[placement]


def sent_by_handler(upstream: Upstream, model: str = RESPONSES_MODEL, **arguments: Any) -> Any:
    call_handler(
        "completion",
        model=model,
        messages=copy.deepcopy(HISTORY),
        api_base=upstream.url,
        api_key=KEY,
        **arguments,
    )
    return upstream.last.json()


@BY_PLACEMENT
@BY_NAME
def test_a_true_flag_removes_its_field_and_nothing_else(
    upstream: Upstream, flag: DropFlag, placement: str
) -> None:
    """In each placement, the payload is the unflagged one less exactly the flag's path."""
    whole = sent_by_handler(upstream, optional_params={}, litellm_params={})
    dropped = sent_by_handler(upstream, **placed(placement, {flag.name: True}))
    assert flag.path.find(whole)
    assert dropped == flag.path.remove(whole)


@BY_PLACEMENT
@BY_NAME
@pytest.mark.parametrize("value", [False, "false", "False", None])
def test_a_flag_that_is_not_true_is_as_if_unset(
    upstream: Upstream, flag: DropFlag, placement: str, value: object
) -> None:
    unset = sent_by_handler(upstream, optional_params={}, litellm_params={})
    assert sent_by_handler(upstream, **placed(placement, {flag.name: value})) == unset


@BY_NAME
@pytest.mark.parametrize("value", ["true", "True", "TRUE"])
def test_the_word_true_counts_in_any_case(
    upstream: Upstream, flag: DropFlag, value: object
) -> None:
    sent = sent_by_handler(upstream, **placed("optional_params", {flag.name: value}))
    assert not flag.path.find(sent)


@BY_NAME
@BY_PLACEMENT
def test_one_true_beats_false_in_every_other_placement(
    upstream: Upstream, flag: DropFlag, placement: str
) -> None:
    """Any true wins, wherever it stands."""
    said = {name: {flag.name: name == placement} for name in PLACEMENTS}
    optional = {**said["optional_params"], "litellm_params": said[PLACEMENTS[2]]}
    sent = sent_by_handler(
        upstream, litellm_params=said["litellm_params"], optional_params=optional
    )
    assert not flag.path.find(sent)


@pytest.mark.parametrize("api", MODELS)
@BY_PLACEMENT
def test_no_setting_of_ours_is_ever_sent(upstream: Upstream, api: str, placement: str) -> None:
    """Neither the flags nor use_responses_api nor the nested mapping, at any depth."""
    settings = {
        "drop_metadata_res_api": True,
        "drop_thinking_blocks_res_api": False,
        "use_responses_api": api == "responses",
        "some_other_setting": "value-of-a-setting",
    }
    sent_by_handler(upstream, MODELS[api], **placed(placement, settings))
    body = upstream.last.body
    assert upstream.last.api == api
    for word in (b"drop_", b"use_responses_api", b"litellm", b"setting", KEY.encode()):
        assert word not in body


@pytest.mark.parametrize("method", METHODS)
def test_all_methods_obey_the_flags_as_litellm_delivers_them(
    upstream: Upstream, method: str
) -> None:
    """One flag as a keyword, one nested: both reach all four methods."""
    METHODS[method](
        upstream.arguments(
            messages=HISTORY,
            drop_metadata_res_api=True,
            litellm_params={"drop_thinking_blocks_res_api": True},
        )
    )
    sent = upstream.last.json()
    assert "metadata" not in sent
    assert not FieldPath.parse("input[*].thinking_blocks").find(sent)


@BY_NAME
def test_responses_flags_leave_chat_completions_alone(upstream: Upstream, flag: DropFlag) -> None:
    plain = sent_by_handler(upstream, MODELS["chat"], optional_params={}, litellm_params={})
    flagged = sent_by_handler(
        upstream, MODELS["chat"], optional_params={flag.name: True}, litellm_params={}
    )
    assert flagged == plain
    assert "metadata" not in plain
    assert b"thinking" not in upstream.last.body


@BY_NAME
def test_not_even_what_the_user_adds_to_chat_completions_is_dropped(
    upstream: Upstream, flag: DropFlag
) -> None:
    added = {"metadata": {"a": "b"}, "input": [{"thinking_blocks": []}]}
    sent = upstream.sent(MODELS["chat"], extra_body=added, **{flag.name: True})
    assert {key: sent[key] for key in added} == added


@BY_PLACEMENT
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", ["flase", "yes", "", 1, 0, [], {}])
def test_a_flag_that_is_no_boolean_is_refused_before_anything_leaves(
    upstream: Upstream, method: str, placement: str, value: object
) -> None:
    """The error is a 400 and names flag, value, placement and model."""
    settings = placed(placement, {"drop_metadata_res_api": value})
    arguments = {"messages": HISTORY, "api_base": upstream.url, "api_key": KEY, **settings}
    with pytest.raises(litellm.BadRequestError) as refusal:
        call_handler(method, model=RESPONSES_MODEL, **arguments)
    assert refusal.value.status_code == 400
    message = str(refusal.value)
    for word in ("drop_metadata_res_api", repr(value), f" in {placement} ", RESPONSES_MODEL):
        assert word in message
    assert upstream.count == 0


def test_a_bad_flag_is_not_retried_by_a_router(upstream: Upstream) -> None:
    """The Router gives up at once, and says which setting of which of its models is wrong."""
    calls: list[None] = []
    router = litellm.Router(
        model_list=[
            {
                "model_name": "custom-openai/gpt-5.2-high",
                "litellm_params": {
                    "model": f"claude_code_router/{RESPONSES_MODEL}",
                    "api_base": upstream.url,
                    "api_key": KEY,
                    "drop_metadata_res_api": "flase",
                },
            }
        ],
        num_retries=2,
    )
    counted = _counting(calls)
    litellm.custom_provider_map = [{"provider": "claude_code_router", "custom_handler": counted}]
    with pytest.raises(litellm.BadRequestError, match=r"'flase'.*custom-openai/gpt-5.2-high"):
        router.completion("custom-openai/gpt-5.2-high", HISTORY)
    assert len(calls) == 1


def _counting(calls: list[None]) -> Any:
    class Counting(type(claude_code_router)):  # type: ignore[misc]
        def completion(self, **kwargs: Any) -> Any:
            calls.append(None)
            return super().completion(**kwargs)

    return Counting()


@pytest.mark.parametrize("method", METHODS)
def test_the_callers_arguments_come_back_untouched(upstream: Upstream, method: str) -> None:
    arguments: dict[str, Any] = {
        "model": RESPONSES_MODEL,
        "messages": copy.deepcopy(HISTORY),
        "api_base": upstream.url,
        "api_key": KEY,
        "headers": {"x-own": "1"},
        "optional_params": {
            "drop_thinking_blocks_res_api": True,
            "extra_body": {"metadata": {"a": "b"}},
            "tools": [{"type": "function", "function": {"name": "f"}, "cache_control": {}}],
        },
        "litellm_params": {"metadata": {"mine": "yes"}},
    }
    before = copy.deepcopy(arguments)
    call_handler(method, **arguments)
    assert arguments == before


@pytest.mark.parametrize(
    "function",
    [without_dropped_fields, PlacedSettings.of, PlacedSettings.switch, placements._delivered],
)
def test_a_handler_that_lost_a_line_of_flag_handling_still_loads(
    function: Callable[..., Any],
) -> None:
    """So that the conformance run can say what it does wrong, rather than not run."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    [defined] = ast.parse("\n".join(lines)).body
    assert isinstance(defined, ast.FunctionDef)
    documented = ast.get_docstring(defined) is not None
    for number in range(defined.body[int(documented)].lineno - 1, len(lines)):
        compile("\n".join(lines[:number] + lines[number + 1 :]), "", "exec")


def test_the_registry_names_each_flag_once_and_says_why() -> None:
    names = [flag.name for flag in DROP_FLAGS]
    assert sorted(set(names)) == sorted(names)
    assert all(flag.why for flag in DROP_FLAGS)
    assert {str(flag.path): flag.name for flag in DROP_FLAGS} == {
        "metadata": "drop_metadata_res_api",
        "input[*].thinking_blocks": "drop_thinking_blocks_res_api",
    }
