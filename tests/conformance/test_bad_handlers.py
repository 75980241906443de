"""A bad handler costs the cases in which it is bad, each with its reason, and never the run."""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from conformance.loading import HandlerLoadError
from conformance.matrix import METHODS, Case, Method, in_one_placement
from conformance.outcome import UPSTREAM_TEXT, Answer, Broken, Failure, Outcome
from conformance.recording import Recording, record
from conformance.scenarios import Scenario
from conformance.worker_process import Task

MODULE = "tests.conformance.bad_handler"
LIMIT = 8.0
"""Generous for a good case on a busy machine: each that hangs takes as long."""
[DELIVERY] = in_one_placement([None], ["optional_params"])

# Good cases stand between the bad ones: they must not suffer from their neighbours, and no method
# loses so many workers in a row that its other cases would not be run. The runs are made side by
# side, since most of their time is a wait.
RUNS: Sequence[Mapping[str, tuple[Method, ...]]] = (
    {
        "1-raise": METHODS,
        "2-block": ("completion", "acompletion"),
        "3-good": METHODS,
        "4-wait": ("acompletion", "astreaming"),
        "5-nonsense": METHODS,
    },
    {
        "2-block": ("streaming", "astreaming"),
        "6-endless": ("streaming", "astreaming"),
        "7-good": METHODS,
        "8-exit": ("completion", "astreaming"),
        "9-refused": METHODS,
        "good": METHODS,
    },
)
MISDEEDS: Mapping[str, tuple[Method, ...]] = {
    order: tuple(method for orders in RUNS for method in orders.get(order, ()))
    for order in sorted({order for orders in RUNS for order in orders})
}


def scenario(name: str) -> Scenario:
    order = name.rpartition("-")[2]
    body = {"model": "any", "messages": [{"role": "user", "content": order}]}
    return Scenario(name, "a test", body, "chat", {})


def run(handler: str, orders: Mapping[str, tuple[Method, ...]], **more: float) -> Recording:
    scenarios = tuple(map(scenario, orders))
    cases = [
        Case(order, "responses", method, DELIVERY)
        for order, methods in orders.items()
        for method in methods
    ]
    return record(Task(f"{MODULE}:{handler}", scenarios, **{"limit": LIMIT, **more}), cases, 2)


@pytest.fixture(scope="module")
def outcomes() -> Mapping[tuple[str, Method], Outcome]:
    """What became of every misdeed in every method."""
    with ThreadPoolExecutor() as pool:
        recordings = list(pool.map(partial(run, "bad_handler"), RUNS))
    assert all(recording.complete for recording in recordings)
    return {
        (case.scenario, case.method): outcome
        for recording in recordings
        for records in recording.records
        for case, outcome in records.outcomes.items()
    }


@pytest.mark.xdist_group("bad-handlers")
def test_every_case_has_an_outcome(outcomes: Mapping[tuple[str, Method], Outcome]) -> None:
    assert set(outcomes) == {(o, method) for o, methods in MISDEEDS.items() for method in methods}


@pytest.mark.xdist_group("bad-handlers")
@pytest.mark.parametrize("order", ["3-good", "7-good", "good"])
@pytest.mark.parametrize("method", METHODS)
def test_a_good_case_between_bad_ones_is_answered(
    outcomes: Mapping[tuple[str, Method], Outcome], order: str, method: Method
) -> None:
    assert outcomes[order, method].answer == Answer(UPSTREAM_TEXT)


@pytest.mark.xdist_group("bad-handlers")
@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("1-raise", "wrong on purpose"),
        ("5-nonsense", "no reply at all|string indices must be"),
        ("9-refused", "Connection refused"),
        ("2-block", f"no answer within {LIMIT:g} s"),
        ("4-wait", f"no answer within {LIMIT:g} s"),
        ("6-endless", ""),
    ],
)
def test_what_a_handler_does_is_a_failure_that_says_why(
    outcomes: Mapping[tuple[str, Method], Outcome], order: str, words: str
) -> None:
    for method in MISDEEDS[order]:
        answer = outcomes[order, method].answer
        assert isinstance(answer, Failure), (method, answer)
        assert re.search(words, answer.message), (method, answer)


@pytest.mark.xdist_group("bad-handlers")
def test_a_process_that_is_gone_is_an_error_that_says_so(
    outcomes: Mapping[tuple[str, Method], Outcome],
) -> None:
    for method in MISDEEDS["8-exit"]:
        answer = outcomes["8-exit", method].answer
        assert answer == Broken("the process ended with exit code 7 in the middle of a case")


@pytest.mark.xdist_group("bad-handlers")
def test_behind_the_proxy_a_bad_handler_costs_its_own_cases_and_no_other() -> None:
    """The last of them ends the proxy; a case of another entry is run all the same."""
    words = {
        "1-raise": "wrong on purpose",
        "3-good": "",
        "5-nonsense": "got .*no reply at all.*; expected a reply of proxy-chat",
        "6-refused": "Connection refused",
    }
    orders = (*words, "9-exit")
    cases = [
        Case(order, "responses", method, DELIVERY, entry="proxy-chat")
        for order in orders
        for method in ("acompletion", "astreaming")
        if order != "9-exit" or method == "astreaming"
    ]
    here = Case("3-good", "responses", "acompletion", DELIVERY)
    scenarios = tuple(map(scenario, orders))
    recording = record(Task(f"{MODULE}:bad_handler", scenarios, LIMIT), [*cases, here], 1)
    found = {c: o.answer for records in recording.records for c, o in records.outcomes.items()}
    assert set(found) == {*cases, here}
    assert found[here] == Answer(UPSTREAM_TEXT)
    for case in cases[:-1]:
        answer = found[case]
        if case.scenario == "3-good":
            assert answer == Answer(UPSTREAM_TEXT)
        elif (case.scenario, case.method) != ("5-nonsense", "astreaming"):  # a 500 of LiteLLM's
            assert isinstance(answer, Failure)
            assert re.search(words[case.scenario], answer.message), (case, answer)
    gone = found[cases[-1]]
    assert isinstance(gone, Failure)
    assert gone.message == "the proxy ended with exit code 7"


@pytest.mark.xdist_group("bad-handlers")
def test_none_is_no_reply_in_any_method() -> None:
    recording = run("returns_none", {"anything": METHODS})
    [records] = recording.records
    for case, outcome in records.outcomes.items():
        assert isinstance(outcome.answer, Failure), case.method
        assert outcome.answer.message, case.method


@pytest.mark.xdist_group("bad-handlers")
def test_a_handler_that_is_none_is_told_by_its_type() -> None:
    with pytest.raises(HandlerLoadError, match="is object; expected an instance of a class"):
        run("no_handler", {"anything": METHODS})


@pytest.mark.xdist_group("bad-handlers")
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def broken(:", "SyntaxError"),
        ("import os; os._exit(5)", "the process ended with exit code 5 importing hopeless:it"),
        ("raise SystemExit('no')", "SystemExit: no"),
        ("import time; time.sleep(3600)", "was not imported within 5 s"),
        ("", "has no attribute 'it'"),
    ],
)
def test_a_module_that_does_not_import_ends_the_run_with_its_reason(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    words: str,
) -> None:
    directory = tmp_path_factory.mktemp("handler")
    (directory / "hopeless.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(directory)
    patience = 5 if "sleep" in source else 60  # what never ends need not be waited for
    task = Task("hopeless:it", (scenario("anything"),), LIMIT, import_limit=patience)
    with pytest.raises(HandlerLoadError, match=words):
        record(task, [Case("anything", "responses", "completion", DELIVERY)], 1)
