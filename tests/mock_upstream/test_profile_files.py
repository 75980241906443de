"""Profile files: inheritance, and what is said of a profile that cannot be meant as it stands."""

import json
import re
from pathlib import Path

import pytest

from mock_upstream.profile_format.profile import ProfileError, load_profile, profile_names
from mock_upstream.profile_format.profile_schema import COMMITTED, profile_schema
from tests.mock_upstream.profile_text import Asked, loaded, rule, written

M = "error: {message: bad}"

WITHOUT = "extends: openai\nwithout: [unknown-paramter]"


def _refused(directory: Path, text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        loaded(directory, text)
    return str(caught.value)


def test_a_child_has_what_its_parent_has_and_replaces_what_it_says(tmp_path: Path) -> None:
    """Keys are replaced; rules come first, take the place of their id, or are left out."""
    parent = (
        "unknown: reject\nenvelope: flat\nallow: [extra]\nrules:\n"
        f"  - {{id: a, api: chat, forbid: a, {M}}}\n"
        f"  - {{id: b, api: chat, forbid: b, {M}}}\n"
        f"  - {{id: c, api: chat, forbid: c, {M}}}\n"
    )
    written(tmp_path, parent, "parent")
    child = loaded(
        tmp_path,
        "extends: ./parent.yaml\nwithout: [c]\nenvelope: detail\nrules:\n"
        f"  - {{id: n, api: chat, forbid: n, {M}}}\n"
        "  - {id: b, api: chat, forbid: bb, error: {message: other}}\n",
    )
    assert [one.id for one in child.rules] == ["n", "b", "a"]
    assert child.rules[1].forbid == "bb"
    assert (child.unknown.chat, child.allow, child.name) == ("reject", ("extra",), "mine")
    assert child.envelope != load_profile(tmp_path / "parent.yaml").envelope


def test_a_shipped_profile_may_be_extended_from_anywhere(tmp_path: Path) -> None:
    """`extends: openai` names the shipped one; its variants are not inherited."""
    child = loaded(tmp_path, "extends: openai\nunknown: ignore\n")
    assert (child.schema_, child.unknown.chat, child.variants) == ("openai", "ignore", ())


def test_a_fault_of_the_parent_is_told_with_the_parents_file(tmp_path: Path) -> None:
    """A rule that breaks only in the child is still where it stands."""
    parent = written(tmp_path, "rules:\n  - {id: a, api: chtt, forbid: a}\n", "parent")
    text = _refused(
        tmp_path, f"extends: ./parent.yaml\nrules:\n  - {{id: b, api: chat, forbid: b, {M}}}\n"
    )
    assert text.startswith(f"{parent}:4: rules[0].api: received 'chtt'; expected ")


def test_a_fault_of_a_variant_is_told_at_the_variant(tmp_path: Path) -> None:
    """The place is that in `change`, not that in the profile which it makes."""
    text = _refused(
        tmp_path,
        "rules: []\nvariants:\n  - name: old\n    until: 2025-01-01\n    change:\n"
        "      rules:\n        - {id: a, api: chtt, forbid: a}\n",
    )
    assert "mine.yaml:9: variants[0].change.rules[0].api: received 'chtt'" in text


def test_a_cycle_of_inheritance_is_refused(tmp_path: Path) -> None:
    """The message shows the way round."""
    written(tmp_path, "extends: ./two.yaml\n", "one")
    written(tmp_path, "extends: ./one.yaml\n", "two")
    text = _refused(tmp_path, "extends: ./one.yaml\n")
    assert "two.yaml:3: extends: " in text
    assert "a cycle of inheritance: mine -> one -> two -> one" in text
    assert "a cycle" in _refused(tmp_path, "extends: ./mine.yaml\n")


FAULTS: dict[str, tuple[str, str]] = {
    "unknown parent": ("extends: opnai", ":3: extends: no profile 'opnai'; expected one of "),
    "unknown parent, nearest": ("extends: opnai", "; did you mean 'openai'?"),
    "missing parent": ("extends: ./none.yaml", ":3: extends: "),
    "without": (WITHOUT, ":4: without[0]: no inherited rule"),
    "without, nearest": (WITHOUT, "; did you mean 'unknown-p"),
    "no kind": ("rules: [{id: a, api: chat}]", "received none; expected exactly one of fault, "),
    "two kinds": (
        "rules: [{id: a, api: chat, forbid: a, require: b}]",
        "received forbid and require; expected exactly one of ",
    ),
    "option of another kind": (
        f"rules: [{{id: a, api: chat, forbid: a, max: 1, {M}}}]",
        "'max' says nothing to 'forbid'; its options: none",
    ),
    "kind without its option": (
        f"rules: [{{id: a, api: chat, length: a, {M}}}]",
        "'length' needs min or max",
    ),
    "id twice": (
        f"rules:\n  - {{id: a, api: chat, forbid: a, {M}}}\n"
        f"  - {{id: a, api: chat, forbid: b, {M}}}",
        ":5: rules[1].id: the id 'a' is given twice",
    ),
    "no words": (
        "rules: [{id: a, api: chat, sequence: system_first}]",
        "a rule of kind 'sequence' needs error.message",
    ),
    "placeholder of another kind": (
        "rules: [{id: a, api: chat, forbid: a, error: {message: '{limit}'}}]",
        "a rule of kind 'forbid' does not fill {limit}",
    ),
    "placeholder in a param": (
        "rules: [{id: a, api: chat, forbid: a, error: {message: x, param: {a: '{lmit}'}}}]",
        "no placeholder {lmit} here",
    ),
    "placeholder in an envelope": (
        "envelope: {body: {a: ['{mesage}']}}",
        "; did you mean 'message'?",
    ),
    "envelope": ("envelope: opnai", "did you mean 'openai'?"),
    "json type": (
        f"rules: [{{id: a, api: chat, type: a, allowed: [strng], {M}}}]",
        "rules[0].allowed[0]: received 'strng'; expected one of object, ",
    ),
    "path of the other api": (
        f"rules: [{{id: a, api: chat, forbid: 'input[*].id', {M}}}]",
        "never met: requests of the API 'chat' have no 'input'; expected api: responses",
    ),
    "required element": (
        f"rules: [{{id: a, api: chat, require: 'tools[*]', {M}}}]",
        "expected a path that ends in the key that is required",
    ),
    "sequence of the other api": (
        f"rules: [{{id: a, api: chat, sequence: reasoning_not_followed, {M}}}]",
        "never met: 'reasoning_not_followed' is about items",
    ),
    "endpoint": (
        f"rules: [{{id: a, api: chat, endpoint: /v1/chat/completion, {M}}}]",
        "; did you mean '/v1/chat/completions'?",
    ),
    "no time": (
        f"rules: [{{id: a, api: chat, forbid: a, since: 2025-01-01, until: 2025-01-01, {M}}}]",
        "never in force: until 2025-01-01 is not after since 2025-01-01",
    ),
    "no range": (
        f"rules: [{{id: a, api: chat, range: a, min: 2, max: 1, {M}}}]",
        "nothing is between min 2 and max 1",
    ),
    "no shorter string": (
        f"rules: [{{id: a, api: chat, length: a, min: 0, {M}}}]",
        "never met: no string is shorter than 0",
    ),
    "nothing refused": (
        f"rules: [{{id: a, api: chat, enum: a, refused: [], {M}}}]",
        "rules[0].refused",
    ),
    "no number": (
        f"rules: [{{id: a, api: chat, range: a, max: .nan, {M}}}]",
        "rules[0].max",
    ),
    "one of none": (
        f"rules: [{{id: a, api: chat, forbid: a, when: {{fields: {{b: {{one_of: []}}}}}}, {M}}}]",
        "rules[0].when.fields.b",
    ),
    "every type": (
        "rules: [{id: a, api: chat, type: a, allowed: "
        f"[object, array, string, number, integer, boolean, 'null'], {M}}}]",
        "never met: every JSON type is allowed",
    ),
    "endpoint of the other api": (
        f"rules: [{{id: a, api: chat, endpoint: /v1/responses, {M}}}]",
        "never met: /v1/responses is the API 'responses', not 'chat'",
    ),
    "absent with a value": (
        "rules: [{id: a, api: chat, forbid: a, "
        f"when: {{fields: {{b: {{present: false, equals: 1}}}}}}, {M}}}]",
        "never met: a field that is absent has no value",
    ),
    "own field absent": (
        f"rules: [{{id: a, api: chat, length: a, max: 1, when: {{fields: {{a: absent}}}}, {M}}}]",
        "never met: the rule looks at 'a', which is absent",
    ),
    "required field present": (
        f"rules: [{{id: a, api: chat, require: a, when: {{fields: {{a: present}}}}, {M}}}]",
        "never met: the rule misses 'a', which is present",
    ),
    "stream and not": (
        "rules: [{id: a, api: chat, forbid: a, "
        f"when: {{stream: true, fields: {{stream: {{equals: false}}}}}}, {M}}}]",
        "never met: 'fields' asks for stream False",
    ),
    "model and not": (
        f"rules: [{{id: a, api: chat, forbid: a, when: {{model: x, not_model: x}}, {M}}}]",
        "never met: 'model' and 'not_model' are the same",
    ),
    "header that asks the body": (
        f"rules: [{{id: a, api: chat, header: h, when: {{model: x}}, {M}}}]",
        "a rule of kind 'header' is asked before the body is read",
    ),
    "behind an unconditional rule": (
        f"rules:\n  - {{id: a, api: both, forbid: tools, {M}}}\n"
        f"  - {{id: b, api: chat, items: tools, max: 1, {M}}}",
        ":5: rules[1]: never told: the rule 'a' above refuses all that 'b' does",
    ),
    "below a forbidden parent": (
        f"rules:\n  - {{id: a, api: chat, forbid: 'messages[*].x', {M}}}\n"
        f"  - {{id: b, api: chat, forbid: 'messages[?role=user].x.y', {M}}}",
        "rules[1]: never told",
    ),
    "behind words for all faults": (
        "unknown: reject\nrules:\n"
        f"  - {{id: a, api: both, fault: any, {M}}}\n"
        f"  - {{id: b, api: chat, fault: unknown, {M}}}",
        "rules[1]: never told",
    ),
    "variant without a time": (
        "variants: [{name: old, change: {}}]",
        "a variant without a time; expected 'until', 'since', or both",
    ),
    "test without a word": (
        f"rules: [{{id: a, api: chat, forbid: a, when: {{fields: {{b: {{}}}}}}, {M}}}]",
        "an empty test; expected 'present'",
    ),
    "test of another word": (
        f"rules: [{{id: a, api: chat, forbid: a, when: {{fields: {{b: presnt}}}}, {M}}}]",
        "received 'presnt'; expected 'present', 'absent', or a mapping",
    ),
    "quirk": ("replies: {quirks: [no-usge]}", "; did you mean 'no-usage'?"),
    "settings": ("settings: {chat: {drop_fields: ['a[x]']}}", "is no field path"),
    "regex": (
        f"rules: [{{id: a, api: chat, pattern: a, regex: '(', {M}}}]",
        "is no regular expression: ",
    ),
    "when": (
        f"rules: [{{id: a, api: chat, forbid: a, when: {{modle: x}}, {M}}}]",
        "; did you mean 'model'?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_profile_that_cannot_be_meant_is_refused(tmp_path: Path, name: str) -> None:
    """With file, line, place, what was received and what would do."""
    text, fault = FAULTS[name]
    said = _refused(tmp_path, text + "\n")
    assert re.match(rf"{re.escape(str(tmp_path / 'mine.yaml'))}:\d+: ", said)
    assert fault in said


@pytest.mark.parametrize(
    "text",
    [
        f"rules:\n  - {{id: a, api: chat, forbid: tools, when: {{model: x}}, {M}}}\n"
        f"  - {{id: b, api: chat, items: tools, max: 1, {M}}}",
        f"rules:\n  - {{id: a, api: chat, forbid: tools, {M}}}\n"
        f"  - {{id: b, api: responses, items: tools, max: 1, {M}}}",
        f"rules:\n  - {{id: a, api: chat, forbid: 'messages[?role=user].x', {M}}}\n"
        f"  - {{id: b, api: chat, forbid: 'messages[*].x', {M}}}",
        f"rules:\n  - {{id: a, api: responses, forbid: messages, {M}}}",
        f"rules:\n  - {{id: a, api: chat, forbid: a, {M}}}\n"
        f"  - {{id: b, api: chat, require: a, {M}}}",
    ],
)
def test_a_rule_that_may_be_met_is_no_fault(tmp_path: Path, text: str) -> None:
    """The neighbours of what is refused above."""
    loaded(tmp_path, text + "\n")


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*b",
        "^(([a-z])+.)+$",
        "(.*)*",
        "(a?){30}",
        "a?" * 30 + "a" * 30,
        ".*.*.*x",
        "(x+x+)+y",
        r"(a)\1+",
        "(?=a+)b",
        "a{1,200}b{1,200}c{1,200}",
        "a" * 501,
        "[",
        "(?P<x",
    ],
)
def test_a_dangerous_pattern_is_refused(tmp_path: Path, pattern: str) -> None:
    """What backtracks for long never gets to see a request."""
    said = _refused(
        tmp_path, f"rules: [{{id: a, api: chat, pattern: a, regex: {json.dumps(pattern)}, {M}}}]\n"
    )
    assert "rules[0].regex: " in said


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-zA-Z0-9_-]+$",
        "^gpt-5(\\.\\d+)?",
        "^(o[134]|gpt-5|codex)",
        r"\{\{\?(\w+)\}\}",
        "^.{1,64}$",
    ],
)
def test_a_plain_pattern_is_welcome_and_quick_on_hostile_text(tmp_path: Path, pattern: str) -> None:
    """Ids, models and templates need no more; a text of megabytes is looked at in part."""
    judge = rule(tmp_path, f"api: chat, pattern: a, refused_regex: {json.dumps(pattern)}, {M}")
    for text in ("a" * 5_000_000, "{{?" * 1_000_000, "gpt-5." * 1_000_000):
        judge("chat", {"a": text})


def test_the_committed_json_schema_is_current() -> None:
    """`python -m mock_upstream.profile_format.profile_schema` writes it anew."""
    assert COMMITTED.read_bytes() == profile_schema()


def test_the_json_schema_knows_every_key_of_every_shipped_profile() -> None:
    """Every object of the format is closed in it, so that an editor marks a misspelt key."""
    schema = json.loads(profile_schema())
    models = [schema, *schema["$defs"].values()]
    closed = [one["additionalProperties"] for one in models if one.get("type") == "object"]
    assert closed
    assert not any(closed)
    assert {"schema", "extends", "rules", "variants"} <= schema["properties"].keys()
    assert "not" in schema["$defs"]["Test"]["properties"]


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_profile_and_each_of_its_variants_is_compiled(name: str) -> None:
    """No rule raises when it is compiled, on either API, in any of its times."""
    from mock_upstream.judging.judge import compile_judge

    profile = load_profile(name)
    for one in (profile, *(variant for _, variant in profile.dated)):
        judge = Asked(compile_judge(one, states=one.states()))
        judge("chat", {"model": "x"})
        judge("responses", {"model": "x"})


def test_a_child_may_stand_before_all_that_it_inherits(tmp_path: Path) -> None:
    """Only rules of one file are held against one another."""
    written(tmp_path, f"rules:\n  - {{id: a, api: chat, forbid: tools, {M}}}\n", "parent")
    child = loaded(
        tmp_path,
        f"extends: ./parent.yaml\nrules:\n  - {{id: b, api: chat, always: true, {M}}}\n",
    )
    assert [one.id for one in child.rules] == ["b", "a"]
