from typing import Any

import litellm
import pytest

from claude_code_proxy.trace_metadata import trace_metadata
from tests.claude_code_proxy.upstream import METHODS, Upstream

TRACE = {"trace_name": "claude_code_proxy"}


def test_the_same_call_at_another_time_by_another_method_has_the_same_metadata(
    upstream: Upstream,
) -> None:
    for method in METHODS.values():
        method(upstream.arguments(metadata={"mine": "yes"}))
    sent = [entry.json()["metadata"] for entry in upstream.session.journal.entries]
    assert sent == [{**TRACE, "mine": "yes"}] * len(METHODS)


def test_from_the_sdk_the_callers_strings_go_and_nothing_else(upstream: Upstream) -> None:
    mine = {"mine": "yes", "count": 1, "tags": ["a"], "none": None, "user_id": "u-1"}
    sent = upstream.sent(metadata=mine, litellm_metadata={"other": "x"})["metadata"]
    assert sent == {**TRACE, "mine": "yes", "user_id": "u-1"}


def test_a_callers_trace_name_does_not_replace_ours(upstream: Upstream) -> None:
    """It is a constant, whatever else the caller sends."""
    assert upstream.sent(metadata={"trace_name": "mine", "a": "b"})["metadata"] == {
        **TRACE,
        "a": "b",
    }


def test_through_a_router_none_of_its_bookkeeping_goes(upstream: Upstream) -> None:
    """Model group, deployment and address are LiteLLM's; the mapping is the caller's too."""
    arguments = upstream.arguments()
    params = {key: arguments[key] for key in ("model", "api_base", "api_key")}
    router = litellm.Router(model_list=[{"model_name": "group", "litellm_params": params}])
    router.completion("group", arguments["messages"], metadata={"mine": "yes"})
    assert upstream.last.json()["metadata"] == {**TRACE, "mine": "yes"}
    assert b"group" not in upstream.last.body


@pytest.mark.parametrize(
    ("requester", "own"),
    [
        ({"user_id": "u", "headers": {"authorization": "Bearer x"}}, {"user_id": "u"}),
        ({"mine": "yes", "used_client_oauth_token": "t"}, {"mine": "yes"}),
        ({"user_api_key_hash": "h", "litellm_x": "y", "_z": "1"}, {}),
        ({"trace_id": "mine", "session_id": "mine"}, {"trace_id": "mine", "session_id": "mine"}),
        ({"trace_id": "t", "session_id": "s", "headers": {}, "mine": "yes"}, {"mine": "yes"}),
        ({}, {}),
        (None, {}),
    ],
)
def test_behind_the_proxy_only_the_requesters_own_goes(requester: Any, own: Any) -> None:
    """The shapes are those of LiteLLM's proxy 1.106.2."""
    metadata = {
        "requester_metadata": requester,
        "headers": {"host": "proxy"},
        "user_api_key_hash": "hash-of-a-key",
        "endpoint": "http://proxy/v1/messages",
        "mine": "a copy that LiteLLM makes on some entries",
    }
    assert trace_metadata({"metadata": metadata}) == {**TRACE, **own}


def test_behind_the_proxy_a_requester_may_have_none() -> None:
    """Then all that stands there is LiteLLM's, under names that it may add to."""
    metadata = {"user_api_key_hash": "h", "endpoint": "e", "trace_id": "t", "new": "x"}
    assert trace_metadata({"metadata": metadata}) == TRACE


@pytest.mark.parametrize("litellm_params", [None, {}, {"metadata": None}, {"metadata": "text"}])
def test_without_any_there_is_the_trace_name_alone(litellm_params: Any) -> None:
    assert trace_metadata(litellm_params) == TRACE
