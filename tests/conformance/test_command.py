"""``conformance run`` as its user runs it: a process, its output and its exit code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("conformance"))
REPEATED = ("--scenario", "thinking-history")


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


def _words(file: str, having: str) -> set[str]:
    found = _words_of((ROOT / file).read_text("utf-8"), having)
    assert found, f"{file} has no line with {having}"
    return found


def _words_of(text: str, having: str) -> set[str]:
    """The lines of ``text`` with that word in them, whatever the width of their columns."""
    return {" ".join(line.split()) for line in text.splitlines() if having in line}


def delete_line(file: Path, line: str) -> None:
    lines = file.read_text("utf-8").splitlines(keepends=True)
    left = [other for other in lines if line not in other]
    assert len(left) == len(lines) - 1, f"{line!r} is not one line of {file}"
    file.write_text("".join(left), "utf-8")


def test_a_good_handler_ends_with_0_and_shows_table_cures_and_claims(tmp_path: Path) -> None:
    done = run(tmp_path, "run", *REPEATED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "optional_params.litellm_params                   true         true" in done.stdout
    assert "400 Unknown parameter:" in done.stdout
    assert re.search(r"312 cases, \d+ distinct payloads, 17 of 17 claims held", done.stdout)
    assert "312 of 312 cases" in done.stderr
    assert "\x1b[" not in done.stdout, "colour where there is no terminal"
    assert _words("README.md", REPEATED[1]) <= _words_of(done.stdout, REPEATED[1])


@pytest.mark.parametrize(
    ("file", "line", "named"),
    [
        (
            "placements.py",
            'yield "litellm_params"',
            "drop_metadata_res_api=true, drop_thinking_blocks_res_api=unset in litellm_params",
        ),
        (
            "placements.py",
            'yield "optional_params",',
            "drop_metadata_res_api=true, drop_thinking_blocks_res_api=unset in optional_params",
        ),
        (
            "placements.py",
            'yield "optional_params.litellm_params"',
            "drop_thinking_blocks_res_api=true in optional_params.litellm_params",
        ),
    ],
)
def test_a_deleted_line_of_flag_handling_is_told_by_placement_flag_and_method(
    clone: Path, file: str, line: str, named: str
) -> None:
    delete_line(clone / "claude_code_proxy" / file, line)
    done = run(clone, "run", *REPEATED)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"handler {clone}" in done.stderr
    assert f"{named} · responses · completion, acompletion, streaming, astreaming" in done.stdout


def test_a_flag_that_is_gone_from_the_registry_breaks_claims_and_shrinks_nothing(
    clone: Path,
) -> None:
    registry = clone / "claude_code_proxy/drop_flags.py"
    registry.write_text(registry.read_text("utf-8") + "\nDROP_FLAGS = ()\n", "utf-8")
    done = run(clone, "run", *REPEATED)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "312 cases" in done.stdout
    assert "drop_metadata_res_api=true" in done.stdout


def test_a_proxy_variable_does_not_stand_between_the_suite_and_its_mock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert run(tmp_path, "run", "--scenario", "plain-turn", "--json").returncode == 0


def test_the_result_as_json_tells_a_broken_claim_and_its_cases(clone: Path) -> None:
    delete_line(clone / "claude_code_proxy/placements.py", 'yield "optional_params",')
    done = run(clone, "run", *REPEATED, "--json")
    assert done.returncode == 1, done.stderr
    result = orjson.loads(done.stdout)
    broken = {claim["id"]: claim["breaches"] for claim in result["claims"] if not claim["held"]}
    assert not result["held"]
    assert {breach["method"] for breach in broken["same-in-any-placement"]} == {
        "completion",
        "acompletion",
        "streaming",
        "astreaming",
    }


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
