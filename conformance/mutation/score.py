"""The score: how many mutations a run notices, and why the others may stay unnoticed."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.mutation.finding import Finding
    from conformance.mutation.mutations import Mutation

SURVIVORS: Final = "survivors.toml"
SCORE: Final = "score.json"


@dataclass(frozen=True, slots=True)
class Score:
    """What a run of mutations found; ``population`` is the number that the sample is drawn from.

    ``reasons`` holds why survivors may survive, by their keys.
    """

    findings: tuple[tuple[Mutation, Finding], ...]
    population: int
    modules: int
    cases: int
    seed: int
    reasons: Mapping[tuple[Any, ...], str]
    unledgered: int = 0

    @property
    def caught(self) -> int:
        """The number of mutations that were noticed."""
        return sum(bool(finding.seen) for _, finding in self.findings)

    @property
    def by_claims(self) -> int:
        """The number of those that claims alone notice, without the ledger."""
        return sum(bool(finding.claims) for _, finding in self.findings)

    @property
    def share(self) -> float:
        """The share that was noticed."""
        return self.caught / len(self.findings) if self.findings else 0.0

    @property
    def survivors(self) -> tuple[tuple[Mutation, str], ...]:
        """The mutations that nobody noticed, each with its reason; empty where there is none."""
        return tuple(
            (mutation, self.reasons.get(mutation.key, ""))
            for mutation, finding in self.findings
            if not finding.seen
        )

    def as_json(self, *, claims: bool) -> dict[str, Any]:
        """Return it as a report has it."""
        return {
            "mutations": len(self.findings),
            "population": self.population,
            "modules": self.modules,
            "cases": self.cases,
            "seed": self.seed,
            "caught": self.caught,
            "tried": len(self.findings),
            "percent": round(100 * self.share, 1),
            "survivors_count": len(self.survivors),
            "caught_by_claims": self.by_claims if claims else None,
            "share": round(self.share, 4),
            "not_in_the_ledger": self.unledgered,
            "survivors": [
                {
                    "module": mutation.module,
                    "function": mutation.function,
                    "operator": mutation.operator,
                    "before": mutation.before,
                    "after": mutation.after,
                    "number": mutation.number,
                    "reason": reason,
                }
                for mutation, reason in self.survivors
            ],
        }


def read_score() -> dict[str, Any]:
    """Return the committed score, as `Score.as_json` has it; its sample's size stands in it."""
    found: dict[str, Any] = json.loads((files("conformance.mutation") / SCORE).read_text("utf-8"))
    return found


def read_reasons() -> dict[tuple[Any, ...], str]:
    """Return the committed reasons by the survivors' keys."""
    text = (files("conformance.mutation") / SURVIVORS).read_text("utf-8")
    return {_key(row): row["reason"] for row in tomllib.loads(text).get("survivor", ())}


def forgotten(
    reasons: Iterable[tuple[Any, ...]], every: Iterable[Mutation]
) -> list[tuple[Any, ...]]:
    """Return the keys of ``reasons`` that no mutation has any more: their lines can go."""
    keys = {mutation.key for mutation in every}
    return [key for key in reasons if key not in keys]


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        row["module"],
        row.get("function", ""),
        row["before"],
        row["after"],
        row.get("number", 0),
    )
