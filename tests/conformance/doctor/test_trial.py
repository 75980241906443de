"""What a run in real LiteLLM shows: one proxy, started once, for all the models of one file."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli import main
from tests.conformance.committed import PINNED_LITELLM
from tests.conformance.doctor.faults import INSTALLED
from tests.conformance.doctor.trial_case import (
    ENVIRONMENT,
    KEYS,
    SHOWN_BY_A_TRIAL,
    Shown,
    laid_out,
)

pytestmark = [
    pytest.mark.xdist_group("doctor-trial"),
    pytest.mark.skipif(
        version("litellm") != PINNED_LITELLM, reason="which name lets the effort in differs"
    ),
]

UNASKED = ("stale", "leaving", "broken", "left-out", "refusing")
"""Models of which nothing reaches the mock by our handler."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command: how it ended, all that it wrote, and the files around it."""

    exit_code: int
    report: dict[str, Any]
    written: str
    directory: Path
    added: frozenset[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The command, run once, where neither handler nor configuration lies."""
    directory = tmp_path_factory.mktemp("doctor")
    config = laid_out(directory)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    before = {str(file) for file in directory.rglob("*")}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(elsewhere)
        for name, value in {**ENVIRONMENT, "PYTHONPATH": str(INSTALLED)}.items():
            patch.setenv(name, value)
        done = CliRunner().invoke(main, ["doctor", str(config), "--json"])
    after = (*directory.rglob("*"), *elsewhere.rglob("*"))
    added = {str(file) for file in after} - before
    report = json.loads(done.stdout)
    return Run(done.exit_code, report, done.output, directory, frozenset(added))


def found(run: Run, model: str | None) -> list[dict[str, Any]]:
    """What was found of one model, notes apart."""
    findings = (each for each in run.report["findings"] if each["severity"] != "note")
    return [each for each in findings if each["model"] == model]


@pytest.mark.parametrize("shown", SHOWN_BY_A_TRIAL, ids=lambda shown: shown.name)
def test_a_fault_is_found_in_the_model_that_has_it(run: Run, shown: Shown) -> None:
    of_kind = [each for each in found(run, shown.model) if each["id"] == shown.finds]
    assert len(of_kind) == 1, found(run, shown.model)
    assert shown.says in of_kind[0]["message"]
    assert run.exit_code == 1


def test_nothing_else_is_found(run: Run) -> None:
    """The good models have no fault, the others only their own."""
    expected = sorted((str(shown.model), shown.finds) for shown in SHOWN_BY_A_TRIAL)
    faults = [each for each in run.report["findings"] if each["severity"] != "note"]
    assert sorted((str(each["model"]), each["id"]) for each in faults) == expected


def test_each_setting_is_told_with_the_placement_that_litellm_chose(run: Run) -> None:
    """And what LiteLLM keeps to itself."""
    models = {model["model_name"]: model for model in run.report["models"]}
    assert models["good-responses"]["settings"] == {
        "optional_params": ["drop_metadata_res_api", "drop_fields"],
        "LiteLLM, not the handler": ["allowed_openai_params", "additional_drop_params"],
        "headers": ["extra_headers"],
        "optional_params.litellm_params": ["drop_thinking_blocks_res_api"],
    }
    assert models["good-chat"]["settings"] == {
        "optional_params": ["flatten_text_chat_api", "temperature"]
    }


def test_each_models_api_and_effort_are_told(run: Run) -> None:
    told = {
        model["model_name"]: (model["api"], model["effort_arrives"])
        for model in run.report["models"]
        if model["model_name"] not in UNASKED
    }
    assert told == {
        "good-responses": ("responses", True),
        "good-chat": ("chat", False),
        "claude-*": ("anthropic", True),
        "half-let-through": ("responses", False),
        "stranger": ("chat", False),
        "still-sent": ("responses", False),
        "by-the-table": ("responses", False),
    }


def test_no_key_is_shown_and_none_is_in_the_trial(run: Run) -> None:
    """Neither in what is written nor in what a handler is given, its environment included."""
    seen = (run.directory / "stale" / "claude_code_proxy" / "seen").read_text("utf-8")
    assert "stand-in-of-the-doctor-7" in seen
    assert "client_secret" in seen
    assert [key for key in KEYS if key in run.written + seen] == []


def test_a_trial_leaves_nothing_behind(run: Run) -> None:
    """Beside the config file, and where it was started: only what the handler itself wrote."""
    assert [Path(name).name for name in run.added] == ["seen"]
