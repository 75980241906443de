"""How the command ends, and what it writes for a machine."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from tests.conformance.doctor.faults import ENVIRONMENT, GOOD, INSTALLED


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The good file, in surroundings in which it is good."""
    for name, value in {**ENVIRONMENT, "PYTHONPATH": str(INSTALLED)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(GOOD, "utf-8")
    return Path("config.yaml")


def test_a_good_file_is_healthy(config: Path) -> None:
    done = CliRunner().invoke(main, ["doctor", str(config), "--no-run"])
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith("nothing found: healthy\n")


def test_json_has_all_that_was_found(config: Path) -> None:
    text = GOOD.replace("drop_metadata_res_api", "drop_metdata_res_api")
    config.write_text(text.replace("os.environ/PLAIN_API_KEY", "os.environ/UNSET_KEY"), "utf-8")
    done = CliRunner().invoke(main, ["doctor", str(config), "--no-run", "--json"])
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert not report["healthy"]
    assert report["litellm"] is None
    assert [(f["id"], f["line"], f["model"]) for f in report["findings"]] == [
        ("misspelt-setting", 7, "fast"),
        ("key-unset", 19, "plain"),
    ]
    assert [model["api"] for model in report["models"]] == [
        "responses",
        "chat",
        "responses",
        "anthropic",
    ]


def test_paths_are_shown_and_what_looks_like_a_key_is_not(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shell's PWD is no password; a key that stands under no key's name is one all the same."""
    monkeypatch.setenv("PWD", str(tmp_path))
    (tmp_path / "own.py").write_text("", "utf-8")
    text = GOOD.replace("claude_code_proxy.claude_code_router.claude_code_router", "own.router")
    config.write_text(text.replace("input[*].status", "sk-abcdefgh0123456789[["), "utf-8")
    done = CliRunner().invoke(main, ["doctor", str(config), "--no-run"])
    shown = "".join(done.stdout.split())
    assert f"{tmp_path}/own.py" in shown
    assert "sk-<hidden>[[" in shown


def test_litellm_that_does_not_start_is_an_end_of_its_own(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the file alone shows is told all the same."""
    ending = tmp_path / "ending"
    ending.mkdir()
    (ending / "sitecustomize.py").write_text("import os\nos._exit(7)\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(ending))
    done = CliRunner().invoke(main, ["doctor", str(config)])
    assert done.exit_code == 4
    assert "LiteLLM did not start with a copy of this file: litellm ended with exit code 7" in (
        done.stdout
    )
    assert "model fast (config.yaml:2)" in done.stdout


def test_a_dotenv_beside_the_config_is_not_what_litellm_reads(config: Path) -> None:
    """LiteLLM looks above the directory where it is installed."""
    Path(".env").write_text("UNSET_KEY=key-of-plain-12345\n", "utf-8")
    config.write_text(GOOD.replace("PLAIN_API_KEY", "UNSET_KEY"), "utf-8")
    done = CliRunner().invoke(main, ["doctor", str(config), "--no-run"])
    assert "UNSET_KEY is not set" in done.stdout


def test_what_the_config_sets_itself_is_set(config: Path) -> None:
    """Under environment_variables: a key, and a switch."""
    text = GOOD.replace("PLAIN_API_KEY", "OWN_KEY")
    own = "environment_variables: {OWN_KEY: os.environ/PLAIN_API_KEY}\n"
    config.write_text(text + own, "utf-8")
    done = CliRunner().invoke(main, ["doctor", str(config), "--no-run"])
    assert done.exit_code == 0, done.output
