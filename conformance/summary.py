"""The summary of a run as JSON, for a machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from conformance.claims import Breach, Ruling
    from conformance.run import Report


def as_json(report: Report) -> str:
    """Return one JSON object: counts, cures, and each claim with its breaches."""
    return orjson.dumps(
        {
            "handler": report.handler,
            "held": report.held,
            "cases": report.cases,
            "distinct_payloads": report.distinct,
            "seconds": round(report.seconds, 2),
            "cures": [asdict(cure) for cure in report.cures],
            "claims": [_ruling(ruling) for ruling in report.rulings],
        },
        option=orjson.OPT_INDENT_2,
    ).decode()


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {
        "id": ruling.claim.id,
        "level": ruling.claim.level,
        "sentence": ruling.claim.sentence,
        "reason": ruling.claim.reason,
        "held": ruling.held,
        "comparisons": ruling.looked_at,
        "breaches": [_breach(breach) for breach in ruling.breaches],
    }


def _breach(breach: Breach) -> dict[str, Any]:
    case = breach.case
    return {
        "scenario": case.scenario,
        "api": case.api,
        "method": case.method,
        "entry": case.entry,
        "credentials": case.source,
        "options": asdict(case.options),
        "delivery": [
            {"placement": placement, "flags": dict(flags)}
            for placement, flags in case.delivery.values
        ],
        "expected": breach.expected,
        "seen": breach.seen,
    }
