"""``conformance run`` as its user runs it: a process, its output and its exit code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.case_id import case_id
from conformance.matrix import METHODS, Case, Delivery, plain_entry
from conformance.products import cases

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("conformance"))
FLAG = "drop_metadata_res_api"


def raised(placement: str) -> list[str]:
    """The options that run the cases of one placement in which the metadata flag is raised."""
    delivery = Delivery(((placement, ((FLAG, True),)),))
    entry = plain_entry(delivery)
    every = [Case("tool-error", "responses", m, delivery, entry) for m in METHODS]
    return [word for case in every for word in ("--case", case_id(case))]


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- our own command
        [COMMAND, *arguments], check=False, cwd=directory, capture_output=True, text=True
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A directory with a handler of its own, which the command prefers to an installed one."""
    for package in ("claude_code_proxy", "common"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def delete_line(file: Path, line: str) -> None:
    lines = file.read_text("utf-8").splitlines(keepends=True)
    left = [other for other in lines if line not in other]
    assert len(left) == len(lines) - 1, f"{line!r} is not one line of {file}"
    file.write_text("".join(left), "utf-8")


def test_a_good_handler_ends_with_0_and_shows_cures_and_claims(tmp_path: Path) -> None:
    done = run(tmp_path, "run", "--scenario", "tool-results-with-image")
    count = len(cases(["tool-results-with-image"]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "400 Unsupported parameter: " in done.stdout
    assert f"{count} of {count} cases" in done.stderr
    assert re.search(r"(?m)^raised flags +\d+ +\d+ +2 APIs by 4 methods by \d+ deliv", done.stdout)
    assert re.search(r"(?m)^router settings ", done.stdout) is None, "of other scenarios"
    assert "\x1b[" not in done.stdout, "colour where there is no terminal"


@pytest.mark.parametrize(
    ("line", "placement"),
    [
        ('yield "litellm_params"', "litellm_params"),
        ('yield "optional_params",', "optional_params"),
        ('yield "optional_params.litellm_params"', "optional_params.litellm_params"),
    ],
)
def test_a_deleted_line_of_flag_handling_is_told_by_placement_flag_and_method(
    clone: Path, line: str, placement: str
) -> None:
    delete_line(clone / "claude_code_proxy/placements.py", line)
    done = run(clone, "run", *raised(placement))
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"handler {clone}" in done.stderr
    where = rf"{FLAG}=true in {re.escape(placement)} · responses · ([a-z, ]+) · tool-error"
    told = re.search(where, done.stdout)
    assert told, done.stdout
    assert set(told[1].split(", ")) == set(METHODS)


def test_a_flag_that_is_gone_from_the_registry_breaks_claims_and_shrinks_nothing(
    clone: Path,
) -> None:
    registry = clone / "claude_code_proxy/drop_flags.py"
    registry.write_text(registry.read_text("utf-8") + "\nDROP_FLAGS = ()\n", "utf-8")
    done = run(clone, "run", *raised("optional_params"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{FLAG}=true" in done.stdout


def test_a_proxy_variable_does_not_stand_between_the_suite_and_its_mock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    done = run(tmp_path, "run", *raised("optional_params"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_handler_that_does_not_import_is_told_with_its_cause(clone: Path) -> None:
    (clone / "claude_code_proxy/claude_code_router.py").write_text("import no_such_module\n")
    done = run(clone, "run")
    assert done.returncode == 3
    assert "ModuleNotFoundError: No module named 'no_such_module'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--scenario", "plain"), "no scenario 'plain'"),
        (("run", "--jason"), "No such option"),
        (("run", "--tier", "half"), "'half' is not one of"),
        (("run", "--workers", "0"), "0 is not in the range"),
        (("rum",), "No such command 'rum'"),
        (("run", "extra"), "unexpected extra argument"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_why(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
