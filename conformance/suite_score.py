"""The suite's own score: how many handlers that are wrong it was seen to catch.

Two committed files hold it: ``mutants/score.json``, which ``conformance mutants --run --write``
writes and a test holds to its trials, and ``mutation/score.json``, of `conformance.mutation`.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

MUTANTS: Final = files("conformance.mutants").joinpath("score.json")
_MUTATION: Final = files("conformance.mutation").joinpath("score.json")


def suite_score() -> dict[str, Any]:
    """Return mutants and mutations, how many there are and how many are caught."""
    mutants = json.loads(MUTANTS.read_text("utf-8"))
    mutation = json.loads(_MUTATION.read_text("utf-8"))
    return {
        **mutants,
        "mutations": mutation["mutations"],
        "mutations_caught": mutation["caught"],
    }
