"""The shipped profiles' exact bodies, a session's overrides, and what is said of bad profiles."""

import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import mock_upstream
from mock_upstream.field_path import FieldPathError
from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.part import Part, file_fields
from mock_upstream.profile_format.profile import (
    ProfileError,
    UnknownPolicy,
    load_profile,
    profile_names,
)
from mock_upstream.verdict import APIS, Api, ErrorReply

THINKING: dict[str, object] = {
    "model": "x",
    "input": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hm", "thinking_blocks": []},
    ],
}
METADATA: dict[str, object] = {"model": "x", "input": "hi", "metadata": {"trace_name": "x"}}
UNKNOWN_ON_CHAT: dict[str, object] = {
    "model": "x",
    "messages": [{"role": "user", "content": "x", "odd": 1}],
}


def _reply(judge: Judge, api: Api, payload: Mapping[str, object]) -> ErrorReply | None:
    verdict = judge.check(api, payload)
    return None if verdict.accepted else judge.refusal(verdict)


def _openai_body(path: str) -> bytes:
    return (
        f'{{"error":{{"message":"Unknown parameter: \'{path}\'.","type":"invalid_request_error",'
        f'"param":"{path}","code":"unknown_parameter"}}}}'
    ).encode()


def _refused(body: bytes, status: int = 400) -> ErrorReply:
    return ErrorReply(status, (("content-type", "application/json"),), body)


def test_a_shipped_profile_bears_the_name_of_its_file() -> None:
    assert {"gateway", "openai", "permissive"} < set(profile_names())
    assert [load_profile(name).name for name in profile_names()] == list(profile_names())


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_profile_requires_a_key_but_for_a_server_at_home(name: str) -> None:
    assert load_profile(name).auth.required is (name != "ollama")


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_wording_and_rule_says_where_it_comes_from(name: str) -> None:
    profile = load_profile(name)
    said = [profile.auth.missing, profile.auth.invalid, *profile.rules]
    assert [wording for wording in said if not wording.source and not wording.note] == []


def test_openai_names_the_concrete_path_of_an_unknown_parameter_on_both_apis() -> None:
    judge = compile_judge(load_profile("openai"))
    body = _openai_body("input[1].thinking_blocks")
    assert _reply(judge, "responses", THINKING) == _refused(body)
    body = _openai_body("messages[0].odd")
    assert _reply(judge, "chat", UNKNOWN_ON_CHAT) == _refused(body)


@pytest.mark.parametrize("api", APIS)
def test_openai_knows_metadata(api: Api) -> None:
    judge = compile_judge(load_profile("openai"))
    asked: dict[str, object] = {"model": "x", "metadata": {"any": "thing"}}
    asked |= (
        {"input": "hi"} if api == "responses" else {"messages": [{"role": "user", "content": ""}]}
    )
    assert judge.check(api, asked).accepted


def test_gateway_refuses_its_two_fields_on_responses() -> None:
    judge = compile_judge(load_profile("gateway"))
    metadata = b'{"detail":"Unsupported parameter: metadata"}'
    thinking = b'{"detail":"Unsupported parameter: thinking_blocks"}'
    assert _reply(judge, "responses", METADATA) == _refused(metadata)
    assert _reply(judge, "responses", THINKING) == _refused(thinking)
    rules = [v.rule for v in judge.check("responses", THINKING | {"metadata": {}}).violations]
    assert sorted(rules) == ["gateway-metadata", "gateway-thinking-blocks"]


def test_gateway_accepts_every_other_field_and_both_on_chat() -> None:
    judge = compile_judge(load_profile("gateway"))
    odd = {"input": [{"thinking": 1, "metadata": {}}], "thinking_blocks": [], "odd": {"odd": 1}}
    assert judge.check("responses", odd).accepted
    assert judge.check("chat", METADATA | THINKING | UNKNOWN_ON_CHAT).accepted


@pytest.mark.parametrize("api", APIS)
def test_permissive_accepts_every_field(api: Api) -> None:
    judge = compile_judge(load_profile("permissive"))
    assert judge.check(api, METADATA | THINKING | UNKNOWN_ON_CHAT | {"odd": 1}).accepted


@pytest.mark.parametrize(
    ("name", "unknown", "body"),
    [
        ("openai", "ignore", None),
        ("openai", "reject", _openai_body("input[1].thinking_blocks")),
        ("gateway", "reject", b'{"detail":"Unsupported parameter: thinking_blocks"}'),
        ("permissive", "reject", _openai_body("input[1].thinking_blocks")),
        ("permissive", "ignore", None),
    ],
)
def test_unknown_overrides_any_profile_in_its_own_words(
    name: str, unknown: UnknownPolicy, body: bytes | None
) -> None:
    reply = _reply(compile_judge(load_profile(name), unknown=unknown), "responses", THINKING)
    assert reply == (body and _refused(body))


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("permissive", _openai_body("tools[1].name")),
        ("gateway", b'{"detail":"Unsupported parameter: name"}'),
    ],
)
def test_reject_adds_a_refusal_to_any_profile_in_its_own_words(
    name: str, body: bytes, api: Api
) -> None:
    judge = compile_judge(load_profile(name), reject=["tools[?type=custom].name", "store"])
    payload = {"tools": [{"type": "function"}, {"type": "custom", "name": "x"}]}
    assert _reply(judge, api, payload) == _refused(body)
    assert _reply(judge, api, {"tools": [{"type": "function"}]}) is None


def test_a_bad_path_to_reject_is_an_error() -> None:
    with pytest.raises(FieldPathError, match="column 6"):
        compile_judge(load_profile("openai"), reject=["store", "input[x]"])


def test_a_key_that_json_must_escape_is_quoted_back_as_json() -> None:
    judge = compile_judge(load_profile("openai"))
    for key in ('q"uote', "\ud800", "новый", "{path}", "a\x00b"):
        reply = _reply(judge, "responses", {key: 1})
        assert reply is not None
        shown = json.loads(reply.body)["error"]["param"]
        bare = key in ("\ud800", "новый", "{path}", "a\x00b")
        assert shown == (key if bare else '["q\\"uote"]')


GOOD = """\
name: mine
about: Mine.
envelope: detail
unknown: ignore
rules:
  - id: one
    api: chat
    forbid: messages[*].name
    error:
      message: "No {name} at {path}"
"""


def _written(directory: Path, text: str) -> Path:
    path = directory / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", [str, Path])
def test_a_profile_of_ones_own_is_loaded_by_path(tmp_path: Path, kind: type) -> None:
    judge = compile_judge(load_profile(kind(_written(tmp_path, GOOD))))
    reply = _reply(judge, "chat", {"messages": [{"name": "x"}]})
    assert reply == _refused(b'{"detail":"No name at messages[0].name"}')


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("about: Mine.", "", ":1: about: missing; expected a value here"),
        ("about:", "abuot:", ":2: abuot: unknown key; expected one of name, about, "),
        ("about:", "abuot:", "; did you mean 'about'?"),
        (
            ": detail",
            ": detial",
            ":3: envelope: received 'detial'; expected 'openai', 'flat', 'string', 'message', ",
        ),
        (": detail", ": detial", "did you mean 'detail'?"),
        ("message:", "massage:", ":10: rules[0].error.massage: unknown key; expected one of "),
        ("message:", "massage:", "; did you mean 'message'?"),
        (
            "{path}",
            "{where}",
            "mine.yaml:10: rules[0].error.message: 'No {name} at {where}': no placeholder {where} ",
        ),
        ("{path}", "{pth}", "; did you mean 'path'?"),
        ("{path}", "{path!r}", "no placeholder {path} here; expected {path}, {name}, "),
        ("{path}", "{", "write a brace itself as {{ or }}"),
        (
            "api: chat",
            "api: chta",
            ":7: rules[0].api: received 'chta'; expected 'responses', 'chat'",
        ),
        ("[*]", "[x]", ":8: rules[0].forbid: 'messages[x].name' is no field path: at column 9 "),
        ("forbid:", "forbids:", ":8: rules[0].forbids: unknown key; expected one of "),
        ("rules:", "auth: {required: maybe}\nrules:", ":5: auth.required: received 'maybe'; "),
        (
            "rules:",
            "auth: {missing: {message: m, status: 200}}\nrules:",
            ":5: auth.missing.status: ",
        ),
        ("rules:", "rules: 7\nold:", ":5: rules: received 7; input should be a valid tuple"),
        ("name: mine", "name: [", "not YAML: "),
        ("name: mine", "name: !!python/object:os.system {}", "not YAML: could not determine"),
        ("about: Mine.", "name: twice", ":2: the key 'name' is given twice; keep one"),
        (GOOD, "- 1", ":1: expected a mapping of keys to values at the top"),
        (GOOD, "", ":1: expected a mapping of keys to values at the top"),
        ("Mine.", "\x01", "not YAML: "),
        ("about: Mine.", "about: &a [*a]", ":2: aliases go in a circle"),
        ("about: Mine.", "about: " + "[" * 100_000, ":2: nested deeper than 50 levels; "),
        ("Mine.", "2026-99-99", ": not YAML: month must be in 1..12"),
    ],
)
def test_a_bad_profile_is_refused_with_file_line_and_place(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    path = _written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    assert str(caught.value).startswith(f"{path}:")
    assert fault in str(caught.value)


def test_every_fault_of_a_profile_is_told_at_once(tmp_path: Path) -> None:
    path = _written(tmp_path, GOOD.replace("chat", "chta").replace("ignore", "ignroe"))
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    assert len(str(caught.value).splitlines()) == 2


def test_a_profile_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"name: \xff")
    with pytest.raises(ProfileError, match=r"mine\.yaml: not UTF-8"):
        load_profile(path)


def test_an_unknown_name_is_told_the_names_and_the_nearest() -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile("opnai")
    assert str(caught.value) == (
        f"no profile 'opnai'; expected one of {', '.join(profile_names())}, or the path of a YAML "
        "file; did you mean 'openai'?"
    )


@pytest.mark.parametrize("text", ["no/such", "none.yaml", "/"])
def test_a_file_that_cannot_be_read_is_said_so(text: str) -> None:
    with pytest.raises(ProfileError, match="cannot read the profile"):
        load_profile(text)


def test_a_profile_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        load_profile("openai").unknown = "ignore"


@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_profile_is_as_good_as_a_file_that_was_checked(name: str) -> None:
    """What is read without a check when asked for by name passes it, and comes out the same."""
    path = Path(mock_upstream.__file__).parent / "profiles" / f"{name}.yaml"
    checked, read = load_profile(path), load_profile(name)
    assert read == checked
    assert given(read) == given(checked)


def given(value: object) -> object:
    """Which fields were given, at every depth: equality does not ask."""
    if isinstance(value, Part):
        return value.given, [given(getattr(value, name)) for name in file_fields(type(value))]
    return [given(one) for one in value] if isinstance(value, tuple) else None
