"""How long ``conformance run`` takes as its user waits for it: process start, imports and cases.

Run it with ``python benchmarks/conformance_run.py [RUNS]``; the budget is 90 s on two cores.
"""

import os
import subprocess
import sys
import time

import orjson

BUDGET_SECONDS = 90


def once() -> tuple[float, dict[str, object]]:
    """Run the command once; return the seconds it took and its JSON result."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "run", "--json"], check=True, capture_output=True
    )
    return time.perf_counter() - started, orjson.loads(done.stdout)


def main() -> None:
    """Print one line a run."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(f"{os.cpu_count()} cores; budget {BUDGET_SECONDS} s")  # noqa: T201 -- a report
    for _ in range(runs):
        seconds, result = once()
        print(  # noqa: T201 -- a report
            f"{seconds:5.1f} s in all, {result['seconds']:5.1f} s for {result['cases']} cases"
        )


if __name__ == "__main__":
    main()
