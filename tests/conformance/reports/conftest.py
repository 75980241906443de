"""Two small runs, saved by the command itself: one of the real handler, one of a hostile one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.case_id import case_id
from conformance.matrix import Api, Case, Method, in_one_placement, one_flag
from conformance.records import Records
from conformance.reports.result import Result
from conformance.reports.result_file import read_result
from tests.conformance.reports.hostile_handler import FLAG
from tests.conformance.reports.sharded import Sharded, save_sharded

HERE = Path(__file__).parent
COMMAND = str(Path(sys.executable).with_name("conformance"))
SCENARIO = "tool-choice-tool"
HOSTILE = "hostile_handler:hostile_handler"
PATIENT = ("--limit", "120")
"""A machine that is busy with other tests must not look like a handler that hangs."""


def raised(api: Api, method: Method) -> str:
    """The id of the case that raises the hostile handler's flag in ``optional_params``."""
    [delivery] = [
        delivery
        for delivery in one_flag([True], "optional_params")
        if delivery.raised == frozenset({FLAG})
    ]
    return case_id(Case(SCENARIO, api, method, delivery))


def unflagged(api: Api, method: Method) -> str:
    """The id of a case that sets no flag."""
    [delivery] = in_one_placement([None], ["optional_params"])
    return case_id(Case(SCENARIO, api, method, delivery))


def conformance(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in ``directory``, as its user does."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(directory), *sys.path])}
    return subprocess.run(  # noqa: S603 -- our own command
        [COMMAND, *arguments],
        check=False,
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved run of the real handler, in which every claim held."""
    file = tmp_path_factory.mktemp("good") / "run.jsonl"
    case = raised("responses", "completion")
    done = conformance(file.parent, "run", "--case", case, *PATIENT, "--save", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    return file


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved run of the hostile handler; what the command printed is beside it."""
    file = tmp_path_factory.mktemp("broken") / "run.jsonl"
    shutil.copy(HERE / "hostile_handler.py", file.parent)
    cases = [
        argument
        for case in (
            raised("responses", "completion"),
            raised("responses", "streaming"),
            unflagged("responses", "acompletion"),
            unflagged("chat", "acompletion"),
        )
        for argument in ("--case", case)
    ]
    done = conformance(
        file.parent,
        "run",
        *cases,
        "--handler",
        HOSTILE,
        "--save",
        str(file),
        "--workers",
        "1",
        *PATIENT,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert b'"kind":"broken"' not in file.read_bytes(), "our own engine failed"
    file.with_suffix(".txt").write_text(done.stdout, "utf-8")
    return file


@pytest.fixture(scope="session")
def good_result(good: Path) -> Result:
    """The good run, read."""
    return read_result(good)


@pytest.fixture(scope="session")
def broken_result(broken: Path) -> Result:
    """The broken run, read."""
    return read_result(broken)


@pytest.fixture(scope="session")
def sharded(
    all_records: Mapping[str, Records], tmp_path_factory: pytest.TempPathFactory
) -> Sharded:
    """A run of three scenarios, whole and in two shards."""
    return save_sharded(all_records, tmp_path_factory.mktemp("sharded"))
