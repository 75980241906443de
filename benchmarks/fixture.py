"""What the fixture `mock_upstream` costs a test, in milliseconds.

`python benchmarks/fixture.py [TESTS]` runs a pytest of TESTS (300) tests that use the fixture and
one of as many that do not, three times in turn, and prints the difference a test: of the medians by
the clock, and by the processor, which says more on a busy machine. The aim is 2 ms. The first
test's share, which loads the server, is left out: the measured tests come after it.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import click

AIM = 2.0
ROUNDS = 3
ROOT = Path(__file__).parents[1]

TESTS = """
import pytest, time

MARKS = []

def mark():
    MARKS.append((time.perf_counter(), time.process_time()))

def test_first({fixture}):
    pass

@pytest.mark.parametrize("number", range({tests}))
def test_one(number{more}):
    if number in (0, {tests} - 1):
        mark()

def test_last():
    (clock, processor), (clock_2, processor_2) = MARKS
    print("TOOK", clock_2 - clock, processor_2 - processor)
"""


def took(tests: int, fixture: str) -> tuple[float, float]:
    """Run a pytest; return seconds by the clock and of the processor, from first test to last."""
    with tempfile.TemporaryDirectory() as folder:
        more = f", {fixture}" if fixture else ""
        text = TESTS.format(tests=tests, fixture=fixture, more=more)
        Path(folder, "test_it.py").write_text(text, "utf-8")
        plugins = ("-p", "no:cacheprovider", "-p", "mock_upstream.pytest_plugin")
        done = subprocess.run(  # noqa: S603 -- our own program
            (sys.executable, "-m", "pytest", "-q", "-s", *plugins, "test_it.py"),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
    (line,) = (line for line in done.stdout.splitlines() if "TOOK" in line)
    clock, processor = line.split("TOOK")[1].split()
    return float(clock), float(processor)


@click.command()
@click.argument("tests", type=click.IntRange(2, 100_000), default=300)
def main(tests: int) -> None:
    """Measure and print."""
    rounds = [(took(tests, "mock_upstream"), took(tests, "")) for _ in range(ROUNDS)]
    costs = [
        1000
        * (
            statistics.median(one[at] for one, _ in rounds)
            - statistics.median(o[at] for _, o in rounds)
        )
        / (tests - 1)
        for at in (0, 1)
    ]
    click.echo(
        f"the fixture mock_upstream, {tests} tests: {costs[0]:.2f} ms a test by the clock, "
        f"{costs[1]:.2f} ms of the processor"
    )
    click.echo(f"aim {AIM:.0f} ms: {'held' if costs[0] <= AIM else 'MISSED'}")


if __name__ == "__main__":
    main()
