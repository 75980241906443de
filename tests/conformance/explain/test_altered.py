"""Errors that the catalogue does not hold: its own, altered, each with its entry taken out."""

from collections import Counter

import pytest

from conformance.explain.credential_proof import prove_credential
from conformance.explain.handler_drive import HandlerDrive
from conformance.explain.matching import Catalogue
from conformance.explain.proof import Proof, Prover
from mock_upstream.from_error.reproduction import load_reproduction, reproduction
from tests.conformance.explain.altered import Altered, altered, blame, named

ROWS = altered()
PROVED = [row for row in ROWS if row.proof]

pytestmark = pytest.mark.xdist_group("explain")


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_right_field_or_rule_is_named_without_the_entry(
    row: Altered, catalogue: Catalogue
) -> None:
    """No entry is needed to read its like."""
    told = blame(row)
    near = catalogue.less(row.quirk).nearest(row.report(), told)
    assert named(told, row), (told.kind, told.name, told.paths)
    assert row.quirk not in [one.entry.id for one in near]


@pytest.fixture(scope="module")
def prover(drive: HandlerDrive) -> Prover:
    return Prover(drive)


@pytest.mark.parametrize("row", PROVED, ids=str)
def test_the_cure_is_proved_where_a_setting_cures(
    row: Altered, prover: Prover, drive: HandlerDrive, catalogue: Catalogue
) -> None:
    """The mock refuses as the error does, and takes what the handler sends with the settings."""
    proof = _proof(row, prover, drive, catalogue.less(row.quirk))
    assert (proof.outcome, tuple(proof.settings)) == (row.proof, row.cured_by)
    if row.proof == "cured":
        assert proof.without_status != 200
        assert proof.with_status == 200
        assert proof.changes or {"api_key", "extra_headers"} & set(row.cured_by)


def test_a_hundred_entries_are_altered_and_most_of_them_cured() -> None:
    """The table cannot shrink unseen."""
    outcomes = Counter(row.proof for row in ROWS)
    assert len({row.quirk for row in ROWS}) == len(ROWS) >= 145
    assert outcomes["cured"] >= 95


def _proof(row: Altered, prover: Prover, drive: HandlerDrive, catalogue: Catalogue) -> Proof:
    report, told = row.report(), blame(row)
    profile = load_reproduction(reproduction(report, told))
    if row.kind == "credential":
        return prove_credential(drive, report, profile)
    return prover.prove(report, told, profile, catalogue.nearest(report, told))
