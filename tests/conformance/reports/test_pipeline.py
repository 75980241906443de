"""action.yml, its workflow and the Dockerfile: what they run is what the commands take."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from conformance.matrix import APIS
from conformance.reports.result_file import read_result
from mock_upstream.cli import main as mock_upstream
from tests.conformance.committed import LEDGER, PINNED_LITELLM
from tests.conformance.reports.sharded import RECORDED, Sharded
from tests.transcripts import fits, steps

pytestmark = pytest.mark.xdist_group("sharded-runs")

ROOT = Path(__file__).parents[3]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
WORKFLOW: dict[str, Any] = yaml.safe_load(
    (ROOT / ".github/workflows/conformance.yml").read_text("utf-8")
)
STEPS: list[dict[str, Any]] = [
    *ACTION["runs"]["steps"],
    *(step for job in WORKFLOW["jobs"].values() for step in job["steps"]),
]
FILES = ("litellm.txt", "table.txt", "sha256.txt", *(f"{api}.json" for api in APIS))
SCRIPTS: dict[str, str] = {step["name"]: step["run"] for step in STEPS if "run" in step}


def run(step: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as a runner does: bash that ends with the first command that fails."""
    runner = {
        "RUNNER_TEMP": str(directory),
        "GITHUB_OUTPUT": str(directory / "output.txt"),
        "GITHUB_STEP_SUMMARY": str(directory / "summary.md"),
    }
    return bash(SCRIPTS[step], directory, **runner, **environment)


def bash(script: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(  # noqa: S603 -- our own script
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],  # noqa: S607
        cwd=directory,
        env={**os.environ, "PATH": own, **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_action_renders_a_shard(sharded: Sharded, tmp_path: Path) -> None:
    """It is no failure of the step; its summary says what it is."""
    (tmp_path / "run.jsonl").symlink_to(sharded.shards[0])
    done = run("Report", tmp_path, RESULTS=str(tmp_path))
    assert done.returncode == 0, done.stderr
    word = "shard 1/2 passed"
    assert f"## Conformance: {word}\n" in (tmp_path / "summary.md").read_text("utf-8")
    assert (tmp_path / "junit.xml").read_text("utf-8").startswith("<?xml")
    assert f"<title>Conformance: {word}" in (tmp_path / "run.html").read_text("utf-8")


def test_the_action_fails_where_nothing_can_be_rendered(tmp_path: Path) -> None:
    assert run("Report", tmp_path, RESULTS=str(tmp_path)).returncode == 3


def test_the_workflow_puts_the_shards_together_and_misses_one(
    sharded: Sharded, tmp_path: Path
) -> None:
    for count, expected in ((1, 4), (2, 0)):
        here = tmp_path / str(count)
        for shard in sharded.shards[:count]:
            target = here / "shards" / shard.stem / "run.jsonl"
            target.parent.mkdir(parents=True)
            target.symlink_to(shard)
        done = run("Put the shards together", here)
        assert (done.returncode == 0) == (expected == 0), done.stderr
    ledger = here / "tests/conformance/ledger"
    ledger.parent.mkdir(parents=True)
    shutil.copytree(LEDGER, ledger, ignore=lambda _, names: {*names} - {*RECORDED, *FILES})
    done = run("Ledger", here)
    assert done.returncode == (0 if version("litellm") == PINNED_LITELLM else 1), done.stdout
    assert re.search(r"\d+ cases send the same bytes", done.stdout)
    summary = (tmp_path / "2/summary.md").read_text("utf-8")
    assert "## Conformance: passed" in summary
    assert all(f"| {name} |" in summary for name in RECORDED)
    assert {file.name for file in (tmp_path / "2/whole").iterdir()} == {
        "junit.xml",
        "run.html",
        "run.jsonl",
    }


def test_what_a_job_runs_is_a_command_line_of_ours(tmp_path: Path) -> None:
    """All is as the command takes it but the shard, which is wrong so that nothing is run."""
    settings = {"HANDLER": "mine.router:instance", "TIER": "core", "SHARD": "4/3"}
    done = run("Run", tmp_path, **settings)
    assert done.returncode == 2
    assert "'4/3' is no shard" in done.stderr


def test_the_configuration_is_shown_to_the_doctor(tmp_path: Path) -> None:
    done = run("Look at the configuration", tmp_path, CONFIG="none.yaml")
    assert done.returncode != 0
    assert "none.yaml" in done.stderr + done.stdout


def test_what_a_step_is_given_there_is() -> None:
    """No input of the action is misspelt or for nothing, and none stands in a script as text."""
    text = (ROOT / "action.yml").read_text("utf-8")
    assert set(re.findall(r"inputs\.(\w+)", text)) == set(ACTION["inputs"])
    for step in STEPS:
        assert "${{" not in step.get("run", ""), "a value becomes code there"
        if step.get("uses") == "./":
            assert set(step["with"]) <= set(ACTION["inputs"])
    used = {step["uses"] for step in STEPS if "uses" in step}
    assert all(re.fullmatch(r"\./|actions/[\w-]+@v\d+", one) for one in used), used


def test_each_machine_takes_another_part_and_all_are_the_whole() -> None:
    matrix = WORKFLOW["jobs"]["shard"]["strategy"]["matrix"]
    shards = {f"{number}/{len(matrix['shard'])}" for number in matrix["shard"]}
    assert shards == {"1/3", "2/3", "3/3"}
    named = re.findall(r"\$\{\{ matrix\.shard \}\}(/\d+)", json.dumps(WORKFLOW))
    assert set(named) == {"/3"}


def test_the_versions_are_those_that_tox_names() -> None:
    named = set(re.findall(r"litellm\[proxy\]==([\d.]+)", (ROOT / "tox.ini").read_text("utf-8")))
    for job in WORKFLOW["jobs"].values():
        assert set(job["strategy"]["matrix"]["litellm"]) == named
    assert ACTION["inputs"]["litellm"]["default"] == PINNED_LITELLM
    assert f"matrix.litellm == '{PINNED_LITELLM}'" in json.dumps(WORKFLOW)


def test_a_job_may_read_and_ends_in_time() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    for job in WORKFLOW["jobs"].values():
        assert job["timeout-minutes"] <= 20
        assert "permissions" not in job


def test_the_image_starts_a_command_of_ours_that_no_root_runs() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    [entry] = [json.loads(line.split(" ", 1)[1]) for line in lines if line.startswith("ENTRYPOINT")]
    assert entry[0] == "mock-upstream"
    wrong = CliRunner().invoke(mock_upstream, [*entry[1:], "--profile", "none-such"])
    assert wrong.exit_code == 2
    assert "none-such" in wrong.output
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users
    assert all(user.split(":")[0] not in ("0", "root") for user in users)


def test_the_image_is_made_of_what_is_there() -> None:
    """Each path that is copied is in the clone, and let through by .dockerignore."""
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").split() if line[0] == "!"
    }
    copied = {
        path
        for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for path in line.split()[1:-1]
    }
    assert copied == let_in
    assert all((ROOT / path).exists() for path in copied)


def test_the_page_s_transcript_is_what_is_printed(sharded: Sharded, tmp_path: Path) -> None:
    """Each command is run again, but for the two runs: their files are of this session's cases."""
    code = 0
    for step in steps(ROOT / "docs/pipeline.md"):
        words = shlex.split(step.command.replace("\\\n", " "))
        if words[:2] == ["conformance", "run"]:
            part = words[words.index("--shard") + 1]
            file = words[words.index("--save") + 1]
            names = [words[n + 1] for n, word in enumerate(words) if word == "--scenario"]
            assert names == list(RECORDED)
            saved = read_result(sharded.shards[int(part[0]) - 1])
            printed = f"shard {saved.shard}: {', '.join(saved.header.scenarios)}\nmore"
            assert file == f"{part[0]}.jsonl"
            (tmp_path / file).symlink_to(sharded.shards[int(part[0]) - 1])
        elif step.command == "echo $?":
            printed = str(code)
        else:
            done = bash(step.command, tmp_path)
            printed, code = (done.stdout + done.stderr).strip("\n"), done.returncode
        assert fits(step.printed, printed), f"{step.command}\n{printed}"
