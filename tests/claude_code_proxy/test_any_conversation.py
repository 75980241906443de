"""Whatever the conversation: what leaves is what OpenAI takes, and nothing said is lost."""

import copy
import json
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_code_proxy.conversation import repaired
from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.handler_call import HandlerCall
from claude_code_proxy.outbound import build_request
from common.field_path import FieldPath
from mock_upstream import Session, load_profile
from tests.claude_code_proxy.any_request import MESSAGES, METADATA, PARAMS
from tests.claude_code_proxy.transcript import transcript
from tests.claude_code_proxy.upstream import MODELS, Upstream, call_handler

Messages = list[dict[str, Any]]
Params = dict[str, Any]

APIS: Final = pytest.mark.parametrize("api", MODELS)
ONLY_DECLARED: Final = {flag.name: True for flag in DROP_FLAGS}
OPENAI: Final = Session(load_profile("openai"))
OBSERVED: Final = Session(load_profile("openai-observed"))


def payload(api: str, messages: Messages, params: Params, metadata: Params | None = None) -> Any:
    """Return what the handler sends of a request, as it stands on the wire."""
    call = HandlerCall(
        model=MODELS[api],
        messages=messages,
        optional_params=params,
        litellm_params={"metadata": metadata} if metadata else {},
        api_base="http://127.0.0.1:1/v1",
        api_key="key-from-call",
        headers={},
        timeout=None,
    )
    request = build_request(call, stream=bool(params.get("stream")))
    return json.loads(json.dumps(request.payload, ensure_ascii=False).encode())


@APIS
@given(messages=MESSAGES, params=PARAMS, metadata=METADATA)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_openai_takes_whatever_leaves(
    api: Any, messages: Messages, params: Params, metadata: Params
) -> None:
    """Every key at any depth is declared, every value within its limits, every call answered."""
    sent = payload(api, messages, {**params, **ONLY_DECLARED}, metadata)
    assert not OPENAI.judge(api=api, payload=sent).violations
    sent.pop("temperature", None)  # the user's own wish, which some models refuse
    assert not OBSERVED.judge(api=api, payload=sent).violations


@given(messages=MESSAGES)
@settings(max_examples=80, deadline=None)
def test_the_flags_stand_between_us_and_openai_alone(messages: Messages) -> None:
    """Without them the one key too many is the one that they govern."""
    sent = payload("responses", messages, {})
    too_many = {v.path.rpartition(".")[2] for v in OPENAI.judge("responses", sent).violations}
    assert too_many <= {"thinking_blocks"}
    bare = FieldPath.parse("input[*].thinking_blocks").remove(sent)
    assert OPENAI.judge("responses", bare).accepted


@APIS
@given(messages=MESSAGES)
@settings(max_examples=80, deadline=None)
def test_every_call_is_answered_once_and_at_once(api: str, messages: Messages) -> None:
    """Calls of a turn in a row, their results in a row, in the same order, under distinct ids."""
    lines = transcript(payload(api, messages, {}))
    seen: set[str] = set()
    due: list[str] = []
    for line in lines:
        if line[0] == "call":
            assert line[1] not in seen
            seen.add(line[1])
            due.append(line[1])
        elif line[0] == "result":
            assert due.pop(0) == line[1]
        else:
            assert not due
    assert not due


@APIS
@given(messages=MESSAGES)
@settings(max_examples=80, deadline=None)
def test_nothing_that_was_said_is_lost(api: str, messages: Messages) -> None:
    """Every text and every picture of whoever but the assistant leaves, as often as it came."""
    marked = _marked(copy.deepcopy(messages))
    sent = json.dumps(payload(api, marked, {}), ensure_ascii=False)
    for mark in _marks(marked):
        assert sent.count(mark) == 1, mark


@APIS
@given(messages=MESSAGES, params=PARAMS, metadata=METADATA)
@settings(max_examples=50, deadline=None)
def test_a_request_is_read_and_never_written_to(
    api: str, messages: Messages, params: Params, metadata: Params
) -> None:
    """And the same one gives the same bytes again."""
    before = repr((messages, params, metadata))
    first = payload(api, messages, params, metadata)
    assert repr((messages, params, metadata)) == before
    assert json.dumps(payload(api, messages, params, metadata)) == json.dumps(first)


@given(messages=MESSAGES, more=st.lists(MESSAGES, min_size=1, max_size=2))
@settings(max_examples=50, deadline=None)
def test_what_was_sent_once_can_be_sent_again(messages: Messages, more: list[Messages]) -> None:
    """A repaired history is sound: repairing it changes nothing."""
    whole = [turn for turns in (messages, *more) for turn in turns]
    once = repaired(whole)
    assert repaired(once) is once


@pytest.mark.parametrize("method", ["completion", "streaming"])
@given(messages=MESSAGES)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_it_arrives_over_the_wire_as_it_was_built(
    upstream: Upstream, method: str, messages: Messages
) -> None:
    """Through LiteLLM and a socket: the body is the payload, key for key."""
    for api, model in MODELS.items():
        arguments = {"model": model, "messages": messages, "api_base": upstream.url}
        call_handler(method, api_key="key-from-call", **arguments)
        built = payload(api, messages, {"stream": method == "streaming"})
        assert upstream.last.json() == built


def _marked(messages: Messages) -> Messages:
    """Give each text of a user, system or tool turn a word of its own."""
    number = 0
    for message in messages:
        if message["role"] == "assistant":
            continue
        content = message["content"]
        if isinstance(content, str) and content:
            message["content"] = f"<mark{number}>"
            number += 1
        for part in content if isinstance(content, list) else ():
            if part.get("text"):
                part["text"] = f"<mark{number}>"
            elif part["type"] == "image_url":
                part["image_url"] = f"data:image/png;base64,<mark{number}>"
            number += 1
    return messages


def _marks(messages: Messages) -> list[str]:
    text = json.dumps(messages)
    return [f"<mark{n}>" for n in range(200) if f"<mark{n}>" in text]
