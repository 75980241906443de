"""The mutations that a tool makes of the handler's code are what they say, and leave no trace."""

import ast
import sys
from collections import Counter
from pathlib import Path

import pytest

from claude_code_proxy import claude_code_router as real
from conformance.mutation.behaviour import is_no_behaviour
from conformance.mutation.cases import cases
from conformance.mutation.finding import Finding
from conformance.mutation.modules import LEFT_OUT, mutated_modules
from conformance.mutation.mutations import Mutation, mutant, mutations, source_path
from conformance.mutation.operators import changes
from conformance.mutation.page import PAGE, page
from conformance.mutation.reach import Reach
from conformance.mutation.reloading import reloaded
from conformance.mutation.score import Score, forgotten, read_reasons, read_score
from conformance.products import cases as core_cases
from conformance.scenarios import load_scenarios

ROUTING = "claude_code_proxy.routing"


def changed(source: str) -> set[str]:
    """What every operator makes of every node of an expression or statement."""
    return {
        ast.unparse(ast.fix_missing_locations(new))
        for node in ast.walk(ast.parse(source))
        for _, new in changes(node)
    }


@pytest.mark.parametrize(
    ("source", "mutated"),
    [
        ("a if b else c", {"a if not b else c"}),
        ("a and b", {"a or b", "pass"}),
        ("not a", {"a", "pass"}),
        ("a < b in c", {"a <= b in c", "a < b not in c", "pass"}),
        ("{'k': v}", {"{}", "'kx'", "pass"}),
        ("[a, b]", {"[b]", "[a]", "pass"}),
        ("x = 7", {"pass", "8"}),
        ("f(True)", {"pass", "False"}),
        ("[a for a in b if c]", {"pass", " for a in b if not c"}),
        ("raise ValueError", {"pass"}),
    ],
)
def test_an_operator_makes_this_of_that(source: str, mutated: set[str]) -> None:
    found = changed(source)
    assert mutated - {"pass"} <= found
    if "pass" not in mutated:
        found.discard("pass")
    assert found == mutated


def test_a_return_returns_nothing() -> None:
    assert "return None" in changed("def f():\n    return a")
    assert "return None" not in changed("def f():\n    return None")


@pytest.mark.parametrize("value", ["False", "0", "''", "()", "[]", "{}", "None"])
def test_a_return_of_what_counts_as_false_is_left(value: str) -> None:
    assert "return None" not in changed(f"def f():\n    return {value}") - {f"return {value}"}


@pytest.mark.parametrize(
    ("source", "behaves"),
    [
        ("'a docstring'", False),
        ("import x", False),
        ("logger.info('x', y)", False),
        ("logger = logging.getLogger('x')", False),
        ("if TYPE_CHECKING:\n    x = 1", False),
        ("x = y[0]", True),
        ("x = y(1)", True),
        ("if a:\n    x = 1", True),
        ("log_request(x)", True),
    ],
)
def test_what_is_no_behaviour_is_told_by_its_form(source: str, *, behaves: bool) -> None:
    [node] = ast.parse(source).body
    assert is_no_behaviour(node) is not behaves


@pytest.mark.parametrize("source", ["Literal['a', 'b']", "x(why='a')", "x(source=('a', 'b'))"])
def test_types_and_words_for_readers_are_no_behaviour(source: str) -> None:
    [statement] = ast.parse(source).body
    assert isinstance(statement, ast.Expr)
    value = statement.value
    assert is_no_behaviour(value.keywords[0] if isinstance(value, ast.Call) else value)


def test_a_mutation_says_which_lines_of_its_statement_run_before_it() -> None:
    source = Path(source_path(ROUTING)).read_text("utf-8").splitlines()
    for mutation in mutations(ROUTING):
        assert mutation.first <= mutation.line <= mutation.last + 1
        assert mutation.at_import == (mutation.function == "" or "Final" in source[mutation.line])


def test_only_the_cases_that_reach_a_mutation_are_tried_on_it() -> None:
    """What runs on import is reached by whatever uses the name, through other names, too."""
    inside = next(m for m in mutations(ROUTING) if m.function == "is_reasoning_family")
    top = next(m for m in mutations(ROUTING) if m.before == "'35'")
    user = next(m for m in mutations(ROUTING) if "_AZURE_NAME_OF_GPT_3_5" in m.before)
    reach = Reach(
        (
            frozenset({(ROUTING, inside.first), (ROUTING, 1)}),
            frozenset({(ROUTING, user.first)}),
            frozenset({("claude_code_proxy.tools", inside.first)}),
        )
    )
    assert reach.of(inside) == [0]
    assert top.at_import
    assert reach.of(top) == [1]


def test_the_cases_are_of_the_core_tier_whose_ledger_is_committed() -> None:
    scenarios = {scenario.name: scenario for scenario in load_scenarios()}
    assert set(cases(scenarios)) <= set(core_cases(scenarios))


def test_the_committed_page_is_current() -> None:
    """`python -m conformance.mutation --write-page` writes it."""
    committed = Path(__file__).parents[2] / PAGE
    assert committed.read_text("utf-8") == page()


def test_every_module_of_the_handler_is_mutated_or_left_out_for_a_reason() -> None:
    assert not LEFT_OUT.keys() & set(mutated_modules())
    assert all(LEFT_OUT.values())
    assert len(mutated_modules()) >= 50


def test_a_mutation_is_known_by_a_key_of_its_own() -> None:
    for module in mutated_modules():
        keys = Counter(mutation.key for mutation in mutations(module))
        assert not [key for key, count in keys.items() if count > 1], module


def test_a_mutant_differs_from_the_source_in_one_place_and_the_next_one_does_not() -> None:
    first, second = mutations(ROUTING)[5:7]
    trees = [ast.unparse(mutant(one)) for one in (first, second, first)]
    assert trees[0] == trees[2] != trees[1]


def test_a_mutation_that_is_gone_is_told() -> None:
    with pytest.raises(LookupError, match="no longer in the source"):
        mutant(Mutation(ROUTING, "no_such", "other string", "a", "b", 0, 1))


def test_a_reloaded_handler_is_mutated_and_the_real_one_comes_back() -> None:
    """The registry of flags is emptied, in the handler under test alone."""
    gone = next(
        one
        for one in mutations("claude_code_proxy.drop_flags")
        if one.operator.startswith("dropped element DropFlag(name='drop_metadata_res_api'")
    )
    before = {name: module for name, module in sys.modules.items() if "claude_code_proxy" in name}
    with reloaded(gone.module, mutant(gone)) as handler:
        registry = sys.modules["claude_code_proxy.drop_flags"].DROP_FLAGS
        assert [flag.name for flag in registry] == ["drop_thinking_blocks_res_api"]
        assert handler is not real.claude_code_router
    after = {name: module for name, module in sys.modules.items() if "claude_code_proxy" in name}
    assert after == before
    assert len(sys.modules["claude_code_proxy.drop_flags"].DROP_FLAGS) > 1


def test_a_mutation_that_does_not_import_leaves_the_real_one_in_place() -> None:
    broken = ast.parse("import no_such_module")
    with pytest.raises(ModuleNotFoundError), reloaded(ROUTING, broken):
        pass
    assert sys.modules[ROUTING].route


def test_each_reason_is_of_a_mutation_that_there_is() -> None:
    every = [mutation for module in mutated_modules() for mutation in mutations(module)]
    assert forgotten(read_reasons(), every) == []
    assert all(read_reasons().values())


def test_the_committed_score_says_how_large_its_sample_was() -> None:
    score = read_score()
    assert 0 < score["caught"] <= score["mutations"] == score["tried"] <= score["population"]
    assert len(score["survivors"]) == score["survivors_count"] == score["tried"] - score["caught"]
    assert score["percent"] == round(100 * score["caught"] / score["tried"], 1) >= 90
    assert all(one["reason"] for one in score["survivors"])


def test_a_survivor_counts_whatever_its_reason() -> None:
    one, other = mutations(ROUTING)[:2]
    findings = ((one, Finding("seen")), (other, Finding("")))
    score = Score(findings, 2, 1, 9, 1, {other.key: "a reason"})
    assert score.share == 0.5
    assert score.survivors == ((other, "a reason"),)
