"""What is no configuration is said plainly, with an exit code of its own and no traceback."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.doctor.checks import findings
from conformance.doctor.config_file import LARGEST, ConfigReadError, read_config
from conformance.doctor.report import Report
from conformance.doctor.subject import Subject
from conformance.doctor.surroundings import Surroundings
from conformance.doctor.trial_config import trial_config
from tests.conformance.doctor.faults import GOOD

CANNOT_READ = 3
BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
)


def doctor(*arguments: str | Path) -> Result:
    """The command, without a run."""
    return CliRunner().invoke(main, ["doctor", *map(str, arguments), "--no-run"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "the file is empty", id="empty"),
        pytest.param("# nothing\n", "expected a mapping", id="comments alone"),
        pytest.param("{}", "the file holds nothing", id="holds nothing"),
        pytest.param("- model_name: a", "expected a mapping", id="a list"),
        pytest.param("just words", "expected a mapping", id="a sentence"),
        pytest.param("<html><body>404</body></html>", "expected a mapping", id="HTML"),
        pytest.param("model_list: [", "not YAML: did not find", id="broken off"),
        pytest.param("model_list:\n\t- a: 1", "takes no tab for indentation", id="tabs"),
        pytest.param("a: &x [*x]", "this value holds itself\n", id="a circle"),
        pytest.param(BOMB, "stand for more than", id="a bomb"),
        pytest.param("a: " + "[" * 999, "nested deeper than", id="deep"),
        pytest.param("? {a: b}\n: c", "not YAML", id="a mapping as a key"),
        pytest.param("a: !!python/object/apply:os.system [id]", "not YAML", id="an object"),
        pytest.param("a: \x00", "not YAML", id="a null"),
        pytest.param("include: other.yaml", "expected a list of file names", id="include a name"),
        pytest.param("include: [gone.yaml]", "gone.yaml: no such file", id="include no file"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, said: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(text, "utf-8")
    done = doctor(config)
    assert done.exit_code == CANNOT_READ, done.output
    assert done.stderr.startswith(f"Error: {tmp_path}")
    assert said in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """None at all, a directory, a pipe that nobody writes to, one too large, one not in UTF-8."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"#" * (LARGEST + 1))
    (tmp_path / "bytes").write_bytes(b"model_list: \xff")
    for name, said in {
        "gone": "no such file",
        ".": "not a regular file",
        "pipe": "not a regular file",
        "large": "1,048,577 bytes",
        "bytes": "not text in UTF-8",
    }.items():
        done = doctor(tmp_path / name)
        assert (done.exit_code, said in done.stderr) == (CANNOT_READ, True), done.output


@pytest.mark.parametrize(
    ("text", "found", "said"),
    [
        pytest.param("general_settings: {}", "no-model-list", "there is no model_list", id="none"),
        pytest.param("model_list:", "no-model-list", "model_list is empty", id="empty"),
        pytest.param("model_list: {a: b}", "no-model-list", "dict, not a list", id="a mapping"),
        pytest.param("model_list: [a, 1]", "incomplete-model", "has no litellm_params", id="words"),
        pytest.param(
            "model_list: [{model_name: a, litellm_params: {model: nobodys/gpt-5}}]",
            "no-model-of-ours",
            "no model goes through a custom handler",
            id="unknown providers",
        ),
        pytest.param(
            "model_list: [{model_name: a, litellm_params: {model: claude_code_router/a}}]",
            "unknown-provider",
            "is in no custom_provider_map",
            id="no provider map",
        ),
        pytest.param(
            "{model_list: [{model_name: a}], litellm_settings: {custom_provider_map: ours}}",
            "provider-map",
            "custom_provider_map is str",
            id="a provider map that is a word",
        ),
        pytest.param(
            "model_list: [{model_name: a, litellm_params: {model: claude_code_router/a, "
            "api_key: [1], api_base: 7, drop_fields: {}, extra_body: 1, litellm_params: [], "
            "additional_drop_params: x, 5: 6}}]",
            "wrong-value",
            "extra_body is int",
            id="values of every wrong type",
        ),
    ],
)
def test_a_configuration_that_serves_nothing_is_told(
    text: str, found: str, said: str, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(text, "utf-8")
    done = doctor(config)
    assert done.exit_code == 1, done.output
    assert f"error {found} at {config}:1" in done.stdout or f"warning {found}" in done.stdout
    assert said in done.stdout


def test_a_model_list_of_thousands_is_read(tmp_path: Path) -> None:
    entry = "  - {model_name: m, litellm_params: {model: claude_code_router/m, api_key: none}}\n"
    config = tmp_path / "config.yaml"
    config.write_text("model_list:\n" + entry * 2_000, "utf-8")
    done = doctor(config)
    assert "2000 models" in done.stdout


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document, the document itself apart."""
    if place:
        yield place
    members: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in members:
        yield from _places(inner, (*place, key))


@pytest.mark.parametrize("odd", [None, {1: [2]}, "os.environ/"], ids=repr)
def test_whatever_stands_anywhere_is_told_or_let_pass(odd: Any, tmp_path: Path) -> None:
    """No value in any place of a good file makes an examination, or its trial's file, fail."""
    for *way, last in _places(yaml.safe_load(GOOD)):
        document = holder = yaml.safe_load(GOOD)
        for step in way:
            holder = holder[step]
        holder[last] = odd
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(document), "utf-8")
        with suppress(ConfigReadError):
            subject = Subject(read_config(tmp_path / "config.yaml"), Surroundings.here())
            report = Report(subject, findings(subject))
            assert list(report.lines())
            assert report.as_json()["findings"] == [asdict(each) for each in report.findings]
            assert yaml.safe_dump(trial_config(subject, subject.custom, "http://127.0.0.1/v1"))
