import copy
import logging
import re
from importlib.metadata import version
from typing import Any

import pytest

from claude_code_proxy.text_limits import (
    LONGEST_CHAT_CALL_ID,
    LONGEST_RESPONSES_CALL_ID,
    short_call_id,
)
from tests.claude_code_proxy.transcript import transcript
from tests.claude_code_proxy.upstream import CHAT_MODEL, MODELS, RESPONSES_MODEL, Upstream

APIS = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
LIMITS = {RESPONSES_MODEL: LONGEST_RESPONSES_CALL_ID, CHAT_MODEL: LONGEST_CHAT_CALL_ID}
USER_ID = '{"device_id":"' + "d" * 64 + '","account_uuid":"","session_id":"' + "s" * 36 + '"}'
PREFIX = "call_" + "x" * 70


def called_with(*ids: str) -> list[dict[str, Any]]:
    """Return a conversation in which these calls are made and answered."""
    calls = [{"id": i, "type": "function", "function": {"name": "Bash"}} for i in ids]
    results = [{"role": "tool", "tool_call_id": i, "content": i[-1]} for i in ids]
    return [{"role": "assistant", "tool_calls": calls}, *results]


@APIS
def test_a_long_call_id_is_short_on_both_sides(upstream: Upstream, model: str) -> None:
    """Two that differ in their last letter alone stay two, and each result finds its call."""
    lines = transcript(upstream.sent(model, messages=called_with(PREFIX + "1", PREFIX + "2")))
    (_, first, _), (_, second, _), *results = lines
    assert first != second
    assert results == [("result", first, "1"), ("result", second, "2")]
    assert max(len(first), len(second)) <= LIMITS[model]
    again = transcript(upstream.sent(model, messages=called_with(PREFIX + "2")))
    assert again[0][1] == second


@APIS
def test_an_id_of_the_longest_length_goes_as_it_is(upstream: Upstream, model: str) -> None:
    longest = "i" * LIMITS[model]
    assert transcript(upstream.sent(model, messages=called_with(longest)))[0][1] == longest
    too_long = transcript(upstream.sent(model, messages=called_with(longest + "i")))[0][1]
    assert too_long == short_call_id(longest + "i", LIMITS[model]) != longest + "i"


@APIS
def test_numbered_ids_that_are_long_stay_distinct(upstream: Upstream, model: str) -> None:
    """The number that tells a repeated id from the first does not fall off its end."""
    lines = transcript(upstream.sent(model, messages=called_with(PREFIX, PREFIX, PREFIX)))
    assert len({line[1] for line in lines}) == 3
    assert [line[1] for line in lines[:3]] == [line[1] for line in lines[3:]]


@APIS
@pytest.mark.parametrize("name", ["user", "safety_identifier", "prompt_cache_key"])
def test_identifiers_are_within_64_characters(upstream: Upstream, model: str, name: str) -> None:
    """A short one is untouched, a long one always the same, two long ones never."""
    if name == "prompt_cache_key" and version("litellm").startswith("1.98."):
        pytest.skip("LiteLLM 1.98 hands no prompt_cache_key to a handler")
    allowed = {"allowed_openai_params": [name]}
    given = ["u" * 64, USER_ID, USER_ID, USER_ID + " "]
    sent = [upstream.sent(model, **{name: value}, **allowed)[name] for value in given]
    assert sent[0] == "u" * 64
    assert re.fullmatch("[0-9a-f]{64}", sent[1])
    assert sent[1] == sent[2] != sent[3]


def test_metadata_is_within_what_openai_takes(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    """16 pairs, the trace name first; keys of 64 characters, all distinct; values of 512."""
    long_keys = {f"{'k' * 64}{n}": str(n) for n in range(3)}
    metadata = {**long_keys, "long": "v" * 600, "fits": "w" * 512}
    metadata |= {f"more{n}": "secret" for n in range(20)}
    before = copy.deepcopy(metadata)
    with caplog.at_level(logging.WARNING, "claude_code_proxy"):
        sent = upstream.sent(metadata=metadata)["metadata"]
    assert metadata == before
    assert len(sent) == 16
    assert sent["trace_name"] == "claude_code_proxy"
    assert max(map(len, sent)) == 64
    assert [value for key, value in sent.items() if key.startswith("kkk")] == ["0", "1", "2"]
    assert sent["long"] == "v" * 511 + "…"
    assert sent["fits"] == "w" * 512
    assert any("metadata: 10 pairs" in record.getMessage() for record in caplog.records)
    assert "secret" not in caplog.text
    assert upstream.sent(metadata=metadata)["metadata"] == sent
