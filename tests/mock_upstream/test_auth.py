"""The auth decision, pure: which headers pass, and the upstream's own bodies for the others."""

import base64
import json
from typing import Any

import pytest

from mock_upstream.access.auth import AuthOverride, Gate, compile_gate, mask
from mock_upstream.access.auth_policy import KEY_STATES, Auth, KeyMask, KeyRefusal, KeyState
from mock_upstream.part import build
from mock_upstream.profile_format.profile import Profile, load_profile, profile_names

MISSING = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header "
    "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank "
    "username) if you're accessing the API from your browser and are prompted for a username and "
    "password. You can obtain an API key from https://platform.openai.com/account/api-keys."
)
NO_BEARER = "Missing bearer or basic authentication in header"
INVALID = (
    "Incorrect API key provided: {}. "
    "You can find your API key at https://platform.openai.com/account/api-keys."
)
QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more "
    "information on this error, read the docs: "
    "https://platform.openai.com/docs/guides/error-codes/api-errors."
)
LONG_KEY = "sk-PMafP" + "s" * 39 + "E873"


def basic(user: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


def bearer(key: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", f"Bearer {key}".encode())]


def answer(gate: Gate, *headers: tuple[bytes, bytes]) -> tuple[int, str, Any] | None:
    """Status, the journal's rule and the body of the refusal; None when the request passes."""
    denial = gate.denial(headers)
    if denial is None:
        return None
    assert denial.note.status == denial.reply.status
    return denial.reply.status, denial.note.rule, json.loads(denial.reply.body)


def error(message: str, code: str | None = None, kind: str = "invalid_request_error") -> Any:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def with_auth(name: str = "openai", **auth: Any) -> Profile:
    profile: Profile = load_profile(name).but(auth=Auth(**auth))
    return profile


@pytest.fixture
def gate() -> Gate:
    return compile_gate(load_profile("openai"), api_keys=["key-from-call", "ключ"])


@pytest.mark.parametrize(
    "header",
    [
        b"Bearer key-from-call",
        b"bearer key-from-call",
        b" BEARER   key-from-call ",
        "Bearer ключ".encode(),
        basic("", "key-from-call"),
        basic("anyone", "key-from-call").replace(b"Basic", b"bAsIc"),
    ],
)
def test_a_valid_key_passes(gate: Gate, header: bytes) -> None:
    """OpenAI takes a bearer token, or the key as the password of Basic, the scheme in any case."""
    assert answer(gate, (b"authorization", header)) is None


@pytest.mark.parametrize("keys", [(), ("key-from-call",)])
def test_no_header_gets_openai_s_missing_key_body(keys: tuple[str, ...]) -> None:
    gate = compile_gate(load_profile("openai"), api_keys=keys)
    assert answer(gate) == (401, "missing-key", error(MISSING))
    assert answer(gate, (b"api-key", b"key-from-call")) == (401, "missing-key", error(MISSING))


@pytest.mark.parametrize("keys", [(), ("key-from-call",)])
@pytest.mark.parametrize(
    ("header", "rule"),
    [
        (b"", "empty-key"),
        (b"Bearer", "empty-key"),
        (b"Bearer  ", "empty-key"),
        (b"Basic", "empty-key"),
        (b"Basic !!!", "empty-key"),
        (basic("", "key-from-call").replace(b"OmtleS", b"Omtl!eS"), "empty-key"),
        (basic("key-from-call", ""), "empty-key"),
        (b"key-from-call", "wrong-scheme"),
        (b"Digest key-from-call", "wrong-scheme"),
        (b"Bearer\tkey-from-call", "wrong-scheme"),
        (b"Bearer:key-from-call", "wrong-scheme"),
        (b"\xff\xfe", "wrong-scheme"),
    ],
)
def test_a_header_without_a_key_gets_openai_s_other_body(
    header: bytes, rule: str, keys: tuple[str, ...]
) -> None:
    """Another scheme and an empty key are told apart in the journal, and answered alike."""
    gate = compile_gate(load_profile("openai"), api_keys=keys)
    assert answer(gate, (b"authorization", header)) == (401, rule, error(NO_BEARER))


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (LONG_KEY, "sk-PMafP" + "*" * 39 + "E873"),
        ("key-from-env", "***"),
        ("key-from-cal", "***"),
        ("key-from-call2", "***"),
        ("ÿþ", "***"),
    ],
)
def test_an_unknown_key_gets_openai_s_body_with_the_key_masked(
    gate: Gate, key: str, shown: str
) -> None:
    expected = error(INVALID.format(shown), "invalid_api_key")
    assert answer(gate, *bearer(key)) == (401, "invalid-key", expected)


STATES: dict[KeyState, tuple[int, str, Any]] = {
    "unknown": (401, "invalid-key", error(INVALID.format("***"), "invalid_api_key")),
    "expired": (401, "expired-key", error(INVALID.format("***"), "invalid_api_key")),
    "revoked": (401, "revoked-key", error(INVALID.format("***"), "invalid_api_key")),
    "other-project": (
        401,
        "other-project-key",
        error("OpenAI-Project header should match project for API key", "mismatched_project"),
    ),
    "no-quota": (429, "no-quota", error(QUOTA, "insufficient_quota", "insufficient_quota")),
}


@pytest.mark.parametrize("state", KEY_STATES)
@pytest.mark.parametrize("api_keys", [(), ("key-from-call",)])
def test_a_key_is_answered_by_its_state(state: KeyState, api_keys: tuple[str, ...]) -> None:
    """Each state has its own rule and OpenAI's body; the other keys are not touched by it."""
    gate = compile_gate(load_profile("openai"), api_keys, key_states={"key-from-env": state})
    assert answer(gate, *bearer("key-from-env")) == STATES.get(state)
    stranger = answer(gate, *bearer("key-from-stranger"))
    assert (stranger is None) is (not api_keys and state != "valid")
    if api_keys:
        assert answer(gate, *bearer("key-from-call")) is None


def test_a_key_without_quota_still_lists_models() -> None:
    """Quota is asked of what costs: a request that is not billed passes."""
    gate = compile_gate(load_profile("openai"), key_states={"key-from-env": "no-quota"})
    assert gate.denial(bearer("key-from-env"), billed=False) is None
    assert gate.denial(bearer(""), billed=False) is not None


def test_the_note_for_the_journal_has_no_word_of_the_key(gate: Gate) -> None:
    denial = gate.denial(bearer(LONG_KEY))
    assert denial is not None
    assert b"sk-PMafP" in denial.reply.body
    assert "sk-PMafP" not in repr(denial.note)
    assert LONG_KEY not in repr(denial)


@pytest.mark.parametrize("length", range(1, 120))
@pytest.mark.parametrize("masked", [KeyMask(), KeyMask(head=2, tail=2, hidden="***")])
def test_masking_shows_nothing_of_a_short_key_and_at_most_twelve_characters(
    length: int, masked: KeyMask
) -> None:
    key = "".join(chr(0x100 + place) for place in range(length))
    shown = [character for character in mask(key, masked) if character != "*"]
    assert len(shown) == (0 if length < 32 else masked.head + masked.tail)
    assert length >= 32 or mask(key, masked) == "***"


def test_a_mask_that_shows_too_much_is_refused() -> None:
    with pytest.raises(ValueError, match="leave 13 characters of a key in clear"):
        KeyMask(head=8, tail=5)


def test_a_mask_hides_as_the_upstream_does() -> None:
    assert mask(LONG_KEY, KeyMask(head=0, tail=4, hidden="****")) == "****E873"
    assert mask(LONG_KEY, KeyMask(head=2, tail=0, hidden="")) == "sk"


@pytest.mark.parametrize("name", profile_names())
def test_any_key_is_valid_unless_keys_are_named(name: str) -> None:
    profile = load_profile(name)
    for scheme in profile.auth.schemes:
        header = {
            "bearer": (b"authorization", b"Bearer x"),
            "basic": (b"authorization", basic("", "x")),
        }.get(scheme, (scheme.encode(), b"x"))
        assert answer(compile_gate(profile), header) is None


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("state", [state for state in KEY_STATES if state != "valid"])
def test_every_profile_refuses_a_key_in_every_bad_state(name: str, state: KeyState) -> None:
    """Whatever the upstream's shape, the answer is a 4xx with a body that does not hold the key."""
    profile = load_profile(name)
    gate = compile_gate(profile, auth="required", key_states={LONG_KEY: state})
    headers = [(b"authorization", f"Bearer {LONG_KEY}".encode()), (b"api-key", LONG_KEY.encode())]
    denial = gate.denial([*headers, (b"x-api-key", LONG_KEY.encode())])
    assert denial is not None
    assert 400 <= denial.reply.status < 500
    assert denial.reply.body
    assert LONG_KEY.encode() not in denial.reply.body
    assert gate.denial([]) is not None


@pytest.mark.parametrize("headers", [[], bearer("key-from-env")])
def test_a_profile_with_the_detail_envelope_answers_in_it(
    headers: list[tuple[bytes, bytes]],
) -> None:
    gate = compile_gate(load_profile("gateway"), ["key-from-call"])
    message = INVALID.format("***") if headers else MISSING
    refused = answer(gate, *headers)
    assert refused is not None
    assert (refused[0], refused[2]) == (401, {"detail": message})


AZURE = "Access denied due to invalid subscription key or wrong API endpoint."


def azure() -> Profile:
    body = {"error": {"code": "401", "message": "{message}"}}
    invalid = build(KeyRefusal, {"message": AZURE, "envelope": {"body": body}})
    return with_auth(schemes=("api-key", "bearer"), invalid=invalid)


def test_a_key_header_of_its_own_is_taken_where_the_profile_says_so() -> None:
    """`api-key` decides where it comes first; a bearer token does where there is none."""
    gate = compile_gate(azure(), ["key-from-call"])
    good, bad = (b"api-key", b" key-from-call "), (b"api-key", b"key-from-env")
    assert answer(gate, good) is None
    assert answer(gate, *bearer("key-from-call")) is None
    assert answer(gate, good, *bearer("key-from-env")) is None
    assert answer(gate, *bearer("key-from-call"), bad) is not None
    assert answer(gate, (b"api-key", b""), *bearer("key-from-call")) is None


def test_one_failure_s_words_serve_for_those_that_the_upstream_has_none_for() -> None:
    """An upstream whose body for a bad key is known answers every failure of a key in its shape."""
    gate = compile_gate(azure(), ["key-from-call"], key_states={"key-from-env": "expired"})
    body = {"error": {"code": "401", "message": AZURE}}
    assert answer(gate) == (401, "missing-key", body)
    assert answer(gate, (b"api-key", b"")) == (401, "empty-key", body)
    assert answer(gate, (b"authorization", b"Basic eDp5")) == (401, "wrong-scheme", body)
    assert answer(gate, (b"api-key", b"x")) == (401, "invalid-key", body)
    assert answer(gate, (b"api-key", b"key-from-env")) == (401, "expired-key", body)


def test_borrowed_words_say_that_they_are_not_verbatim() -> None:
    policy = azure().auth
    assert policy.wording("expired").note.startswith("Not verbatim")
    assert policy.wording("invalid").note == ""
    assert policy.wording("no_quota").note.startswith("Not verbatim: OpenAI's words")
    assert Auth().wording("no_quota").note == ""
    for failing in ("expired", "revoked", "other_project"):
        assert Auth().wording(failing).note.startswith("Not verbatim")


VENDORS: dict[tuple[str, KeyState], tuple[int, Any]] = {
    ("openai", "unknown"): (
        401,
        error(INVALID.format("sk-PMafP" + "*" * 39 + "E873"), "invalid_api_key"),
    ),
    ("openai", "no-quota"): (429, STATES["no-quota"][2]),
    ("azure", "unknown"): (
        401,
        {
            "error": {
                "code": "401",
                "message": "Access denied due to invalid subscription key or wrong API endpoint. "
                "Make sure to provide a valid key for an active subscription and use a correct "
                "regional API endpoint for your resource.",
            }
        },
    ),
    ("mistral", "unknown"): (401, {"detail": "Unauthorized"}),
    ("groq", "unknown"): (
        401,
        {
            "error": {
                "message": "Invalid API Key",
                "type": "invalid_request_error",
                "code": "invalid_api_key",
            }
        },
    ),
    ("deepseek", "unknown"): (
        401,
        error(
            "Authentication Fails, Your api key: ****E873 is invalid",
            "invalid_request_error",
            "authentication_error",
        ),
    ),
    ("deepseek", "no-quota"): (
        402,
        error("Insufficient Balance", "invalid_request_error", "unknown_error"),
    ),
    ("openrouter", "no-quota"): (
        402,
        {
            "error": {
                "message": "Insufficient credits. This account never purchased credits. Make sure "
                "your key is on the correct account or org, and if so, purchase more at "
                "https://openrouter.ai/settings/credits",
                "code": 402,
            }
        },
    ),
    ("xai", "unknown"): (
        400,
        {
            "code": "Client specified an invalid argument",
            "error": "Incorrect API key provided: sk***73. You can obtain an API key from "
            "https://console.x.ai.",
        },
    ),
}


@pytest.mark.parametrize(("profile", "state"), VENDORS)
def test_a_vendor_s_own_body_is_answered(profile: str, state: KeyState) -> None:
    """The bodies that sources show, each with its status, letter by letter."""
    gate = compile_gate(load_profile(profile), key_states={LONG_KEY: state})
    refused = answer(gate, *bearer(LONG_KEY), (b"api-key", LONG_KEY.encode()))
    assert refused is not None
    assert (refused[0], refused[2]) == VENDORS[profile, state]


def test_openrouter_s_own_words_for_no_key_are_answered() -> None:
    body = {"error": {"message": "No auth credentials found", "code": 401}}
    assert answer(compile_gate(load_profile("openrouter"))) == (401, "missing-key", body)


def test_a_body_of_text_is_text() -> None:
    """An upstream that answers no JSON is reproduced too, its type and the masked key with it."""
    words = {"message": "bad key {key}", "status": 403, "envelope": "text"}
    invalid = build(KeyRefusal, words)
    denial = compile_gate(with_auth(invalid=invalid), ["k"]).denial(bearer(LONG_KEY))
    assert denial is not None
    assert denial.reply.status == 403
    assert denial.reply.headers == (("content-type", "text/plain; charset=utf-8"),)
    assert denial.reply.body == b"bad key sk-PMafP" + b"*" * 39 + b"E873"


def test_of_repeated_headers_the_first_one_counts() -> None:
    gate = compile_gate(load_profile("openai"), ["key-from-call"])
    assert answer(gate, *bearer("key-from-call"), *bearer("key-from-env")) is None
    assert answer(gate, *bearer("key-from-env"), *bearer("key-from-call")) is not None


@pytest.mark.parametrize(
    ("keys", "states", "said"),
    [
        ((" ",), {}, "a key is empty"),
        ((), {"": "expired"}, "a key is empty"),
        (("key-from-call\ud800",), {}, "half a surrogate pair"),
        (("key-from-call",), {"key-from-call": "expired"}, "give it one state"),
        ((), {"expired": "key-from-call"}, "expected valid, unknown, expired"),
    ],
)
def test_keys_that_cannot_be_are_refused_without_being_shown(
    keys: tuple[str, ...], states: Any, said: str
) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        compile_gate(load_profile("openai"), keys, key_states=states)
    assert "key-from-call" not in str(caught.value)


def test_space_around_a_key_does_not_count() -> None:
    """A key read from a file or a variable often ends with a line break."""
    gate = compile_gate(load_profile("openai"), ["key-from-call\n"])
    assert answer(gate, *bearer("key-from-call")) is None


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
    gate = compile_gate(with_auth(required=required), ["key-from-call"], override)
    assert (answer(gate) is None) is passes
    assert (answer(gate, *bearer("key-from-env")) is None) is passes
