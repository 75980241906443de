"""Errors read out of what was put around them, and the mock that refuses as one of them says."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from mock_upstream import Session
from mock_upstream.from_error.blame import blame_of
from mock_upstream.from_error.finding import find_errors
from mock_upstream.from_error.profile import profile_from_error
from mock_upstream.from_error.source_text import LONGEST, UnreadableError, read_source

MESSAGE = "Unknown parameter: 'input[2].thinking_blocks'."
BODY = {
    "error": {
        "message": MESSAGE,
        "type": "invalid_request_error",
        "param": "input[2].thinking_blocks",
        "code": "unknown_parameter",
    }
}
JSON = json.dumps(BODY)
LITELLM = f"litellm.BadRequestError: OpenAIException - {JSON}"
THROUGH_LITELLM = {"error": {"message": LITELLM, "type": None, "param": None, "code": "400"}}
OURS = (
    f"upstream answered 400: {MESSAGE} (param: input[2].thinking_blocks, code: unknown_parameter); "
    "upstream refused 'thinking_blocks'; set drop_thinking_blocks_res_api: true for custom/m"
)
TURN = {"content": [{"type": "text", "text": f"API Error: 400 {json.dumps(THROUGH_LITELLM)}"}]}

WRAPPED = {
    "body": JSON,
    "indented": json.dumps(BODY, indent=2),
    "python": f"openai.BadRequestError: Error code: 400 - {BODY!r}",
    "litellm": f"{LITELLM}. Received Model Group=m\nAvailable Model Group Fallbacks=None",
    "litellm-twice": f"litellm.BadRequestError: {LITELLM} LiteLLM Retried: 2 times",
    "proxy": json.dumps(THROUGH_LITELLM),
    "claude-code": f"API Error: 400 {json.dumps(THROUGH_LITELLM)}",
    "claude-code-parentheses": f"  ⎿ API Error (400 {json.dumps(THROUGH_LITELLM)})",
    "claude-code-log": json.dumps(
        {"type": "assistant", "message": TURN, "isApiErrorMessage": True}
    ),
    "handler": f"litellm.exceptions.BadRequestError: litellm.BadRequestError: {OURS}",
    "escaped": f'12:00:01 ERROR {{"msg": "failed", "body": {json.dumps(JSON)}}}'.replace(
        '{"', '{\\"'
    ),
    "gateway": json.dumps(
        {"error": {"message": "Provider returned error", "metadata": {"raw": JSON}}}
    ),
    "log": f"INFO ok\nTraceback (most recent call last):\n  File x\n{LITELLM}\n\nok\n{LITELLM}",
    "curl": f'$ curl -s http://x/v1/responses -d \'{{"model": "m", "input": []}}\'\n{JSON}',
    "http": f"HTTP/1.1 400 Bad Request\ncontent-type: application/json\n\n{JSON}",
}


@pytest.mark.parametrize("text", WRAPPED.values(), ids=WRAPPED)
def test_an_error_is_the_same_in_whatever_wrapping(text: str) -> None:
    """Its message and its field come out, once, though the text may say them twice."""
    [report] = find_errors(text).errors
    assert report.message == MESSAGE
    assert report.param == "input[2].thinking_blocks"
    assert blame_of(report).paths == ("input[*].thinking_blocks",)


@pytest.mark.parametrize("name", ["python", "claude-code", "handler", "http", "litellm", "log"])
def test_the_status_is_taken_from_around_the_body(name: str) -> None:
    [report] = find_errors(WRAPPED[name]).errors
    assert report.status == 400


def test_a_request_beside_the_error_is_kept_and_its_talk_of_errors_is_none() -> None:
    """What the conversation says of errors is the conversation's."""
    talk = {
        "role": "user",
        "content": json.dumps({"error": {"message": "Unknown parameter: 'x'."}}),
    }
    found = find_errors(json.dumps({"model": "m", "messages": [talk]}) + "\n" + JSON)
    assert [report.message for report in found.errors] == [MESSAGE]
    assert found.requests == ({"model": "m", "messages": [talk]},)


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ("Unknown parameter: 'tools[0].custom'.", "tools[*].custom"),
        (
            "tools.3.custom.input_examples: Extra inputs are not permitted",
            "tools[*].input_examples",
        ),
        ("messages.2.assistant.x: Extra inputs are not permitted", "messages[*].x"),
        ("Validation error at #/messages/0/x: Extra inputs are not permitted", "messages[*].x"),
        ("Unknown parameter: 'tools.defer_loading'.", "tools[*].defer_loading"),
        ("Argument not supported on this model: frequencyPenalty", "frequency_penalty"),
        ("Missing note field in the assistant message at message index 2.", "messages[*].note"),
    ],
)
def test_a_place_is_read_in_every_vendors_way(message: str, path: str) -> None:
    """Indices, tags of unions, pointers, camel case, and what a sentence leaves out."""
    [report] = find_errors(json.dumps({"error": {"message": message}})).errors
    assert blame_of(report).paths == (path,)


def test_two_errors_are_two() -> None:
    other = json.dumps({"detail": "Unsupported parameter: metadata"})
    assert len(find_errors(f"{JSON}\n{other}\n{JSON}").errors) == 2


@pytest.mark.parametrize("end", range(len(JSON) // 3, len(JSON), 7))
def test_half_an_error_is_known_as_half(end: int) -> None:
    """Wherever it is cut off, it is never taken for a whole one."""
    assert all(report.half for report in find_errors(JSON[:end]).errors)


def test_half_an_error_is_half_in_a_wrapping_too() -> None:
    text = WRAPPED["claude-code"]
    [report] = find_errors(text[: text.index(MESSAGE) + 15]).errors
    assert (report.half, report.status) == (True, 400)


def test_half_an_error_still_says_what_it_says() -> None:
    [report] = find_errors(JSON[: JSON.index("code") - 3]).errors
    assert (report.half, report.message) == (True, MESSAGE)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"x" * (LONGEST + 1), "enormous"),
        (bytes(range(256)) * 40, "binary"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00" * 9, "binary"),
    ],
)
def test_what_is_no_text_is_told_apart(data: bytes, kind: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read_source(data)
    assert refused.value.kind == kind


def test_other_encodings_are_read() -> None:
    assert find_errors(read_source(JSON.encode("utf-16"))).errors[0].message == MESSAGE
    assert find_errors(read_source(b"\xef\xbb\xbf" + JSON.encode())).errors[0].message == MESSAGE


HOSTILE = {
    "braces": "{" * 400_000,
    "open objects": '{"error":' * 50_000,
    "open lists": '["' * 50_000,
    "python": "{'a': [" * 20_000,
    "escapes": '{\\"error\\": ' * 20_000,
    "blanks": "[" + " " * 1_000_000 + "{" * 3,
    "prefixes": "litellm.BadRequestError: " * 10_000,
    "quotes": "Invalid '" * 50_000,
    "errors": (JSON + "\n") * 1_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    """Nothing is raised, and each ends: the work is bounded, not the luck."""
    assert len(find_errors(read_source(text.encode())).errors) <= 1


def test_no_key_of_the_text_goes_any_further() -> None:
    text = (
        "curl http://x/v1 -H 'Authorization: Bearer abcdef-0123456789' -H 'x-api-key: qwertz9'"
        f" -H 'api-key: fedcba0123456789' sk-proj-0123456789abcdefghij\n{JSON}"
    )
    shown = read_source(text.encode())
    assert [key for key in ("0123456789", "qwertz9", "fedcba") if key in shown] == []
    assert MESSAGE in shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Invalid key 9f8e7d6c5b4a39281706f5e4", "Invalid key <hidden>"),
        ("API key provided: 9f8e7d6c5b4a39281706f5e4.", "API key provided: <hidden>."),
        ("the token 'abcdefgh0123456789' is old", "the token '<hidden>' is old"),
        ("gsk_abcdefghij0123456789 is used up", "gsk_<hidden> is used up"),
        ("at https://bob:hunter2@host/v1", "at https://<hidden>@host/v1"),
        ("at https://host/v1?key=word-of-mouth&x=1", "at https://host/v1?key=<hidden>&x=1"),
        ("Unknown key 'prompt_cache_retention'", "Unknown key 'prompt_cache_retention'"),
        (
            "expected [*], [N] or [?key=value], such as",
            "expected [*], [N] or [?key=value], such as",
        ),
        ("max_tokens: 128000 is above 4096", "max_tokens: 128000 is above 4096"),
    ],
)
def test_a_key_is_known_by_what_it_is_called_and_a_field_is_none(said: str, shown: str) -> None:
    assert read_source(said.encode()) == shown


def _refusal(profile_of: bytes, payload: dict[str, object]) -> tuple[bool, str]:
    verdict = Session(profile_from_error(profile_of)).judge("responses", payload)
    return verdict.accepted, "" if verdict.accepted else verdict.violations[0].message


def test_the_profile_of_an_error_refuses_just_that_field_wherever_it_stands() -> None:
    item = {"role": "assistant", "content": "hi"}
    payload = {"model": "m", "input": [item, {**item, "thinking_blocks": []}]}
    assert _refusal(JSON.encode(), payload) == (
        False,
        "Unknown parameter: 'input[1].thinking_blocks'.",
    )
    assert _refusal(JSON.encode(), {"model": "m", "input": [item], "metadata": {}})[0]


def test_a_bound_that_an_error_names_is_the_profiles() -> None:
    error = (
        b"""{"error": {"message": "Invalid 'metadata.trace': string too long. Expected a string """
        b"""with maximum length 40, but got a string with length 90 instead.", "param": null}}"""
    )
    assert _refusal(error, {"metadata": {"trace": "x" * 40}})[0]
    assert "length 41 instead" in _refusal(error, {"metadata": {"trace": "x" * 41}})[1]


def _serve(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "mock_upstream", "serve", "--quiet", *arguments]


def test_serve_from_error_answers_as_the_error_did(tmp_path: Path) -> None:
    """The command takes the file, and its refusal has the error's own body."""
    file = tmp_path / "error.txt"
    file.write_text(WRAPPED["claude-code"], "utf-8")
    with subprocess.Popen(  # noqa: S603 -- ours
        _serve("--from-error", str(file)), stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        turn = {"role": "assistant", "content": "hi", "thinking_blocks": []}
        answer = httpx.post(
            f"{url}/v1/responses",
            json={"model": "m", "input": [{"role": "user", "content": "hi"}] * 2 + [turn]},
            headers={"authorization": "Bearer any"},
        )
        server.terminate()
    assert (answer.status_code, answer.json()) == (400, BODY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "without an error"),
        (JSON[:60], "half an error"),
        (JSON + '{"detail": "Unsupported parameter: metadata"}', "2 different errors"),
        ("ImportError: Could not import a from b.c", "before any request was sent"),
        ("", "received nothing"),
    ],
)
def test_serve_says_why_an_error_makes_no_profile(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        profile_from_error(text.encode())


def test_serve_takes_one_profile_alone(tmp_path: Path) -> None:
    file = tmp_path / "error.txt"
    file.write_text(JSON, "utf-8")
    done = subprocess.run(  # noqa: S603 -- ours
        _serve("--from-error", str(file), "--profile", "openai"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "leave out --profile" in done.stderr
