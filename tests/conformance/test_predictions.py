"""Predictions agree with the mock, though they share no code with it."""

import ast
from pathlib import Path

import orjson
import pytest

from conformance import predictions
from conformance.predictions import ANY_BODY, Prediction, predict
from conformance.profile_reading import profile_names, read_profile
from conformance.replay import Payload, Replayer
from conformance.rule_reading import first_place
from conformance.unpredicted import CannotTellError
from mock_upstream import load_profile
from mock_upstream.verdict import APIS
from tests.mock_upstream.quirk_case import QuirkCase, Sent, quirk_cases

REPLAYER = Replayer()
MODULES = (
    *("predictions", "rule_reading", "conversation_rules", "schema_rules"),
    *("profile_reading", "declared_keys", "declared_limits", "unpredicted"),
)


def predictable(case: QuirkCase) -> list[Sent]:
    """The requests of a case that need no special state and no other day."""
    return [
        sent for sent in (case.trip, case.fine) if not (sent.states or sent.date or sent.key_state)
    ]


CASES = [case for case in quirk_cases() if predictable(case)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_refusal_of_the_catalogue_is_predicted(case: QuirkCase) -> None:
    """By status and rule, and so is the answer to the same request without what is refused."""
    for sent in predictable(case):
        payload = sent.payload()
        headers = {name: text for name, text in sent.headers.items() if text is not None}
        told = Payload(sent.api, "", orjson.dumps(payload))  # type: ignore[arg-type] # of the YAML
        reply = REPLAYER.reply(case.profile, told, headers)
        found = predict(case.profile, told.api, payload, headers)
        assert found.is_met_by(reply.status, reply.rule, reply.body), f"{found}; {reply}"


def test_most_of_the_catalogue_can_be_predicted() -> None:
    """What is left out needs a state of the server or an earlier day."""
    assert sum(len(predictable(case)) for case in CASES) >= 360


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_is_read_as_the_mock_reads_it(name: str) -> None:
    """The same rules in the same order, the parent's included."""
    read, loaded = read_profile(name), load_profile(name)
    for api in APIS:
        mocks = [
            rule.id for rule in loaded.rules_for(api) if rule.when.state is None and not rule.until
        ]
        assert [rule["id"] for rule in read.rules_for(api)] == mocks
        assert read.unknown(api) == loaded.unknown_on(api)


def test_what_cannot_be_told_is_said() -> None:
    """A rule that would need to count tokens raises, and answers nothing."""
    rule = {"context": "max_tokens", "window": 10}
    with pytest.raises(CannotTellError, match="tokens"):
        first_place(rule, "chat", {"messages": [], "max_tokens": 1}, {})
    with pytest.raises(CannotTellError, match="call_count on responses"):
        first_place({"sequence": "call_count"}, "responses", {"input": []}, {})
    tool = {"function": {"parameters": {"type": "object"}}}
    with pytest.raises(CannotTellError, match="tool_schema new"):
        first_place({"tool_schema": "new"}, "chat", {"tools": [tool]}, {})


def test_a_prediction_is_missed_by_another_status_rule_or_body() -> None:
    """The words count where they are known."""
    known, unknown = Prediction(400, "a", {"b": 1}), Prediction(400, "a", ANY_BODY)
    assert known.is_met_by(400, "a", {"b": 1})
    assert unknown.is_met_by(400, "a", {"c": 1})
    assert not known.is_met_by(400, "a", {"c": 1})
    assert not known.is_met_by(422, "a", {"b": 1})
    assert not unknown.is_met_by(400, "b", {"b": 1})


@pytest.mark.parametrize("module", MODULES)
def test_a_prediction_uses_none_of_the_mocks_code(module: str) -> None:
    """Else the mock would be held against itself; its profiles are read as text."""
    source = Path(predictions.__file__).with_name(f"{module}.py").read_text("utf-8")
    imported = [
        name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (getattr(node, "module", None), *(alias.name for alias in node.names))
    ]
    assert not any(str(name).startswith("mock_upstream") for name in imported)
