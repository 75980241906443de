"""The main job: every case through the real handler, its payloads at every profile, the claims."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.claims import CLAIMS, Ruling, judge
from conformance.cures import Cure, cures
from conformance.known import with_known
from conformance.ledger import Ledger
from conformance.product_counts import counted
from conformance.recording import record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from conformance.known import Known
    from conformance.matrix import Case
    from conformance.outcome import Record
    from conformance.product_counts import ProductCount
    from conformance.products import Product
    from conformance.records import Records
    from conformance.worker_process import Task


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found; ``seconds`` is the time the cases took, imports included.

    ``handler`` is the handler's file. ``complete`` is False where the run was broken off.
    """

    handler: str
    records: tuple[Records, ...]
    ledgers: tuple[Ledger, ...]
    cures: tuple[Cure, ...]
    rulings: tuple[Ruling, ...]
    seconds: float
    complete: bool
    products: tuple[ProductCount, ...] = ()

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
        """Whether cases were run and no claim that concerns them was broken."""
        return self.complete and self.cases > 0 and all(ruling.good for ruling in self.rulings)


def run(  # noqa: PLR0913 -- all that a run is
    task: Task,
    cases: Sequence[Case],
    workers: int,
    told: Callable[[Record], None] = lambda record: None,  # noqa: ARG005 -- a default
    known: Sequence[Known] = (),
    lacks: Collection[str] = (),
    products: Sequence[Product] = (),
    *,
    whole: bool = True,
) -> Report:
    """Run ``cases`` and judge all claims but for ``known`` failures; ``told`` each record.

    ``lacks`` are features that the handler makes no claim to have. ``products`` are counted.
    ``whole`` is False for a shard.

    Ctrl-C ends the cases, not the report of those that were run. Raises `HandlerLoadError`.
    """
    started = time.perf_counter()
    recording = record(task, cases, workers, told)
    return Report(
        handler=recording.handler,
        records=recording.records,
        ledgers=tuple(Ledger.of(records) for records in recording.records),
        cures=tuple(cure for records in recording.records for cure in cures(records)),
        rulings=with_known(
            judge(CLAIMS, recording.records, lacks), known, recording.records, whole=whole
        ),
        seconds=time.perf_counter() - started,
        complete=recording.complete,
        products=tuple(counted(products, recording.records)),
    )
