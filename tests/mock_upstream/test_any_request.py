"""Whatever is sent, there is an answer: requests that Hypothesis makes up, judged in-process."""

import json
from functools import cache
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.body_mutations import as_text, mutated_value
from fuzz.seeds import BODIES, CHAT, RESPONSES
from mock_upstream import Session, load_profile, profile_names
from mock_upstream.exchange import Answer, Call, answer
from mock_upstream.request_body import BodyState, RequestBody

KEY = b"key-from-call"
LIMIT = 10_000_000
SECONDS = 10_000  # of Hypothesis' own clock: the machine may be slow, a hang is longer

PROFILES = st.sampled_from(profile_names())

words = st.sampled_from(
    ["model", "input", "messages", "type", "role", "content", "tools", "stream", "id", "name"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | words,
    lambda inner: st.lists(inner) | st.dictionaries(words | st.text(), inner),
    max_leaves=30,
)
header_names = st.sampled_from(
    [b"authorization", b"api-key", b"x-api-key", b"content-type", b"content-encoding", b"cookie"]
)
header_values = st.binary() | st.sampled_from(
    [b"Bearer " + KEY, b"bearer", b"Basic OmtleQ==", b"application/json", b"gzip", KEY]
)


@cache
def session(profile: str) -> Session:
    return Session(load_profile(profile), key_states={"key-from-env": "expired"})


def ask(profile: str, path: str, body: bytes, **of_call: Any) -> Answer:
    """Have a request answered, and hold the answer to what every answer must be."""
    headers = of_call.pop("headers", [(b"authorization", b"Bearer " + KEY)])
    method = of_call.pop("method", "POST")
    whole = RequestBody(body, BodyState.WHOLE)
    answered = answer(session(profile), Call(method, path, headers, whole, 1), LIMIT)
    assert answered.reply is not None
    reply = b"".join(chunk for chunk in answered.reply.chunks if isinstance(chunk, bytes))
    kind = dict(answered.reply.headers)[b"content-type"]
    assert answered.reply.status < 500
    assert reply
    assert b"json" not in kind or orjson.loads(reply) is not None
    assert (answered.reply.status == 200) >= answered.verdict.accepted
    return answered


@given(profile=PROFILES, path=st.sampled_from(list(BODIES)), body=st.binary(max_size=300))
@settings(max_examples=150, deadline=SECONDS)
def test_any_bytes_are_answered(profile: str, path: str, body: bytes) -> None:
    ask(profile, path, body)


@given(profile=PROFILES, path=st.sampled_from(list(BODIES)), value=values, ascii_only=st.booleans())
@settings(max_examples=200, deadline=SECONDS, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_is_answered(profile: str, path: str, value: Any, *, ascii_only: bool) -> None:
    """NaN, halves of surrogate pairs and huge numbers are among the values."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    ask(profile, path, text.encode("utf-8", "surrogatepass"))


@given(
    profile=PROFILES,
    path=st.sampled_from(list(BODIES)),
    seed=st.sampled_from(RESPONSES + CHAT),
    donor=st.sampled_from(RESPONSES + CHAT),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=SECONDS, suppress_health_check=[HealthCheck.too_slow])
def test_any_request_that_is_nearly_right_is_answered(
    profile: str, path: str, seed: Any, donor: Any, chance: Any
) -> None:
    ask(profile, path, as_text(chance, mutated_value(chance, seed, donor)))


@given(
    profile=PROFILES,
    path=st.text() | st.sampled_from([*BODIES, "/v1/models", "/v1/responses/resp_1"]),
    method=st.sampled_from(["GET", "POST", "DELETE", "HEAD", "x"]),
    headers=st.lists(st.tuples(header_names, header_values)),
)
@settings(max_examples=200, deadline=SECONDS)
def test_any_head_is_answered_without_repeating_the_key(
    profile: str, path: str, method: str, headers: list[tuple[bytes, bytes]]
) -> None:
    own = session(profile).journal.fingerprints
    answered = ask(profile, own.mask_path("/" + path), b"{}", method=method, headers=headers)
    assert answered.reply is not None
    assert KEY not in repr(answered).encode()
    assert KEY not in repr(own.mask_headers(headers)).encode() or any(
        value == KEY and name.startswith(b"content-") for name, value in headers
    )
