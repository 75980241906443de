"""The page of `conformance explain`, and the runner of transcripts."""

import shutil
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.explain.exits import MEANINGS
from tests.transcripts import fits, run_again, steps

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/explain.md"
RECORDED = ROOT / "conformance/scenarios/tool-results-with-image.json"

pytestmark = pytest.mark.xdist_group("explain")


def test_the_page_shows_what_the_command_prints(tmp_path: Path) -> None:
    """Each of its commands is run again, with Claude Code's recorded second turn as the request."""
    shutil.copy(RECORDED, tmp_path / "captured.json")
    assert len(steps(PAGE)) >= 6
    assert "\n\n".join(run_again(PAGE, tmp_path, here={"conformance": main})) == ""


def test_the_page_has_every_exit_code() -> None:
    text = PAGE.read_text("utf-8")
    assert [code for code, meaning in MEANINGS if f"| {code.value} | {meaning} |" not in text] == []


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\nb", "a\nb", True),
        ("a\nb", "a\nc", False),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a\n...", "a\nb", True),
        ("a\n...\nd", "a\nb", False),
        ("...\nb", "b", True),
        ("at http://127.0.0.1:8080, 1.5 s", "at http://127.0.0.1:51234, 12 s", True),
        ("400 x", "401 x", False),
        ("", "x", False),
    ],
)
def test_a_transcript_is_held_to_the_letter_but_for_what_it_leaves_open(
    expected: str, printed: str, *, same: bool
) -> None:
    assert fits(expected, printed) is same


def test_a_transcript_that_is_wrong_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ cat f\nx\n$ cat f\ny\n$ false\n$ echo $?\n1\n```\n", "utf-8")
    assert len(run_again(page, tmp_path)) == 1
