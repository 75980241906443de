"""Departures: how what a case sent differs from the baseline of its scenario and upstream API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from conformance.edits import difference
from conformance.matrix import METHODS
from conformance.reports.visible import short

if TYPE_CHECKING:
    from conformance.reports.lines import CaseLine
    from conformance.reports.result import Result

_EDIT: Final = 200
_NO_BASELINE: Final = ("the baseline is not in this run",)
_NO_JSON: Final = ("not JSON",)


class Departures:
    """Compares the payloads of ``result`` with their baselines, each pair once.

    The baseline is what the SDK's ``completion`` sends with no flag set, as in the ledger.
    """

    def __init__(self, result: Result) -> None:
        self._result = result
        self._parsed: dict[str, Any] = {}
        self._compared: dict[tuple[str, str], tuple[str, ...]] = {}
        self._baselines = {
            (case.scenario, case.api): case.sent[0].sha256
            for case in result.cases
            if _is_baseline(case) and len(case.sent) == 1
        }

    def baseline(self, case: CaseLine) -> str | None:
        """Return the sha256 of the payload that ``case`` is compared with."""
        return self._baselines.get((case.scenario, case.api))

    def of(self, case: CaseLine, sha256: str) -> tuple[str, ...]:
        """Return the edits from the baseline to the payload ``sha256``, none if they are equal."""
        baseline = self.baseline(case)
        if baseline is None:
            return _NO_BASELINE
        if (baseline, sha256) not in self._compared:
            self._compared[baseline, sha256] = self._compare(baseline, sha256)
        return self._compared[baseline, sha256]

    def _compare(self, baseline: str, sha256: str) -> tuple[str, ...]:
        try:
            edits = difference(self.parsed(baseline), self.parsed(sha256))
        except (orjson.JSONDecodeError, KeyError):
            return _NO_JSON
        return tuple(short(str(edit), _EDIT) for edit in edits)

    def parsed(self, sha256: str) -> Any:
        """Return a payload as JSON has it; raises `orjson.JSONDecodeError` if it is none."""
        if sha256 not in self._parsed:
            self._parsed[sha256] = orjson.loads(self._result.payloads[sha256].text)
        return self._parsed[sha256]


def _is_baseline(line: CaseLine) -> bool:
    case = line.case()
    unset = case.is_plain and case.delivery.is_unset
    return unset and line.entry == "sdk" and line.method == METHODS[0]
