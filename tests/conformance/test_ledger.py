"""The committed ledger: what every case sends, and that the record of it loses nothing.

Accept a change with ``pytest tests/conformance/test_ledger.py --snapshot-update`` and read its
difference: that is the change to the bytes on the wire.
"""

import json
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from conformance.ledger import Ledger
from conformance.matrix import APIS, Api
from conformance.records import Records
from tests.conformance.each_scenario import each_scenario

PINNED_LITELLM = "1.106.2"
"""The LiteLLM whose bytes are committed: its JSON encoder decides key order and escapes."""

SNAPSHOTS = Path(__file__).parent / "__snapshots__" / "test_ledger"


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
@pytest.mark.skipif(
    version("litellm") != PINNED_LITELLM,
    reason=f"bytes are committed for litellm {PINNED_LITELLM}; this is {version('litellm')}",
)
def test_bytes(recorded: Records, snapshot: SnapshotAssertion) -> None:
    """Each distinct payload is the committed bytes, key order and escapes included."""
    counts = Counter(
        (case.api, "stream" if case.streams else "whole", sent.sha256)
        for case, sent, _ in recorded.sending()
    )
    lines = [
        f"{api} {form} {sha256} {count} cases" for (api, form, sha256), count in counts.items()
    ]
    assert "\n".join(lines) + "\n" == snapshot(extension_class=TextFile)


@each_scenario
def test_the_committed_record_gives_every_payload_back(recorded: Records) -> None:
    """Each case's payload is rebuilt from the committed baselines and table, and nothing else."""
    name = recorded.scenario.name
    baselines = {
        api: orjson.loads((SNAPSHOTS / f"test_baseline[{api}-{name}].json").read_bytes())
        for api in APIS
    }
    text = (SNAPSHOTS / f"test_table[{name}].txt").read_text("utf-8")
    ledger = Ledger.parse(text, baselines)
    assert len(recorded.outcomes) == 312
    for case in recorded.outcomes:
        assert ledger.payload(case) == recorded.payload(case), str(case)
