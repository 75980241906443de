"""Variants: one more thing about a call, as data that can be shown, and what came of it."""

import logging
import os
from typing import Any

import pytest

from conformance import ledger_answers
from conformance.heard import LOGGERS, Heard
from conformance.ledger import Ledger
from conformance.ledger_diff import compare
from conformance.products import CORE, FULL, VARIANTS
from conformance.scenarios import load_scenarios
from conformance.variants import variant, variants
from conformance.variants.placeholders import filled, unsealed
from conformance.variants.upstream_answer import script_of
from tests.conformance.committed import committed

BASE = "http://127.0.0.1:4711/v1"
SEALED = '@SEALED [["rs_1","c2VjcmV0",[4],0,false]]'
NAMES = tuple(variants())


def test_a_variant_has_a_name_for_ids_a_reason_and_a_scenario() -> None:
    scenarios = {scenario.name for scenario in load_scenarios()}
    for one in variants().values():
        assert one.name.replace("-", "").isalnum(), one.name
        assert one.name == one.name.lower(), one.name
        assert one.reason.endswith("."), one.name
        assert one.scenario in scenarios, one.name


def test_every_variant_is_shown_by_a_product_of_both_tiers() -> None:
    shown = [o.variant for product in VARIANTS for o in product.options]
    assert sorted(shown) == sorted(NAMES)
    assert set(VARIANTS) <= set(CORE) & set(FULL)


def test_a_bad_one_is_refused_and_sends_nothing() -> None:
    for one in variants().values():
        if one.name.startswith("bad-"):
            assert (one.status, one.requests) == (400, 0), one.name


def test_what_is_given_lies_over_the_arguments_and_null_takes_out() -> None:
    """The caller's own mappings stay as they are."""
    usual = {"optional_params": {"max_tokens": 5, "user": "a"}, "litellm_params": {"x": 1}}
    told = variant("every-parameter-as-null").laid_over({**usual, "model": "m"}, BASE)
    assert told["optional_params"] == {}
    assert told["litellm_params"] == {"x": 1}
    assert usual["optional_params"] == {"max_tokens": 5, "user": "a"}
    assert variant("bad-messages").laid_over(dict(usual), BASE)["messages"] == "x"
    assert variant("").laid_over(dict(usual), BASE) == usual


def test_the_environment_is_what_it_was_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMAP_CLAUDE_OPUS_TO", "mine")
    monkeypatch.delenv("REMAP_CLAUDE_SONNET_TO", raising=False)
    with variant("not-remapped").in_environment(BASE):
        assert os.environ["REMAP_CLAUDE_OPUS_TO"] == "gpt-5"
        assert os.environ["REMAP_CLAUDE_SONNET_TO"] == " "
    assert os.environ["REMAP_CLAUDE_OPUS_TO"] == "mine"
    assert "REMAP_CLAUDE_SONNET_TO" not in os.environ


def test_reasoning_is_sealed_for_its_upstream_and_another_seal_is_told() -> None:
    signature = filled(SEALED, BASE)
    assert unsealed(f"a {signature} b", BASE) == f"a {SEALED.replace(chr(34), chr(39))} b"
    assert "wrong seal" in unsealed(signature, "http://elsewhere/v1")
    assert filled({"a": ["@UPSTREAM/x", "@ROOT", 5]}, BASE) == {
        "a": [f"{BASE}/x", BASE.removesuffix("/v1"), 5]
    }


def test_a_streams_events_are_written_short() -> None:
    script = script_of("stream", [{"delta": {"content": "Hi"}, "finish": "stop"}, ": x\n\n"])
    [entry] = script.entries
    chunks: Any = getattr(entry.reply, "chunks", ())
    assert (
        b'"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]'
        in (chunks[0])
    )
    assert chunks[1] == b": x\n\n"


def test_what_is_heard_is_the_same_in_every_run() -> None:
    """Ports, numbers and made-up ids are named; a log is heard, and shows nowhere else."""
    heard = Heard(BASE)
    with heard.log():
        logging.getLogger(f"{LOGGERS}.tools").debug("at %s", BASE)
    logging.getLogger(f"{LOGGERS}.tools").debug("unheard")
    error = RuntimeError(f"{BASE} req_mock000012 call_0123456789abcdef_2\nx")
    heard.error(error)
    assert heard.lines == [
        "DEBUG: at http://UPSTREAM/v1",
        r"RuntimeError None: http://UPSTREAM/v1 req_mock call_made_up_2\nx",
        "{}",
    ]


ANSWERS: ledger_answers.Answers = {
    ("variant=a", "chat", "completion"): ("POST x", "{}"),
    ("variant=a", "chat", "acompletion"): ("POST x", "{}"),
    ("variant=b", "responses", "streaming"): (),
}


def test_answers_that_are_written_and_read_are_the_same() -> None:
    text = ledger_answers.render(ANSWERS)
    assert ledger_answers.parse(text) == ANSWERS
    assert text.startswith("variant=a · chat completion acompletion\n    POST x\n")
    with pytest.raises(ValueError, match="not an API"):
        ledger_answers.parse("variant=a · chat complet\n")


def test_another_answer_is_told_in_one_sentence() -> None:
    """With the first line that is another, and where."""
    old = committed()
    before = old["plain-turn"]
    key = ("variant=reply-with-everything", "chat", "completion")
    lines = before.answers[key]
    changed = {**before.answers, key: (*lines[:-1], "other")}
    fields = {name: getattr(before, name) for name in Ledger.__slots__ if name[0] != "_"}
    found = compare(old, {**old, "plain-turn": Ledger(**{**fields, "answers": changed})})
    [finding] = found.findings
    assert str(finding).startswith(f"what comes back changed from {lines[-1]} to other in 1 case: ")
    assert "variant=reply-with-everything" in finding.where


def test_each_variant_has_its_answer_in_the_ledger() -> None:
    held = {key[0] for ledger in committed().values() for key in ledger.answers}
    assert held == {f"variant={name}" for name in NAMES}
