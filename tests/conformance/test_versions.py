"""On other versions of LiteLLM, the payloads are the ledger's, save what the committed page says.

A version without a record on the page is held to the ledger's bytes. Accept what a version does
with ``pytest tests/conformance/test_versions.py --snapshot-update`` there, without ``-n``.
"""

import re
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from conformance.ledger import NOT_ONE_REQUEST, Ledger
from conformance.ledger_diff import compare
from conformance.records import Records
from tests.conformance.committed import PINNED_LITELLM, committed
from tests.conformance.each_scenario import each_scenario

HERE = version("litellm")
PAGE = Path(__file__).parents[2] / "docs" / "litellm-versions.md"
NESTED = "optional_params.litellm_params"
HEAD = "| scenario | how it departs from the ledger |\n|---|---|\n"


def rows(recorded: Records) -> list[str]:
    """The rows of this LiteLLM's table that one scenario gives: what `conformance diff` says."""
    name = recorded.scenario.name
    ledger = without_lost(Ledger.of(recorded))
    found = compare({name: committed()[name]}, {name: ledger}).findings
    told = [str(finding).replace("|", "\\|") for finding in found if finding.group == "changed"]
    return [f"| {name} | {sentence} |" for sentence in told]


def without_lost(ledger: Ledger) -> Ledger:
    """The ledger without the Router's calls that never left: the page says which, and why.

    Up to 1.102 it writes into a nested ``litellm_params`` that it uses again; which call then does
    not come back is chance. Elsewhere, and on the ledger's own LiteLLM, none may be missing.
    """
    if HERE == PINNED_LITELLM:
        return ledger
    cells = {
        row: {
            column: letter
            for column, letter in letters.items()
            if letter != NOT_ONE_REQUEST or not ("router" in row.setup and NESTED in row.setup)
        }
        for row, letters in ledger.cells.items()
    }
    return replace(ledger, cells=cells)


def table(page: str) -> tuple[int, int]:
    """Where the page's table for this LiteLLM begins and ends; nowhere if it has none."""
    heading = rf"^### {re.escape(HERE)}\n\n"
    found = re.search(heading + r"(.*?)(?=\n##|\Z)", page, re.DOTALL | re.MULTILINE)
    return found.span(1) if found else (0, 0)


def recorded_rows(page: str, scenario: str) -> list[str]:
    """The rows of one scenario that the page has for this LiteLLM."""
    begin, end = table(page)
    return [line for line in page[begin:end].splitlines() if line.startswith(f"| {scenario} |")]


def rewritten(page: str, scenario: str, wanted: list[str]) -> str:
    """The page with other rows for one scenario, in a section of this LiteLLM's own."""
    begin, end = table(page)
    if not end:
        return rewritten(f"{page.rstrip()}\n\n### {HERE}\n\n{HEAD}", scenario, wanted)
    others = [line for line in page[begin:end].splitlines() if line.startswith("| ")][1:]
    rows = sorted({*(row for row in others if not row.startswith(f"| {scenario} |")), *wanted})
    return page[:begin] + HEAD + "".join(f"{row}\n" for row in rows) + page[end:]


@each_scenario
def test_payloads_are_the_ledgers(recorded: Records, pytestconfig: pytest.Config) -> None:
    """Every case sends the ledger's bytes, or departs from them as the page has it.

    On the LiteLLM that the ledger is of, the page has nothing, and this compares the comparison.
    """
    wanted = rows(recorded)
    page = PAGE.read_text("utf-8")
    if pytestconfig.getoption("update_snapshots") and HERE != PINNED_LITELLM:
        page = rewritten(page, recorded.scenario.name, wanted)
        PAGE.write_text(page, "utf-8")
    assert sorted(recorded_rows(page, recorded.scenario.name)) == sorted(wanted)


def test_the_floor_is_said_once() -> None:
    """The oldest LiteLLM is the same in pyproject.toml, in tox.ini and on the page."""
    root = PAGE.parents[1]
    oldest = re.search(
        r'"litellm\[proxy\]>=([\d.]+)"', (root / "pyproject.toml").read_text("utf-8")
    )
    assert oldest
    tox = (root / "tox.ini").read_text("utf-8")
    floor = tox.partition("[testenv:litellm-floor]")[2].partition("[testenv:")[0]
    assert f"litellm[proxy]=={oldest[1]}\n" in floor
    assert f"works with LiteLLM {oldest[1]} and later" in PAGE.read_text("utf-8")


def test_each_python_and_the_canary_are_named() -> None:
    """tox runs Python 3.11, 3.12 and 3.13, tells one that is absent, and has a canary."""
    tox = (PAGE.parents[1] / "tox.ini").read_text("utf-8")
    assert "versions = py311, py312, py313, litellm-floor" in tox
    assert "skip_missing_interpreters = true" in tox
    canary = tox.partition("[testenv:canary]")[2].partition("\n[")[0]
    assert "deps = {[testenv:litellm-newest]deps}" in canary
    assert "conformance diff --exit-zero" in canary
