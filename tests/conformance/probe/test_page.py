"""The page's transcripts are run again, and its exit codes are the command's.

``pytest tests/conformance/probe/test_page.py --snapshot-update`` writes the transcripts anew.
"""

import re
import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.probe.exits import MEANINGS
from mock_upstream import Session, load_profile
from tests.conformance.probe.charts import served
from tests.transcripts import Step, fits, steps

PAGE: Final = Path(__file__).parents[3] / "docs" / "probe.md"
_ADDRESS: Final = "http://127.0.0.1:8080"
_DAY: Final = re.compile(r"\b20\d\d-\d\d-\d\d\b")


class Transcript:
    """Runs the page's commands in this process, on a mock wherever there is a free port."""

    def __init__(self, mocks: ExitStack) -> None:
        self._mocks = mocks
        self._url = ""
        self._code = 0

    def printed(self, command: str) -> str:
        """What a command prints."""
        name, *words = shlex.split(command)
        if name == "mock-upstream":
            options = dict(zip(words[1::2], words[2::2], strict=True))
            keys = (options["--api-key"],)
            session = Session(load_profile(options["--profile"]), api_keys=keys)
            self._url = self._mocks.enter_context(served(session)).removesuffix("/v1")
            return _ADDRESS
        if name in ("cat", "echo"):
            return Path(words[0]).read_text("utf-8") if name == "cat" else str(self._code)
        arguments = [word.replace(_ADDRESS, self._url) for word in words]
        done = CliRunner().invoke(main, arguments, env={"ACME_KEY": "key-of-acme"})
        self._code = done.exit_code
        return done.output

    def again(self, command: str) -> str:
        """As `printed`, on the page's address and day."""
        printed = self.printed(command).replace(self._url or _ADDRESS, _ADDRESS)
        return _DAY.sub("2026-11-22", printed).strip("\n")


def test_the_pages_transcripts_are_what_the_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.chdir(tmp_path)
    with ExitStack() as mocks:
        transcript = Transcript(mocks)
        found = [(step, transcript.again(step.command)) for step in steps(PAGE)]
    if pytestconfig.getoption("update_snapshots"):
        _rewrite(found)
        return
    assert [printed for step, printed in found if not fits(step.printed, printed)] == []


def _rewrite(found: list[tuple[Step, str]]) -> None:
    text = PAGE.read_text("utf-8")
    for step, printed in found:
        old = f"$ {step.command}\n" + (f"{step.printed}\n" if step.printed else "")
        text = text.replace(old, f"$ {step.command}\n{printed}\n", 1)
    PAGE.write_text(text, "utf-8")


def test_the_page_has_the_exit_codes_of_the_command() -> None:
    rows = [f"| {code} | {meaning} |" for code, meaning in MEANINGS]
    assert "\n".join(rows) in PAGE.read_text("utf-8")
