"""The committed ledger, read back, and runs that were never made: what is in it, changed."""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from conformance import ledger_files
from conformance.ledger import Ledger
from conformance.ledger_table import Row
from conformance.matrix import Case
from conformance.outcome import Answer, Outcome, Sent
from conformance.products import cases
from conformance.records import Records
from conformance.scenarios import load_scenarios

LEDGER = Path(__file__).parent / "ledger"

PINNED_LITELLM = ledger_files.recorded_with(LEDGER)
"""The LiteLLM whose payloads are committed: what it hands over differs from version to version.

`test_versions` compares the others with it.
"""

Tampering = Callable[[Case, Any], Any]
"""Gives what a case sends instead of its payload: JSON, bytes, or None for no request."""


@cache
def committed() -> dict[str, Ledger]:
    """Every scenario's ledger as it is committed."""
    return ledger_files.read(LEDGER)


def tampered(
    names: Iterable[str],
    tampering: Tampering = lambda _, payload: payload,
    chosen: Callable[[Case], bool] = lambda _: True,
) -> dict[str, Ledger]:
    """The ledgers of a run that sends what is committed, but for what ``tampering`` makes of it."""
    return {
        scenario.name: Ledger.of(
            Records(
                scenario,
                {
                    case: Outcome(tuple(_sent(case, tampering)), Answer(""))
                    for case in filter(chosen, cases([scenario.name]))
                    if _is_committed(case)
                },
            )
        )
        for scenario in load_scenarios(tuple(names))
    }


def _is_committed(case: Case) -> bool:
    return (case.api, case.method) in committed()[case.scenario].cells.get(Row.of(case), {})


def _sent(case: Case, tampering: Tampering) -> Iterable[Sent]:
    ledger = committed()[case.scenario]
    column = (case.api, case.method)
    sent = ledger.sent(Row.of(case), column)
    body = None if sent is None else tampering(case, orjson.loads(orjson.dumps(sent.payload)))
    if body is None:
        return
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    sha256 = hashlib.sha256(content).hexdigest()
    headers = (("accept", "*/*"),)
    yield Sent("POST", "call", "/v1", content, sha256, "key-from-call", 200, headers)
