"""A report says what broke, what to do about it, and how the rest fared."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.reports.failures import broken_claims
from conformance.reports.lines import ProductLine
from conformance.reports.result import Result
from conformance.reports.result_file import written
from conformance.suite_score import suite_score
from mock_upstream import MockServer, Session, create_app, load_profile
from tests.conformance.reports.conftest import COMMAND, PATIENT, SCENARIO, conformance

pytestmark = pytest.mark.xdist_group("saved-runs")


def report(file: Path, form: str) -> str:
    return CliRunner().invoke(main, ["report", str(file), "--format", form]).stdout


def facts(text: str, title: str) -> list[str]:
    """What a terminal report has behind every ``title``."""
    return re.findall(rf"(?m)^  {title} +(.*)$", text)


def test_a_good_run_is_said_in_a_few_lines(good: Path) -> None:
    text = report(good, "terminal")
    assert "FAIL" not in text
    assert re.search(r"\d+ cases, \d+ distinct payloads, \d+ of \d+ claims held", text)
    assert re.search(rf"(?m)^{SCENARIO} +\d+ +\d+ +\d+ *$", text)
    assert len(text.splitlines()) < 60


def test_a_failure_comes_first_with_all_that_one_needs(broken: Path) -> None:
    text = report(broken, "terminal")
    assert text.startswith("FAIL  ")
    for title in ("why", "hint", "case", "expected", "seen", "sent", "upstream", "repeat", "curl"):
        assert facts(text, title), title
    assert text.index("FAIL") < text.index(f"\n{SCENARIO} ")
    assert "RuntimeError" in text or "APIConnectionError" in text


def test_a_hint_names_what_the_broken_cases_share(broken_result: Result) -> None:
    hints = {broken.ruling.claim: broken.hint for broken in broken_claims(broken_result)}
    assert "method completion" in hints["one-request"]
    assert "drop_metadata_res_api" in hints["one-request"]


def test_the_command_to_repeat_a_case_breaks_the_same_claim(broken: Path) -> None:
    text = report(broken, "terminal")
    claim = re.search(r"FAIL  (\S+)", text)
    assert claim
    command = facts(text, "repeat")[0].split()
    done = conformance(broken.parent, *command[1:], *PATIENT)
    assert done.returncode == 1, done.stderr
    assert f"FAIL  {claim[1]} " in done.stdout
    assert facts(done.stdout, "repeat") == [" ".join(command)] * len(facts(done.stdout, "repeat"))


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_the_curl_posts_the_payload_with_the_key_of_the_environment(
    broken: Path, broken_result: Result
) -> None:
    """Each distinct command is run by a shell, against a mock; a payload with keys has them not."""
    session = Session(load_profile("permissive"))
    with MockServer(create_app(session)) as server:
        environment = {"OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": "key-from-shell"}
        path = os.pathsep.join([str(Path(COMMAND).parent), os.environ["PATH"]])
        commands = dict.fromkeys(facts(report(broken, "terminal"), "curl"))
        assert len(commands) > 1
        for command in commands:
            subprocess.run(  # noqa: S602 -- it is meant for a shell
                command,
                shell=True,
                check=True,
                env={**os.environ, "PATH": path, **environment},
                cwd=broken.parent,
                stdout=subprocess.DEVNULL,
            )
        entries = session.journal.entries
        assert len(entries) == len(commands)
        texts = {payload.text for payload in broken_result.payloads.values()}
        fingerprint = session.journal.fingerprint("key-from-shell")
        for entry in entries:
            assert entry.body.decode() in texts
            assert entry.credential is not None
            assert entry.credential.fingerprint == fingerprint


def test_the_ledger_is_printed_when_asked_for(good: Path) -> None:
    with_ledger = CliRunner().invoke(main, ["report", str(good), "--ledger"]).stdout
    assert f"scenario = {SCENARIO}" in with_ledger
    assert f"scenario = {SCENARIO}" not in report(good, "terminal")


def test_junit_has_a_test_case_for_each_claim_and_scenario(
    broken: Path, broken_result: Result
) -> None:
    suites = ET.fromstring(report(broken, "junit"))  # noqa: S314 -- our own writing
    tests = {(test.get("classname"), test.get("name")): test for test in suites.iter("testcase")}
    for ruling in broken_result.rulings:
        test = tests[f"conformance.{ruling.claim}", SCENARIO]
        children = {child.tag for child in test}
        expected = {"pass": set(), "fail": {"failure"}, "unsupported": {"skipped"}}
        assert children == expected[ruling.verdict]
    for suite in suites.iter("testsuite"):
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
    assert len(tests) == len(broken_result.rulings) + 2


@pytest.mark.parametrize("form", ["terminal", "markdown", "html", "junit", "jsonl"])
def test_the_suites_own_score_stands_in_every_report(good: Path, form: str) -> None:
    score = suite_score()
    text = report(good, form)
    if form in ("junit", "jsonl"):
        quoted = '<property name="{}" value="{}" />' if form == "junit" else '"{}":{}'
        assert all(quoted.format(name, value) in text for name, value in score.items())
    else:
        assert "{mutants_caught} of {mutants} wrong handlers caught".format(**score) in text
        assert "{mutations_caught} of {mutations} mutations".format(**score) in text


@pytest.mark.parametrize("form", ["terminal", "markdown", "html"])
def test_each_product_stands_in_a_report_with_its_counts_and_what_was_not_run(
    good_result: Result, tmp_path: Path, form: str
) -> None:
    """A run of single cases has none, so two are put among its lines."""
    axes = {"scenarios": 24, "APIs": 2, "methods": 1}
    whole = ProductLine(name="whole one", axes=axes, cases=48, done=48, payloads=17)
    part = ProductLine(name="part of one", axes=axes, cases=4711, done=99, payloads=18)
    file = tmp_path / "run.jsonl"
    file.write_bytes(b"".join(map(written, (*good_result.lines, whole, part))))
    text = report(file, form)
    for words in (("whole one", "48", "17"), ("part of one", "99 of 4711", "18")):
        [row] = [line for line in text.splitlines() if words[0] in line]
        assert re.search(
            r"\W+".join([*words, "24 scenarios by 2 APIs"]), re.sub("<[^>]*>", " ", row)
        )


def test_markdown_has_a_row_for_each_claim(broken: Path, broken_result: Result) -> None:
    text = report(broken, "markdown")
    for ruling in broken_result.rulings:
        assert f"| {ruling.verdict} | {ruling.claim} |" in text
    assert "## Conformance: failed" in text
    assert len(text) < 2**20


def test_an_output_file_holds_what_would_have_been_printed(broken: Path, tmp_path: Path) -> None:
    for form in ("terminal", "jsonl", "junit", "markdown", "html"):
        file = tmp_path / form
        arguments = ["report", str(broken), "--format", form, "--output", str(file)]
        assert CliRunner().invoke(main, arguments).stdout == ""
        assert file.read_text("utf-8") == report(broken, form)


def test_a_report_needs_no_litellm(good: Path) -> None:
    """Rendering is quick: LiteLLM's import alone takes seconds."""
    code = """if True:
        import sys
        from conformance.cli import main
        for form in ("terminal", "jsonl", "junit", "markdown", "html"):
            try:
                main(["report", sys.argv[1], "--format", form])
            except SystemExit as end:
                assert end.code == 0
        assert "litellm" not in sys.modules
    """
    done = subprocess.run(  # noqa: S603 -- our own code
        [sys.executable, "-c", code, str(good)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
