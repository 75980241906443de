"""A changed ledger is told in one sentence for each change, and the sentence is exact."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.ledger import Ledger
from conformance.ledger_diff import compare
from conformance.matrix import Case
from conformance.places import Places
from tests.conformance.committed import tampered

METADATA = "drop_metadata_res_api"
NESTED = "optional_params.litellm_params"
NAMES = ("plain-turn", "thinking-history")


def without_metadata_by_placement(case: Case, payload: Any) -> Any:
    if "litellm_params" in case.delivery.placements:
        payload.pop("metadata", None)
    return payload


def nested_placement_ignored(case: Case, payload: Any) -> Any:
    elsewhere = [
        value
        for placement, flags in case.delivery.values
        if placement != NESTED
        for flag, value in flags
        if flag == METADATA and str(value).lower() == "true"
    ]
    ignored = METADATA in case.delivery.raised and not elsewhere
    if ignored and case.api == "responses" and not case.options.drop_fields:
        payload["metadata"] = {"team": "blue"}
    return payload


def streams_say_more(case: Case, payload: Any) -> Any:
    return {**payload, "temperature": 0.5} if case.method == "astreaming" else payload


def keys_turned_round(case: Case, payload: Any) -> Any:
    if case.api == "chat" and case.delivery.raised:
        return {"model": payload.pop("model"), **payload}
    return payload


def escapes_and_spaces(case: Case, payload: Any) -> Any:
    return json.dumps(payload).encode() if case.entry == "proxy-chat" else payload


def one_byte_less(case: Case, payload: Any) -> Any:
    if case.api == "responses" and case.entry == "router":
        payload["input"][0]["content"] = "Nam the file."
    return payload


def an_item_less(case: Case, payload: Any) -> Any:
    if case.api == "responses":
        payload["input"] = payload["input"][1:]
    return payload


def is_no_variant(case: Case) -> bool:
    """Variants have payloads of their own, in which a change may be another one."""
    return not case.options.variant


def either_way(case: Case, payload: Any) -> Any:
    if case.entry == "router" or case.source == "environment":
        payload["user"] = "x"
    return payload


def all_but_one(case: Case, payload: Any) -> Any:
    if case.api == "chat" and not (case.entry == "router" and case.streams):
        payload["user"] = "x"
    return payload


def nothing_leaves(case: Case, payload: Any) -> Any:
    return None if case.options.drop_params else payload


@pytest.mark.parametrize(
    ("tampering", "sentence"),
    [
        (
            without_metadata_by_placement,
            "metadata now absent in {} cases: every case that had it with settings in "
            "litellm_params",
        ),
        (
            streams_say_more,
            "temperature now present: 0.5 in {} cases: every case with method astreaming",
        ),
        (
            keys_turned_round,
            "same JSON, other bytes: key order of the payload from messages, model to "
            "model, messages in {} cases: every case with API chat and a flag raised",
        ),
        (
            escapes_and_spaces,
            "same JSON, other bytes: escapes or spaces from UTF-8 without spaces to UTF-8 with "
            "spaces in {} cases: every case with entry proxy-chat",
        ),
        (
            an_item_less,
            "input[0] now absent in {} cases: every case that had it",
        ),
        (
            either_way,
            'user now present: "x" in {} cases: every case with credentials environment, and every '
            "case with entry router",
        ),
        (
            all_but_one,
            'user now present: "x" in {} cases: every case with API chat, except entry '
            "router and a stream",
        ),
        (
            nothing_leaves,
            "no single request now in {} cases: every case with options drop_params=true, "
            "drop_params=true drop_fields=metadata or drop_params=true "
            "drop_fields=input[*].thinking_blocks drop_fields=messages[*].name",
        ),
    ],
)
def test_a_change_is_one_sentence_that_names_what_and_where(tampering: Any, sentence: str) -> None:
    before, after = (tampered(NAMES, *how, chosen=is_no_variant) for how in ((), (tampering,)))
    count = sum(
        old.sent(*spot) != after[name].sent(*spot)
        for name, old in before.items()
        for spot in old.places()
    )
    found = compare(before, after)
    assert [str(finding) for finding in found.findings] == [sentence.format(count)]
    assert found.same == found.compared - count


def test_a_flag_ignored_in_one_placement_is_told_by_that_placement() -> None:
    found = compare(tampered(NAMES), tampered(NAMES, nested_placement_ignored))
    [finding] = found.findings
    assert str(finding).startswith('metadata now present: {"team":"blue"} in ')
    assert f"{METADATA} true in {NESTED}" in finding.where


def test_two_mistakes_are_two_sentences() -> None:
    def both(case: Case, payload: Any) -> Any:
        return streams_say_more(case, all_but_one(case, payload))

    found = compare(tampered(NAMES), tampered(NAMES, both))
    assert {finding.what.split(" ")[0] for finding in found.findings} == {"temperature", "user"}


def test_a_change_of_one_byte_is_shown_where_it_is() -> None:
    """A long text is not told whole: only what stands around the byte."""

    def tampering(case: Case, payload: Any) -> Any:
        if case.entry == "proxy-messages" and case.api == "responses":
            tool = payload["tools"][3]
            tool["description"] = f"{tool['description'][:-1]}#"
        return payload

    names = ["tool-error"]
    [finding] = compare(tampered(names), tampered(names, tampering)).findings
    assert finding.what.startswith("tools[3].description changed from …")
    assert finding.what.endswith('#"')
    assert len(finding.what) < 150
    assert finding.where == "every case that had it with entry proxy-messages"


def test_cases_that_are_new_and_gone_are_told_apart() -> None:
    def no_router(case: Case) -> bool:
        return case.entry != "router"

    def no_text(case: Case) -> bool:
        return not any(isinstance(v, str) for _, fs in case.delivery.values for _, v in fs)

    old, new = tampered(NAMES, chosen=no_router), tampered(NAMES, chosen=no_text)
    findings = {finding.group: finding for finding in compare(old, new).findings}
    assert findings["new"].where == "every case with entry router"
    assert "said as" in findings["gone"].where
    assert "changed" not in findings
    gone = compare(new, old).findings
    assert {finding.group: finding.cases for finding in gone} == {
        "gone": findings["new"].cases,
        "new": findings["gone"].cases,
    }


def test_a_header_that_is_sent_now_is_told_by_its_method() -> None:
    old = tampered(["plain-turn"])
    ledger = old["plain-turn"]
    headers = {
        column: texts if column[1] != "streaming" else ("accept: text/event-stream",)
        for column, texts in ledger.headers.items()
    }
    new = Ledger.parse(ledger.text, ledger.sums, ledger.baselines)
    new.headers.update(headers)
    sentences = [str(finding) for finding in compare(old, {"plain-turn": new}).findings]
    where = "in 2 cases: every scenario and method with method streaming"
    assert sentences == [
        f"header accept: */* no longer sent {where}",
        f"header accept: text/event-stream now sent {where}",
    ]


AXES = {"a": "xyz", "b": "xy", "c": "wxyz"}
CUBE = [{"a": a, "b": b, "c": c} for a in "xyz" for b in "xy" for c in "wxyz"]


@given(values=st.fixed_dictionaries({a: st.sets(st.sampled_from(v)) for a, v in AXES.items()}))
def test_a_conjunction_is_found_and_no_longer_than_it_must_be(values: dict[str, set[str]]) -> None:
    """Whatever conjunction decides, it is named by the axes that it takes, and by no other."""
    affected = [n for n, case in enumerate(CUBE) if all(case[a] in v for a, v in values.items())]
    places = Places(CUBE)
    where = places.describe(places.mask(affected))
    if affected:
        needed = [axis for axis, v in values.items() if len(v) < len(AXES[axis])]
        assert where.exact
        assert where.axes == len(needed)
        assert all(f"{axis} " in where.words for axis in needed)


def test_what_no_axis_explains_is_said_by_its_share() -> None:
    places = Places(CUBE)
    several = [n for n, case in enumerate(CUBE) if case["b"] == "x" and n % 3]
    where = places.describe(places.mask(several))
    assert not where.exact
    assert where.words == f"{len(several)} of 12 cases with b x"
