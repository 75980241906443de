"""The ledgers of a saved run: what its cases sent, written as a ledger without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.ledger import Ledger
from conformance.ledger_files import LedgerError
from conformance.outcome import Answer, Outcome, Sent
from conformance.records import Records
from conformance.reports.result import ResultFileError
from conformance.reports.result_file import read_result
from conformance.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conformance.reports.lines import CaseLine, SentLine
    from conformance.reports.result import Result


def read_saved(file: Path) -> tuple[dict[str, Ledger], str]:
    """Read the run that ``file`` holds: its ledgers by scenario, and the LiteLLM that it was with.

    Raises `LedgerError` for a file that is no saved run, or for one of single cases.
    """
    try:
        result = read_result(file)
    except ResultFileError as error:
        raise LedgerError(str(error)) from None
    if result.partial:
        raise LedgerError(f"{file} is a partial run: {result.partial}; save a whole one")
    return {name: _ledger(result, name, file) for name in _run(result)}, result.header.litellm


def _run(result: Result) -> Iterable[str]:
    return dict.fromkeys(case.scenario for case in result.cases)


def _ledger(result: Result, scenario: str, file: Path) -> Ledger:
    outcomes = {
        line.case(): Outcome(
            tuple(_sent(result, sent) for sent in line.sent), Answer("", heard=line.answer.heard)
        )
        for line in _in_their_order(result, scenario)
    }
    nothing = Scenario(scenario, result.header.scenarios[scenario], {}, "chat", {})
    try:
        return Ledger.of(Records(nothing, outcomes))
    except KeyError:
        raise LedgerError(
            f"{file} has no unflagged case of {scenario} in every method, which a ledger begins "
            "with; save a run without --case"
        ) from None


def _in_their_order(result: Result, scenario: str) -> Iterable[CaseLine]:
    return (case for case in result.cases if case.scenario == scenario)


def _sent(result: Result, sent: SentLine) -> Sent:
    return Sent(
        method=sent.method,
        base=sent.base,
        path=sent.path,
        body=result.payloads[sent.sha256].text.encode(),
        sha256=sent.sha256,
        credential=sent.credential,
        status=sent.status,
        headers=sent.headers,
    )
