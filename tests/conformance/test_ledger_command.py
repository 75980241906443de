"""``conformance diff`` and ``bless`` as their user runs them: processes, output and exit codes."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from conformance import ledger_files
from tests.conformance.committed import LEDGER, PINNED_LITELLM, tampered

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("conformance"))
ONE = ("--scenario", "probe-quota")
BRANCH = "SMALLEST_MAX_OUTPUT_TOKENS: Final = 16"

pinned_only = pytest.mark.skipif(
    version("litellm") != PINNED_LITELLM, reason="compares with the committed ledger"
)


def conformance(
    directory: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(  # noqa: S603 -- our own command
        [COMMAND, *arguments],
        check=False,
        cwd=directory,
        env={**outside, **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def changed_handler(tmp_path: Path) -> Path:
    """A directory with a handler that says one byte else in one branch."""
    for package in ("claude_code_proxy", "common"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    file = tmp_path / "claude_code_proxy" / "responses_request.py"
    text = file.read_text("utf-8")
    assert text.count(BRANCH) == 1
    file.write_text(text.replace(BRANCH, BRANCH.replace("16", "17")), "utf-8")
    return tmp_path


@pinned_only
def test_one_byte_in_one_branch_is_one_sentence_until_it_is_blessed(changed_handler: Path) -> None:
    """The sentence names field, values and place; bless says what it wrote, and then all is well.

    The ledger is a copy, blessed for one scenario: the others are left as they were.
    """
    ledger = changed_handler / "ledger"
    shutil.copytree(LEDGER, ledger)
    told = conformance(changed_handler, "diff", "--ledger", "ledger", *ONE)
    assert told.returncode == 1, told.stdout + told.stderr
    found = re.fullmatch(
        r"Changed:\n  (max_output_tokens changed from 16 to 17 in (\d+) cases: every case that had "
        r"it)\n(?:.* in 2 cases: .* entry proxy-responses\n)?(\d+) of "
        r"(\d+) cases send the same bytes.\n",
        told.stdout,
    )
    assert found, told.stdout
    sentence, *counts = found.groups()
    changed, same, compared = map(int, counts)
    assert changed + same in (compared, compared - 2), "what the proxy's client sent is ours, too"
    assert min(changed, same) > 20

    blessed = conformance(changed_handler, "bless", "--ledger", "ledger", *ONE)
    assert blessed.returncode == 0, blessed.stdout + blessed.stderr
    assert sentence in blessed.stdout
    names = {line.split("/")[-1] for line in blessed.stdout.splitlines() if "changed  " in line}
    assert {"responses.json", "sha256.txt"} <= names
    assert f"{len(names)} files written in ledger, {4 - len(names)} were so" in blessed.stdout

    both = conformance(changed_handler, "diff", str(LEDGER), "ledger", "--exit-zero")
    assert both.returncode == 0, both.stderr
    assert f"{sentence} with scenario probe-quota\n" in both.stdout


def test_two_ledgers_that_are_the_same_have_no_difference(tmp_path: Path) -> None:
    done = conformance(tmp_path, "diff", str(LEDGER), str(LEDGER))
    assert done.returncode == 0
    assert done.stdout.startswith("No difference: ")


def test_a_difference_of_two_ledgers_ends_with_1(tmp_path: Path) -> None:
    new = tampered(["any-text"], lambda _, payload: {**payload, "user": "x"})
    ledger_files.write(tmp_path / "new", new.values(), "1.2.3", whole=True)
    done = conformance(tmp_path, "diff", str(LEDGER), "new", "--scenario", "any-text")
    assert done.returncode == 1
    told, changed, *_ = done.stdout.splitlines()
    assert told.startswith("The ledger was recorded with LiteLLM 1.106.2, this is 1.2.3: ")
    assert changed == "Changed:"
    assert 'user now present: "x" in ' in done.stdout


def test_nothing_is_blessed_where_ci_is_set(tmp_path: Path) -> None:
    done = conformance(tmp_path, "bless", *ONE, CI="true")
    assert done.returncode == 2
    assert "CI is set" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("diff", "none"), 3, "no ledger in none; expected SCENARIO/table.txt"),
        (("diff", "a", "b", "c"), 2, "3 ledgers were given; expected two at most"),
        (("diff", "--scenario", "plain", str(LEDGER)), 2, "no scenario 'plain'"),
        (("bless", "--scenario", "plain"), 2, "no scenario 'plain'"),
        (("bless", *ONE, "--handler", "no.such:thing"), 3, "No module named 'no'"),
    ],
)
def test_what_cannot_be_compared_is_told(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = conformance(tmp_path, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
