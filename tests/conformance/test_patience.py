"""A handler that hangs or dies in every case ends the run soon, and every case says why."""

from conformance.matrix import Case, Entry, Method, in_one_placement
from conformance.patience import IN_A_ROW, Patience

[DELIVERY] = in_one_placement([None], ["optional_params"])


def case(method: Method, entry: Entry = "sdk", scenario: str = "any") -> Case:
    return Case(scenario, "responses", method, DELIVERY, entry)


def test_after_some_in_a_row_no_case_of_the_method_is_run() -> None:
    patience = Patience()
    for _ in range(IN_A_ROW):
        assert patience.refusal(case("completion")) is None
        patience.lost(case("completion"), "no answer within 20 s")
    refusal = patience.refusal(case("completion", scenario="another"))
    assert refusal == "not run: 3 completion cases in process ended with: no answer within 20 s"


def test_a_case_that_ends_by_itself_begins_the_row_anew() -> None:
    patience = Patience()
    for _ in range(2 * IN_A_ROW):
        patience.lost(case("completion"), "no answer within 20 s")
        patience.done(case("completion"))
    assert patience.refusal(case("completion")) is None


def test_what_was_given_up_stays_so() -> None:
    patience = Patience()
    for _ in range(IN_A_ROW):
        patience.lost(case("completion"), "no answer within 20 s")
    patience.done(case("completion"))
    assert patience.refusal(case("completion"))


def test_other_methods_and_the_proxy_have_a_patience_of_their_own() -> None:
    patience = Patience()
    for _ in range(IN_A_ROW):
        patience.lost(case("acompletion"), "no answer within 20 s")
    assert patience.refusal(case("streaming")) is None
    assert patience.refusal(case("acompletion", "proxy-chat")) is None
    assert patience.refusal(case("acompletion", "router"))
