"""The committed ledger, read back."""

from pathlib import Path

import orjson

from conformance.ledger import Ledger
from conformance.matrix import APIS

PINNED_LITELLM = "1.106.2"
"""The LiteLLM whose payloads are committed: what it hands over differs from version to version.

`test_versions` compares the others with it.
"""

SNAPSHOTS = Path(__file__).parent / "__snapshots__" / "test_ledger"


def committed_ledger(scenario: str) -> Ledger:
    """The ledger of a scenario as it is committed."""
    baselines = {
        api: orjson.loads((SNAPSHOTS / f"test_baseline[{api}-{scenario}].json").read_bytes())
        for api in APIS
    }
    text = (SNAPSHOTS / f"test_table[{scenario}].txt").read_text("utf-8")
    return Ledger.parse(text, baselines)


def committed_bytes(scenario: str) -> set[str]:
    """The sha256 of every payload of a scenario that the ledger holds."""
    text = (SNAPSHOTS / f"test_bytes[{scenario}].txt").read_text("utf-8")
    return {line.split()[2] for line in text.splitlines()}
