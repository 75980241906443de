"""The committed ledger: what every case sends, and that the record of it loses nothing.

Accept a change with ``pytest tests/conformance/test_ledger.py --snapshot-update`` and read its
difference: that is the change to the bytes on the wire.
"""

import json
from collections import Counter
from importlib.metadata import version
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from conformance.ledger import Ledger
from conformance.matrix import APIS, Api
from conformance.records import Records
from tests.conformance.committed import PINNED_LITELLM, committed_ledger
from tests.conformance.each_scenario import each_scenario

pytestmark = pytest.mark.skipif(
    version("litellm") != PINNED_LITELLM,
    reason=f"payloads are committed for litellm {PINNED_LITELLM}; this is {version('litellm')}",
)


class TextFile(SingleFileSnapshotExtension):
    """A snapshot that is a text file of its own."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


class JsonFile(TextFile):
    """A payload as it was parsed from the wire, its keys in the order they came in."""

    file_extension = "json"

    def serialize(self, data: Any, **_: Any) -> str:
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


@each_scenario
@pytest.mark.parametrize("api", APIS)
def test_baseline(recorded: Records, api: Api, snapshot: SnapshotAssertion) -> None:
    """The payload that a scenario sends when no flag is set is the committed one."""
    assert Ledger.of(recorded).baselines[api] == snapshot(extension_class=JsonFile)


@each_scenario
def test_table(recorded: Records, snapshot: SnapshotAssertion) -> None:
    """Every case departs from the baseline as the committed table says."""
    assert Ledger.of(recorded).text == snapshot(extension_class=TextFile)


@each_scenario
def test_bytes(recorded: Records, snapshot: SnapshotAssertion) -> None:
    """Each distinct payload is the committed bytes, key order and escapes included."""
    counts = Counter(
        (case.api, "stream" if case.streams else "whole", sent.sha256)
        for case, sent, _ in recorded.all_sending()
    )
    lines = [
        f"{api} {form} {sha256} {count} cases" for (api, form, sha256), count in counts.items()
    ]
    assert "\n".join(lines) + "\n" == snapshot(extension_class=TextFile)


@each_scenario
def test_the_committed_record_gives_every_payload_back(recorded: Records) -> None:
    """Each case's payload is rebuilt from the committed baselines and table, and nothing else."""
    ledger = committed_ledger(recorded.scenario.name)
    for case in recorded.outcomes:
        assert ledger.payload(case) == recorded.payload(case), str(case)
