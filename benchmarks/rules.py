"""What rules cost a request that they do not concern, in microseconds.

`python benchmarks/rules.py [SECONDS]` judges the small requests with a profile without rules and
with ones of 200 rules each that cannot concern them: of the other API, for other models, on fields
that are absent, of a state that is off, of a time that is past. Each row is measured for SECONDS
(0.5). The aim: under a microsecond more than without rules; a row that misses it is marked, and
the command exits 1.
"""

import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from judge import SMALL, microseconds

from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import load_profile
from mock_upstream.verdict import APIS, Api

RULES = 200
TURNS = 4
AIM = 1.0

_OTHER: Final[Mapping[Api, str]] = {"responses": "chat", "chat": "responses"}
_KEY: Final[Mapping[Api, str]] = {"responses": "input", "chat": "messages"}


def kinds(api: Api) -> dict[str, str]:
    """Write rules that cannot concern a small request of an API, one of each reason."""
    conversation = f"'{_KEY[api]}[*].content'"
    return {
        "other API": f"api: {_OTHER[api]}, forbid: field{{number}}",
        "other model": f"api: {api}, forbid: {conversation}, when: {{model: '^other'}}",
        "absent field": f"api: {api}, length: 'absent{{number}}[*].id', max: 1",
        "state off": f"api: {api}, forbid: {conversation}, when: {{state: other}}",
        "time past": f"api: {api}, forbid: {conversation}, until: 2020-01-01",
    }


def compiled(rule: str) -> Judge:
    """Compile a profile of many rules, all alike but for their ids."""
    each = [
        f"  - {{id: r{number}, {rule.replace('{number}', str(number))}}}"
        for number in range(RULES if rule else 0)
    ]
    text = "\n".join(["name: many", "about: Many rules.", "rules:", *each])
    text = text if rule else text + " []"
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        return compile_judge(load_profile(Path(file.name)))


def measured(api: Api, none: Judge, many: Judge, seconds: float) -> tuple[float, float]:
    """Measure two profiles by turns, as the machine is not equally quick all the time."""
    best = [float("inf")] * 2
    for _ in range(TURNS):
        for at, judge in enumerate((none, many)):
            judge.check(api, SMALL[api])  # which compiles the API, and the rules for the model
            call = partial(judge.check, api, SMALL[api])
            best[at] = min(best[at], microseconds(call, seconds / TURNS / 2)[0])
    return best[0], best[1]


def main(seconds: float) -> int:
    """Print the table; return the exit code."""
    missed = 0
    print(f"{'api':11}{RULES} rules of{'':6}{'best µs':>9}{'more':>8}")  # noqa: T201 -- a table for the terminal
    for api in APIS:
        none = compiled("")
        for name, rule in kinds(api).items():
            base, best = measured(api, none, compiled(rule), seconds)
            more = best - base
            missed += more > AIM
            print(f"{api:11}{name:18}{best:9.2f}{more:8.2f}{' missed' if more > AIM else ''}")  # noqa: T201 -- the same
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.5))
