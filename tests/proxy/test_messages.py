"""Claude Code's own requests through a real LiteLLM proxy to a strict upstream, over sockets."""

from typing import Final

import orjson
import pytest

from mock_upstream import ReplyPlan
from tests.proxy.rig import CLIENT_KEY, KEYS, UPSTREAM_KEY, WRONG_KEY, Rig

CURED: Final = "custom-openai/gpt-5.2-high"
ANSWER: Final = "All 12 tests pass."

FIXTURES = pytest.mark.parametrize(
    "fixture", ["first-turn", "tool-results-with-image", "tool-error"]
)
STREAMING = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streaming"])


def streamed_events(body: str) -> list[dict[str, object]]:
    """The data of each server-sent event of an answer, in order."""
    return [
        orjson.loads(line.removeprefix("data: "))
        for line in body.splitlines()
        if line.startswith("data: ")
    ]


def answered_text(body: str, *, stream: bool) -> str:
    """The text that Claude Code would show: of the one message, or of all its deltas."""
    if not stream:
        return "".join(block.get("text", "") for block in orjson.loads(body)["content"])
    deltas = (event.get("delta") for event in streamed_events(body))
    return "".join(delta.get("text", "") for delta in deltas if isinstance(delta, dict))


@FIXTURES
@STREAMING
def test_the_cured_entry_answers(rig: Rig, fixture: str, *, stream: bool) -> None:
    """With both flags the request is accepted at once, and the upstream's answer arrives."""
    rig.upstream.reply_with(ReplyPlan(text=ANSWER))
    response = rig.send(fixture, CURED, stream=stream)
    assert response.status_code == 200, response.text
    assert answered_text(response.text, stream=stream) == ANSWER
    (entry,) = rig.upstream.journal.entries
    assert (entry.method, entry.path) == ("POST", "/v1/responses")
    assert entry.verdict.accepted


@STREAMING
def test_a_stream_is_whole(rig: Rig, *, stream: bool) -> None:
    """A streamed answer is a message from start to stop; an unstreamed one says why it ended."""
    response = rig.send("first-turn", CURED, stream=stream)
    if stream:
        kinds = [event["type"] for event in streamed_events(response.text)]
        assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")
        assert "error" not in kinds
    else:
        assert orjson.loads(response.content)["stop_reason"] == "end_turn"


@FIXTURES
def test_the_upstream_gets_model_and_content_only(rig: Rig, fixture: str) -> None:
    """The cured payload names the configured model, and holds no flag and nothing dropped."""
    rig.send(fixture, CURED, stream=True)
    (entry,) = rig.upstream.journal.entries
    payload = entry.json()
    assert payload["model"] == "gpt-5.2-high"
    assert payload["stream"] is True
    assert payload["input"]
    assert payload.keys() & {"metadata", "litellm_params", "api_key", "api_base"} == set()
    assert b'"thinking_blocks"' not in entry.body
    assert b"drop_metadata_res_api" not in entry.body
    assert b"drop_thinking_blocks_res_api" not in entry.body


@STREAMING
@pytest.mark.parametrize(
    ("model", "fixture", "field"),
    [
        ("custom-openai/no-flags", "first-turn", "metadata"),
        ("custom-openai/metadata-flag-only", "tool-results-with-image", "thinking_blocks"),
    ],
    ids=["no-flags", "metadata-flag-only"],
)
def test_a_missing_flag_is_a_400_that_names_the_field(
    rig: Rig,
    model: str,
    fixture: str,
    field: str,
    *,
    stream: bool,
) -> None:
    """The upstream's refusal reaches the client as a 400 with its words, after one request."""
    response = rig.send(fixture, model, stream=stream)
    assert response.status_code == 400
    assert f"Unsupported parameter: {field}" in response.text
    assert [entry.status for entry in rig.upstream.journal.entries] == [400]
    assert rig.keys_shown(response) == []


@STREAMING
def test_a_wrong_key_is_a_401(rig: Rig, *, stream: bool) -> None:
    """A key that the upstream does not know reaches the client as a 401, after one request."""
    model = "custom-openai/wrong-key-streaming" if stream else "custom-openai/wrong-key"
    response = rig.send("first-turn", model, stream=stream)
    assert response.status_code == 401
    (entry,) = rig.upstream.journal.entries
    assert entry.status == 401
    assert entry.credential is not None
    assert entry.credential.fingerprint == rig.upstream.journal.fingerprint(WRONG_KEY)
    assert rig.keys_shown(response) == []


@pytest.mark.parametrize(
    "key_header",
    [("x-api-key", CLIENT_KEY), ("authorization", f"Bearer {CLIENT_KEY}")],
    ids=["x-api-key", "authorization"],
)
def test_each_key_stays_on_its_side(rig: Rig, key_header: tuple[str, str]) -> None:
    """The upstream sees the configured key as its credential, and no key anywhere else."""
    response = rig.send("tool-results-with-image", CURED, stream=False, key_header=key_header)
    assert response.status_code == 200, response.text
    (entry,) = rig.upstream.journal.entries
    assert entry.credential is not None
    assert entry.credential.scheme == "Bearer"
    assert entry.credential.fingerprint == rig.upstream.journal.fingerprint(UPSTREAM_KEY)
    received = repr(entry.headers) + entry.body.decode()
    assert [key for key in KEYS if key in received] == []
    assert "user_api_key" not in received, "LiteLLM's own bookkeeping went upstream"
    assert rig.keys_shown(response) == []
