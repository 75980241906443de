"""The main job: every case through the real handler, its payloads at every profile, the claims."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.claims import CLAIMS, Ruling, judge
from conformance.cures import Cure, cures
from conformance.ledger import Ledger
from conformance.matrix import APIS, cases
from conformance.recorder import Recorder
from conformance.records import Records
from conformance.replay import Replayer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from litellm.llms.custom_llm import CustomLLM

    from conformance.matrix import Api
    from conformance.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found; ``seconds`` is the time the cases took, imports not counted."""

    records: tuple[Records, ...]
    ledgers: tuple[Ledger, ...]
    cures: tuple[Cure, ...]
    rulings: tuple[Ruling, ...]
    seconds: float

    @property
    def cases(self) -> int:
        """The number of cases that were run."""
        return sum(len(records.outcomes) for records in self.records)

    @property
    def distinct(self) -> int:
        """The number of distinct payloads, as bytes."""
        return sum(len(records.distinct()) for records in self.records)

    @property
    def held(self) -> bool:
        """Whether cases were run and every claim held on them."""
        return self.cases > 0 and all(ruling.held for ruling in self.rulings)


def run(
    handler: CustomLLM,
    scenarios: Sequence[Scenario],
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 -- a default
) -> Report:
    """Run every case of ``scenarios`` and judge all claims; ``progress(done, total)`` is told."""
    started = time.perf_counter()
    all_records = tuple(record(handler, scenarios, progress))
    return Report(
        records=all_records,
        ledgers=tuple(map(Ledger.of, all_records)),
        cures=tuple(cure for records in all_records for cure in cures(records)),
        rulings=judge(CLAIMS, all_records),
        seconds=time.perf_counter() - started,
    )


def record(
    handler: CustomLLM,
    scenarios: Sequence[Scenario],
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 -- a default
    apis: Sequence[Api] = APIS,
) -> list[Records]:
    """Record every case of ``scenarios`` and replay each distinct payload at every profile."""
    plan = {scenario.name: list(cases([scenario.name], apis)) for scenario in scenarios}
    total = sum(map(len, plan.values()))
    all_records = []
    done = 0
    with Recorder(handler) as recorder, Replayer() as replayer:
        for scenario in scenarios:
            recorded = []
            for case in plan[scenario.name]:
                recorded.append(recorder.record(case, scenario))
                done += 1
                progress(done, total)
            records = Records.of(scenario, recorded)
            records.replays = tuple(
                replay
                for case, sent in records.distinct().values()
                for replay in replayer.replay(case, sent)
            )
            all_records.append(records)
    return all_records
