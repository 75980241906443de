"""Generated requests: whatever the bytes, the answer is 200 or a refusal."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_upstream import Session, load_profile
from mock_upstream.exchange import ENDPOINTS, Call, answer
from mock_upstream.request_body import BodyState, RequestBody

KEYS = st.sampled_from(
    [
        "model",
        "stream",
        "stream_options",
        "include_usage",
        "input",
        "messages",
        "content",
        "role",
        "type",
        "tools",
        "metadata",
        "thinking_blocks",
        "id",
        "text",
        "reasoning",
        "é",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["user", "assistant", "function_call", "message", "reasoning"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
)
PATHS = st.sampled_from(["/v1/responses", "/v1/chat/completions"])


@pytest.fixture(scope="module", params=["openai", "gateway", "permissive"])
def session(request: pytest.FixtureRequest) -> Session:
    return Session(load_profile(request.param), reject=("input[*].id", "tools[0]"))


def status_of(session: Session, method: str, path: str, data: bytes) -> int | None:
    """Answer a request as the app does, and check that its answer can be sent."""
    body = RequestBody(data, BodyState.WHOLE)
    answered = answer(session, Call(method, path, b"Bearer key", body, 1), 2**20)
    reply = answered.reply
    assert reply is not None
    assert answered.verdict.accepted is (reply.status == 200)
    assert all(isinstance(chunk, bytes) for chunk in reply.chunks)
    return reply.status


@settings(max_examples=60, deadline=None)
@given(path=PATHS, data=st.binary(max_size=200))
def test_any_bytes_are_answered(session: Session, path: str, data: bytes) -> None:
    """No body is too broken to be refused."""
    assert status_of(session, "POST", path, data) in (200, 400)


@settings(max_examples=150, deadline=None)
@given(path=PATHS, payload=st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_json_object_is_answered(session: Session, path: str, payload: object) -> None:
    """No object is too odd to be judged, and to be answered where it is accepted."""
    assert status_of(session, "POST", path, orjson.dumps(payload)) in (200, 400)


@settings(max_examples=60, deadline=None)
@given(method=st.text(max_size=8), path=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_url_is_answered(session: Session, method: str, path: str) -> None:
    """No method and no path is too odd for a 404 or 405."""
    expected = 405 if path in ENDPOINTS and method != ENDPOINTS[path].method else 404
    if path in ENDPOINTS and method == ENDPOINTS[path].method:
        expected = 200 if method == "GET" else 400
    assert status_of(session, method, path, b"") == expected
