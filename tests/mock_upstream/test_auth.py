"""The auth decision, pure: which header passes, and OpenAI's own bodies for the others."""

import json

import pytest

from mock_upstream.auth import AuthOverride, Gate, compile_gate, mask
from mock_upstream.profile import Profile, load_profile, profile_names

MISSING = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header "
    "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank "
    "username) if you're accessing the API from your browser and are prompted for a username and "
    "password. You can obtain an API key from https://platform.openai.com/account/api-keys."
)
INVALID = (
    "Incorrect API key provided: {}. "
    "You can find your API key at https://platform.openai.com/account/api-keys."
)
LONG_KEY = "sk-PMafP" + "s" * 39 + "E873"


@pytest.fixture
def gate() -> Gate:
    return compile_gate(load_profile("openai"), api_keys=["key-from-call", "ключ"])


@pytest.mark.parametrize(
    "header",
    [b"Bearer key-from-call", b"bearer key-from-call", b" BEARER   key-from-call ", "Bearer ключ"],
)
def test_a_valid_key_passes(gate: Gate, header: bytes | str) -> None:
    assert gate.authenticate(header.encode() if isinstance(header, str) else header) is None


@pytest.mark.parametrize(
    "header",
    [None, b"", b"Bearer", b"Bearer  ", b"key-from-call", b"Basic key-from-call", b"Bearer\tx"],
)
@pytest.mark.parametrize("keys", [(), ("key-from-call",)])
def test_no_bearer_token_gets_openais_missing_key_body(
    header: bytes | None, keys: tuple[str, ...]
) -> None:
    reply = compile_gate(load_profile("openai"), api_keys=keys).authenticate(header)
    assert reply is not None
    assert reply.status == 401
    assert json.loads(reply.body) == {
        "error": {
            "message": MISSING,
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }
    }


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (f"Bearer {LONG_KEY}".encode(), "sk-PMafP" + "*" * 39 + "E873"),
        (b"Bearer key-from-env", "***"),
        (b"Bearer key-from-call ", None),
        (b"Bearer key-from-cal", "***"),
        (b"Bearer key-from-call2", "***"),
        (b"Bearer \xff\xfe", "***"),
    ],
)
def test_a_wrong_key_gets_openais_body_with_the_key_masked(
    gate: Gate, header: bytes, shown: str | None
) -> None:
    reply = gate.authenticate(header)
    if shown is None:
        assert reply is None
        return
    assert reply is not None
    assert reply.status == 401
    assert json.loads(reply.body) == {
        "error": {
            "message": INVALID.format(shown),
            "type": "invalid_request_error",
            "param": None,
            "code": "invalid_api_key",
        }
    }


def test_the_verdict_names_the_rule_and_shows_no_short_key(gate: Gate) -> None:
    [missing] = gate.check(None).violations
    [invalid] = gate.check(b"Bearer key-from-env").violations
    assert (missing.rule, missing.status) == ("missing-key", 401)
    assert (invalid.rule, invalid.status, invalid.code) == ("invalid-key", 401, "invalid_api_key")
    assert "key-from-env" not in repr(invalid)
    assert gate.check(b"Bearer key-from-call").accepted


@pytest.mark.parametrize("length", range(1, 120))
def test_masking_shows_nothing_of_a_short_key_and_at_most_twelve_characters(length: int) -> None:
    key = "".join(chr(0x100 + place) for place in range(length))
    shown = [character for character in mask(key) if character != "*"]
    assert len(shown) == (0 if length < 32 else 12)
    assert length >= 32 or mask(key) == "***"


@pytest.mark.parametrize("name", profile_names())
def test_any_key_is_valid_unless_keys_are_named(name: str) -> None:
    assert compile_gate(load_profile(name)).authenticate(b"Bearer x") is None


@pytest.mark.parametrize("header", [None, b"Bearer key-from-env"])
def test_a_profile_with_the_detail_envelope_answers_in_it(header: bytes | None) -> None:
    reply = compile_gate(load_profile("gateway"), ["key-from-call"]).authenticate(header)
    assert reply is not None
    assert reply.status == 401
    message = MISSING if header is None else INVALID.format("***")
    assert json.loads(reply.body) == {"detail": message}


@pytest.mark.parametrize(
    ("required", "override", "passes"),
    [
        (True, None, False),
        (True, "required", False),
        (True, "off", True),
        (False, None, True),
        (False, "required", False),
        (False, "off", True),
    ],
)
def test_the_session_may_override_the_profile(
    *,
    required: bool,
    override: AuthOverride | None,
    passes: bool,
) -> None:
    openai = load_profile("openai")
    profile: Profile = openai.model_copy(
        update={"auth": openai.auth.model_copy(update={"required": required})}
    )
    gate = compile_gate(profile, ["key-from-call"], override)
    assert (gate.authenticate(None) is None) is passes
    assert (gate.authenticate(b"Bearer key-from-env") is None) is passes
