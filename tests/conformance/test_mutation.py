"""The mutations that a tool makes of the handler's code are what they say, and leave no trace."""

import ast
import sys
from collections import Counter

import pytest

from claude_code_proxy import claude_code_router as real
from conformance.mutation.finding import Finding
from conformance.mutation.modules import LEFT_OUT, mutated_modules
from conformance.mutation.mutations import Mutation, mutant, mutations
from conformance.mutation.operators import changes
from conformance.mutation.reloading import reloaded
from conformance.mutation.score import Score, forgotten, read_reasons, read_score

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


def test_every_module_of_the_handler_is_mutated_or_left_out_for_a_reason() -> None:
    assert not LEFT_OUT.keys() & set(mutated_modules())
    assert all(LEFT_OUT.values())
    assert len(mutated_modules()) >= 25


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
    assert 0 < score["caught"] <= score["mutations"] <= score["population"]
    assert len(score["survivors"]) == score["mutations"] - score["caught"]


def test_a_survivor_counts_whatever_its_reason() -> None:
    one, other = mutations(ROUTING)[:2]
    findings = ((one, Finding("seen")), (other, Finding("")))
    score = Score(findings, 2, 1, 9, 1, {other.key: "a reason"})
    assert score.share == 0.5
    assert score.survivors == ((other, "a reason"),)
