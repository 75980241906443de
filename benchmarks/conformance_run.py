"""How fast the conformance suite is, against its budgets.

``python benchmarks/conformance_run.py`` measures three things:

- what ``conformance run`` takes as its user waits for it: process start, imports and every core
  case on all cores, 75 s on two of them, and the largest of its processes, 1 GiB;
- how many cases a second one worker records, against the same calls run bare in the same process:
  the same arguments, handler, LiteLLM and mock, and nothing recorded. At least 0.8 of it. Both are
  told in seconds of the processor, since others may use the machine, and take turns.

A line that misses its budget is marked, and the command then ends with 1.
"""

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from conformance import environment

environment.prepare()

import litellm  # noqa: E402 -- it reads the environment when it is imported
from litellm.llms.custom_llm import CustomLLM  # noqa: E402

from conformance.entries.access import EXPECTED  # noqa: E402
from conformance.entries.configuration import PROVIDER  # noqa: E402
from conformance.entries.handler_replies import read  # noqa: E402
from conformance.loading import load_handler  # noqa: E402
from conformance.matrix import Case  # noqa: E402
from conformance.products import cases  # noqa: E402
from conformance.recorder import Recorder  # noqa: E402
from conformance.scenarios import Scenario, load_scenarios  # noqa: E402

RUN_SECONDS = 75.0
MEBIBYTES = 1024.0
SHARE = 0.8
ROUNDS = 5
SCENARIOS = ("plain-turn", "thinking-history", "tool-results-with-image", "parallel-calls")
EVERY = 12
"""One in so many of the scenarios' cases is called: enough of each kind for a minute's work."""


def whole_run() -> bool:
    """Run the command once, and tell what it took."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "run"], check=False, capture_output=True
    )
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say(f"conformance run ended with {done.returncode}, {processor:.1f} s of the processor")
    return all(
        (
            told("wall time on all cores", seconds, RUN_SECONDS, "s"),
            told("the largest process", after.ru_maxrss / 1024, MEBIBYTES, "MiB"),
        )
    )


def rates() -> bool:
    """Record cases and run the same calls bare, in turns, and tell the share."""
    scenarios = {scenario.name: scenario for scenario in load_scenarios(SCENARIOS)}
    chosen = [case for case in cases(SCENARIOS) if case.entry in ("handler", "sdk")]
    chosen = [case for case in chosen if EXPECTED[case.source] is not None]  # that is sent at all
    chosen = chosen[::EVERY]
    handler, _ = load_handler()
    suite = bare = 0.0
    with Recorder(handler) as recorder, asyncio.Runner() as runner:

        def record() -> None:
            for case in chosen:
                recorder.record(case, scenarios[case.scenario])

        def call(calls: Sequence[Callable[[], str]]) -> None:
            for one in calls:
                one()

        record()  # what is done once, translation and capture, is not a case's own
        for _ in range(ROUNDS):
            suite += processor_seconds(record)
            providers = litellm.custom_provider_map
            litellm.custom_provider_map = [{"provider": PROVIDER, "custom_handler": handler}]
            calls = [
                bare_call(recorder, case, runner, scenarios[case.scenario], handler)
                for case in chosen
            ]
            bare += processor_seconds(lambda calls=calls: call(calls))
            litellm.custom_provider_map = providers
    count = ROUNDS * len(chosen)
    say(f"{count / suite:.0f} cases a second recorded, {count / bare:.0f} bare, of {count} each")
    share = bare / suite
    say(f"{mark(kept=share >= SHARE)} {share:.2f} of the bare rate (at least {SHARE})")
    return share >= SHARE


def bare_call(
    recorder: Recorder, case: Case, runner: asyncio.Runner, scenario: Scenario, handler: CustomLLM
) -> Callable[[], str]:
    """Return the call of ``case``, its arguments ready, to the handler that nobody watches."""
    method, arguments = recorder.entries.prepared(case, scenario, runner)
    if case.entry == "handler":
        method = getattr(handler, case.method)
    return lambda: read(case, (method, arguments), runner)


def processor_seconds(work: Callable[[], None]) -> float:
    """How many seconds of the processor this process needs for ``work``."""
    started = time.process_time()
    work()
    return time.process_time() - started


def told(what: str, value: float, budget: float, unit: str) -> bool:
    """Print one line, and return whether the budget was kept."""
    say(f"{mark(kept=value <= budget)} {what}: {value:.1f} {unit} (at most {budget:g})")
    return value <= budget


def say(line: str) -> None:
    """Print one line of the report."""
    print(line)  # noqa: T201 -- a report


def mark(*, kept: bool) -> str:
    """The word that begins a line."""
    return "ok    " if kept else "MISSED"


if __name__ == "__main__":
    say(f"{os.cpu_count()} cores, LiteLLM's import included")
    sys.exit(0 if all([rates(), whole_run()]) else 1)
