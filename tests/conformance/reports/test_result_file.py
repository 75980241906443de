"""A saved run is whole and says so, or says what is missing; nothing else passes for one."""

import re
import signal
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import jsonschema
import orjson
import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.reports.command import FORMATS
from conformance.reports.result import Result
from conformance.reports.result_file import read_result
from conformance.reports.result_schema import COMMITTED, result_schema
from tests.conformance.committed import LEDGER, PINNED_LITELLM
from tests.conformance.reports.conftest import COMMAND, SCENARIO, unflagged

pytestmark = pytest.mark.xdist_group("saved-runs")


def test_the_committed_schema_is_the_one_that_the_models_give() -> None:
    """`python -m conformance.reports.result_schema` writes it anew."""
    assert COMMITTED.read_bytes() == result_schema()


@pytest.mark.parametrize("run", ["good", "broken"])
def test_every_line_is_as_the_schema_says(run: str, request: pytest.FixtureRequest) -> None:
    lines = request.getfixturevalue(run).read_bytes().splitlines()
    validator = jsonschema.Draft202012Validator(orjson.loads(result_schema()))
    faults = [
        fault.message for line in lines for fault in validator.iter_errors(orjson.loads(line))
    ]
    assert faults == []
    kinds = [orjson.loads(line)["kind"] for line in lines]
    assert (kinds[0], kinds[-1]) == ("header", "footer")
    assert {"payload", "case", "ruling", "replay", "cure", "ledger", "score"} <= set(kinds)


def test_the_footer_counts_the_lines(good_result: Result) -> None:
    assert good_result.footer is not None
    assert good_result.footer.lines["case"] == len(good_result.cases) == good_result.header.cases
    assert good_result.footer.lines["footer"] == 1
    assert sum(good_result.footer.lines.values()) == len(good_result.lines)
    assert good_result.held
    assert good_result.partial == ""


def test_a_saved_run_comes_back_to_the_byte(broken: Path) -> None:
    shown = CliRunner().invoke(main, ["report", str(broken), "--format", "jsonl"])
    assert shown.stdout_bytes == broken.read_bytes()


@pytest.mark.skipif(version("litellm") != PINNED_LITELLM, reason="compares with the ledger")
def test_a_saved_run_is_compared_with_the_committed_ledger(good: Path, tmp_path: Path) -> None:
    """Nothing is run; one word that a payload of the file has otherwise is one sentence."""
    same = CliRunner().invoke(main, ["diff", str(good), "--ledger", str(LEDGER)])
    assert "Changed:" not in same.stdout
    assert re.search(r"(\d+) of \1 cases send the same bytes", same.stdout), same.output
    other = tmp_path / "other.jsonl"
    lines = good.read_bytes().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if b'"kind":"payload"' in line)
    sha256 = orjson.loads(lines[at])["sha256"].encode()
    lines[at] = lines[at].replace(b'\\"gpt-5.2-high\\"', b'\\"gpt-5.2-low\\"')
    other.write_bytes(b"".join(lines).replace(sha256, b"0" * 64))
    told = CliRunner().invoke(main, ["diff", str(other), "--ledger", str(LEDGER)])
    assert told.exit_code == 1
    assert 'model changed from "gpt-5.2-high" to "gpt-5.2-low" in ' in told.stdout, told.output


def test_a_file_that_is_no_whole_run_is_compared_with_nothing(good: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(good.read_bytes().rpartition(b'{"kind":"footer"')[0])
    for file, words in ((cut, "is a partial run"), (Path(__file__), "cannot be read")):
        done = CliRunner().invoke(main, ["diff", str(file), "--ledger", str(LEDGER)])
        assert done.exit_code == 3
        assert words in done.output


def test_what_the_run_printed_is_what_its_file_prints(broken: Path) -> None:
    shown = CliRunner().invoke(main, ["report", str(broken)])
    assert shown.exit_code == 1
    assert shown.stdout == broken.with_suffix(".txt").read_text("utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_a_cut_run_is_partial_in_every_format(good: Path, tmp_path: Path, form: str) -> None:
    """Wherever the file ends, the report is written and says what it is."""
    content = good.read_bytes()
    lines = content.splitlines(keepends=True)
    cuts = [len(lines[0]), len(lines[0]) + 9, len(content) // 2, len(content) - len(lines[-1])]
    for cut in cuts:
        file = tmp_path / f"{cut}.jsonl"
        file.write_bytes(content[:cut])
        shown = CliRunner().invoke(main, ["report", str(file), "--format", form])
        assert shown.exit_code == 4, shown.output
        if form == "jsonl":
            assert b'"kind":"footer"' not in shown.stdout_bytes
        else:
            assert "partial" in shown.stdout.lower()
            assert f"of {len(read_result(good).cases)} cases are here" in shown.stdout


@pytest.mark.parametrize("kind", ["case", "payload", "ruling", "replay"])
def test_a_line_that_is_gone_is_missed(good: Path, tmp_path: Path, kind: str) -> None:
    lines = good.read_bytes().splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if orjson.loads(line)["kind"] == kind)
    file = tmp_path / "less.jsonl"
    file.write_bytes(b"".join(lines[:first] + lines[first + 1 :]))
    for form in FORMATS:
        assert CliRunner().invoke(main, ["report", str(file), "--format", form]).exit_code == 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"[1, 2]\n",
        b"\x00\xff\xfe",
        b'{"kind":"footer","complete":true,"held":true,"seconds":1,"lines":{}}\n',
        b'{"kind":"header","format":2}\n',
    ],
)
def test_what_is_no_result_file_ends_with_3_and_says_why(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.jsonl"
    file.write_bytes(content)
    for form in FORMATS:
        shown = CliRunner().invoke(main, ["report", str(file), "--format", form])
        assert shown.exit_code == 3
        assert "expected a file that `conformance run --save FILE` wrote" in shown.stderr


def test_files_that_cannot_be_read_or_written_end_with_3(good: Path, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "no" / "such.html")
    for arguments in ([nowhere], [str(tmp_path)], [str(good), "--output", nowhere]):
        shown = CliRunner().invoke(main, ["report", *arguments])
        assert shown.exit_code == 3, shown.output
        assert "Traceback" not in shown.output


def test_a_payload_is_written_as_it_was(good: Path, good_result: Result) -> None:
    for sha256, payload in good_result.payloads.items():
        shown = CliRunner().invoke(main, ["report", str(good), "--payload", sha256[:12]])
        assert shown.exit_code == 0
        assert shown.stdout == payload.text
    several = CliRunner().invoke(main, ["report", str(good), "--payload", "g"])
    assert several.exit_code == 3
    assert "0 payloads begin with g" in several.stderr


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_run_that_is_broken_off_leaves_what_it_had(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    file = tmp_path / "run.jsonl"
    command = [COMMAND, "run", "--scenario", SCENARIO, "--save", str(file), "--workers", "1"]
    with subprocess.Popen(  # noqa: S603 -- our own command
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        while not (file.exists() and file.read_bytes().count(b'"kind":"case"') > 3):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        printed, _ = process.communicate()
    assert process.returncode == code
    shown = CliRunner().invoke(main, ["report", str(file)])
    assert shown.exit_code == 4
    assert "PARTIAL: the run" in shown.stdout
    if number == signal.SIGINT:
        assert b"PARTIAL: the run was broken off" in printed


def test_a_case_that_is_not_there_is_a_wrong_command_line() -> None:
    shown = CliRunner().invoke(main, ["run", "--case", f"{unflagged('chat', 'completion')}0"])
    assert shown.exit_code == 2
    assert "no case" in shown.stderr
