"""One recording for all tests of a session, however many processes share them.

The process that needs it first makes it, with workers of its own; the others wait for its file.
"""

import fcntl
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path

from conformance.loading import HANDLER
from conformance.products import cases
from conformance.recording import record
from conformance.records import Records
from conformance.scenarios import load_scenarios
from conformance.worker_process import Task
from conformance.workers import usual_workers

LIMIT = 60.0
"""Seconds that a case may take: generous, since tests may run beside."""


def recorded_once(names: Sequence[str], directory: Path) -> Mapping[str, Records]:
    """The records of the scenarios of these names, made or read in ``directory``."""
    file = directory / "records.pickle"
    with (directory / "records.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            file.write_bytes(pickle.dumps(_record(names)))
    found: Mapping[str, Records] = pickle.loads(file.read_bytes())  # noqa: S301 -- our own
    return found


def _record(names: Sequence[str]) -> Mapping[str, Records]:
    scenarios = load_scenarios(names)
    chosen = cases([scenario.name for scenario in scenarios])
    recording = record(Task(HANDLER, scenarios, LIMIT), chosen, usual_workers())
    assert recording.complete
    assert sum(len(records.outcomes) for records in recording.records) == len(chosen)
    return {records.scenario.name: records for records in recording.records}
