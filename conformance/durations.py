"""Durations: what a case of a scenario by an entry takes, recorded from saved runs.

`conformance durations` writes the file; `conformance run --shard` weighs scenarios by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Final

import orjson
from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.matrix import Case
    from conformance.reports.result import Result

COMMITTED: Final = Path(__file__).with_name("durations.json")

_FILE: Final = TypeAdapter(dict[str, dict[str, float]])
_UNKNOWN: Final = 0.01
"""Seconds of a case where nothing at all was recorded: any number shares alike."""


class DurationsError(ValueError):
    """A file that holds no durations; the message says which and what was expected."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds of a case by scenario and entry: the median, for a worker's first case warms up."""

    seconds: Mapping[str, Mapping[str, float]]

    def of(self, cases: Iterable[Case]) -> dict[str, float]:
        """Return what all cases of each scenario take together.

        A scenario that was never recorded takes what the others take on the mean, by entry.
        """
        found: dict[str, float] = {}
        usual = self._usual()
        mean = fmean(usual.values()) if usual else _UNKNOWN
        for case in cases:
            entries = self.seconds.get(case.scenario, {})
            each = entries.get(case.entry, usual.get(case.entry, mean))
            found[case.scenario] = found.get(case.scenario, 0.0) + each
        return found

    def _usual(self) -> dict[str, float]:
        by_entry: dict[str, list[float]] = {}
        for entries in self.seconds.values():
            for entry, each in entries.items():
                by_entry.setdefault(entry, []).append(each)
        return {entry: fmean(each) for entry, each in by_entry.items()}


def recorded(results: Iterable[Result]) -> Durations:
    """Return the durations of the cases that ``results`` hold; those that broke have none.

    Raises `DurationsError` where no case has any.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for result in results:
        for case in result.cases:
            if case.seconds:
                entries = found.setdefault(case.scenario, {})
                entries.setdefault(case.entry, []).append(case.seconds)
    if not found:
        raise DurationsError("no case in these files has its seconds; expected those of a run")
    return Durations(
        {
            scenario: {entry: round(median(each), 4) for entry, each in sorted(entries.items())}
            for scenario, entries in sorted(found.items())
        }
    )


def as_text(durations: Durations) -> str:
    """Return ``durations`` as the file has them: JSON, a line for each scenario."""
    rows = (
        f"{orjson.dumps(scenario).decode()}: {orjson.dumps(entries).decode()}"
        for scenario, entries in durations.seconds.items()
    )
    return "{\n" + ",\n".join(rows) + "\n}\n"


def read_durations(path: Path = COMMITTED) -> Durations:
    """Read a file of durations; raises `DurationsError`."""
    try:
        return Durations(_FILE.validate_json(path.read_bytes(), strict=True))
    except (OSError, ValidationError) as error:
        raise DurationsError(
            f"{path} holds no durations: {error}; `conformance durations` writes such a file"
        ) from error
