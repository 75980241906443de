"""Credentials in bodies: masked wherever they are, and nothing else changed."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_upstream.access.credentials import Fingerprints, secrets_in
from mock_upstream.journal.masking import BodyMask
from mock_upstream.journal.secret_names import is_secret_key

RECORDED = Path(__file__).parents[2] / "conformance" / "scenarios"
SECRET = "key-from-body"
PRESENTED = b"key-from-header"


def masked(body: bytes, *secrets: bytes) -> bytes:
    return BodyMask(secrets, Fingerprints()).body(body).data


@pytest.mark.parametrize(
    "body",
    [
        '{"api_key": "§"}',
        '{"apiKey":"§"}',
        '{"OPENAI_API_KEY":"§"}',
        '{"x-api-key":"§"}',
        '{"clientSecret":"§"}',
        '{"secrets":["§", {"any": "§"}]}',
        '{"password":{"deep":[{"deeper":"§"}]}}',
        '{"a":[{"b":{"access_token":"§"}}]}',
        '{"api\\u005fkey":"§"}',
        '{"api_key":"§","api_key":"§"}',
        '{"authorization":"Bearer §"}',
        '{"headers":{"Authorization":"Basic §"}}',
        '{"text":"use Bearer §, please"}',
        '{"text":"Authorization: bearer §\\n"}',
        '{"text":"Authorization:\\tBearer\\t§\\n"}',
        '{"url":"https://user:§@host/path"}',
        '{"arguments":"{\\"api_key\\": \\"§\\"}"}',
        '{"arguments":"{\\"body\\": \\"{\\\\\\"token\\\\\\": \\\\\\"§\\\\\\"}\\"}"}',
        '{"properties":{"api_key":"§"}}',
        '{"properties":{"api_key":["§"]}}',
        '{"properties":{"api_key":{"type":"string","default":"§"}}}',
        '{"properties":{"api_key":{"enum":["§"]}}}',
        '[{"token": "§"}]',
        '"Bearer §"',
        '{"token": "§',
        '{"token": "§\\',
        "api_key=§&x=1",
        "OPENAI_API_KEY=§",
        "Authorization: Bearer §",
        "{'password': '§'}",
        '{"broken" "api_key": "§"}}]]',
        '"odd " token="§',
    ],
)
def test_a_secret_is_masked_wherever_it_stands(body: str) -> None:
    """By its key's name at any depth, after `Bearer`, in JSON within JSON, in half a body."""
    shown = masked(body.replace("§", SECRET).encode())
    assert SECRET.encode() not in shown
    assert b"fingerprint:" in shown


@pytest.mark.parametrize(
    "body",
    [
        '{"text":"my key is K."}',
        '{"text":"xKx"}',
        '{"text":"\\u006bey-from-header"}',
        '{"K":1}',
        '{"a":["K","K"]}',
        '{"api_key":"K"}',
        '{"input":"\\ud83d\\ude00K\\ud800"}',
        "K",
        '{"cut": "K',
        'not "json K',
        '{"arguments":"{\\"x\\": \\"\\\\u006bey-from-header\\"}"}',
    ],
)
def test_the_key_of_the_request_is_masked_anywhere(body: str) -> None:
    """The very key that a header presented is masked in values, keys and text, however escaped."""
    shown = masked(body.replace("K", PRESENTED.decode()).encode(), PRESENTED)
    assert PRESENTED not in shown
    assert b"ey-from-header" not in shown
    assert Fingerprints().mark(PRESENTED)[:12] in shown


@pytest.mark.parametrize(
    "body",
    [
        b'{"max_tokens": 5, "prompt_cache_key": "a", "key": "ctrl+c", "code": "print(1)"}',
        b'{"signature": "c2lnbmF0dXJl", "encrypted_content": "gAAAA", "total_tokens": 1}',
        b'{"type":"object","properties":{"api_key":{"type":"string","description":"A key."}}}',
        b'{"required":["api_key","password"], "token": null, "auth": false, "secret": ""}',
        b'{"text":"the bearer of news, a basic task, token: see below // comment a@b"}',
        b'{ "z":1,\n"a" : "\\u0041\\/", "z": 2.50 }',
        b'{"text": "\\ud800"}',
        b"",
        b"\xff\xfe",
        b"\x00\x01\x02",
    ],
)
def test_what_is_no_secret_stays_as_it_is(body: bytes) -> None:
    """Bytes without a credential come back as the same bytes."""
    assert masked(body, PRESENTED) == body


@pytest.mark.parametrize("scenario", ["first-turn", "tool-error", "tool-results-with-image"])
def test_recorded_requests_lose_nothing(scenario: str) -> None:
    """Claude Code's own requests hold no secret, and none is seen in their schemas and prose."""
    body = (RECORDED / f"{scenario}.json").read_bytes()
    assert masked(body, PRESENTED) == body


def test_a_bearer_keeps_its_scheme_and_its_fingerprint() -> None:
    """The same key has one fingerprint in a header and in a body."""
    fingerprints = Fingerprints()
    (header,) = fingerprints.mask_headers([(b"authorization", b"Bearer key-from-header")])
    body = BodyMask((), fingerprints).body(b'{"authorization": "Bearer key-from-header"}').data
    assert orjson.loads(body) == {"authorization": header[1]}


def test_a_short_key_is_masked_as_a_word() -> None:
    """A key of a few letters does not tear other words apart."""
    shown = masked(b'{"a":"any","b":"many any.","c":"company"}', b"any")
    assert shown.count(b"fingerprint:") == 2
    assert b"many" in shown
    assert b"company" in shown


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_masked_too(encoding: str) -> None:
    """A body that the mock cannot read as JSON hides no key either."""
    shown = masked(
        '{"api_key": "key-from-body", "a": "key-from-header"}'.encode(encoding), PRESENTED
    )
    assert "key-from" not in shown.decode(encoding)
    assert shown.decode(encoding).count("fingerprint:") == 2


def test_what_quotes_a_secret_is_masked() -> None:
    """A refusal that repeats the body's secret shows its fingerprint."""
    mask = BodyMask([PRESENTED], Fingerprints())
    mask.body(b'{"api_key": "key-from-body"}')
    shown = mask.text("Invalid value: 'key-from-body' and 'key-from-header'")
    assert "key-from" not in shown


def test_the_secrets_of_a_head_are_found() -> None:
    """Headers, schemes, cookies, Basic's password and the query give what is searched for."""
    headers = [
        (b"authorization", b"Bearer key-1"),
        (b"x-api-key", b"key-2"),
        (b"cookie", b"id=key-3-of-cookie; theme=dark"),
        (b"proxy-authorization", b"Basic dXNlcjprZXktNQ=="),
        (b"x-note", b"Bearer key-6"),
        (b"content-type", b"application/json"),
    ]
    found = secrets_in(headers, b"api-key=key%2D7&a=b")
    for secret in (b"key-1", b"key-2", b"key-3-of-cookie", b"key-5", b"key-6", b"key-7"):
        assert secret in found
    assert b"application/json" not in found
    assert b"b" not in found
    assert b"dark" not in found


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("api_key", True),
        ("apikeys", True),
        ("APIKey", True),
        ("refreshTokens", True),
        ("x-goog-api-key", True),
        ("db.password", True),
        ("tokens", False),
        ("max_output_tokens", False),
        ("monkey", False),
        ("author", False),
        ("prompt_cache_key", False),
        ("keys", False),
        ("a" * 200 + "_secret", False),
    ],
)
def test_names_of_secrets(name: str, *, secret: bool) -> None:
    assert is_secret_key(name) is secret


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=8)
            | st.sampled_from(["api_key", "token", "properties", "Authorization"]),
            inner
            | st.sampled_from(["Bearer key-from-header", 'x "token": "abc"', "token=", "secret: "]),
            max_size=4,
        )
    ),
)


@given(value=json_values, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_json_stays_json(*, value: Any, ascii_only: bool, indent: int | None) -> None:
    """Whatever is masked, what was JSON can be read, has the same shape, and no key."""
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode(
        "utf-8", "surrogatepass"
    )
    shown = masked(body, PRESENTED)
    assert PRESENTED not in shown
    after = json.loads(shown.decode("utf-8", "surrogatepass"))
    assert type(after) in (type(value), str)
    if isinstance(value, list | dict):
        assert len(after) == len(value)


@given(body=st.binary(max_size=300) | st.text(alphabet='{}[]":,\\ a\x00').map(str.encode))
def test_any_bytes_can_be_masked(body: bytes) -> None:
    """No body, whatever its bytes, is an error or loses the key that it holds."""
    assert PRESENTED not in masked(body + PRESENTED, PRESENTED)
    masked(body)
