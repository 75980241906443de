"""The page's transcripts are what the command writes: each is run again, on the page's own files.

``pytest tests/conformance/doctor/test_doctor_page.py --snapshot-update`` writes them anew.
"""

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.doctor import finding
from tests.conformance.committed import PINNED_LITELLM
from tests.conformance.doctor.faults import FAULTS, copied
from tests.conformance.doctor.trial_case import SHOWN_BY_A_TRIAL

PAGE: Final = Path(__file__).parents[3] / "docs" / "doctor.md"
_FILE: Final = re.compile(r"`(?P<name>\w+\.yaml)`[^`]*:\n\n```yaml\n(?P<text>.*?)```", re.DOTALL)
_TRANSCRIPT: Final = re.compile(
    r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL
)
KEYS: Final = {
    "CUSTOM_OPENAI_API_KEY": "key-of-custom-12345",
    "HOUSE_API_KEY": "key-of-the-house-12345",
    "LITELLM_MASTER_KEY": "key-of-the-proxy-12345",
}


def transcripts() -> Iterator[tuple[str, str]]:
    """Each command of the page, with what stands below it."""
    for found in _TRANSCRIPT.finditer(PAGE.read_text("utf-8")):
        yield found["command"], found["output"]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's files in a directory with the handler's packages, as its README has it."""
    copied(tmp_path)
    for found in _FILE.finditer(PAGE.read_text("utf-8")):
        (tmp_path / found["name"]).write_text(found["text"], "utf-8")
    for name, value in {**KEYS, "PYTHONPATH": "."}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


@pytest.mark.xdist_group("doctor-trial")
@pytest.mark.parametrize("command", [command for command, _ in transcripts()])
@pytest.mark.skipif(version("litellm") != PINNED_LITELLM, reason="the page is of another LiteLLM")
@pytest.mark.usefixtures("files")
def test_a_transcript_is_what_the_command_writes(command: str, pytestconfig: pytest.Config) -> None:
    name, *arguments = shlex.split(command)
    assert name == "conformance"
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == (1 if "faulty.yaml" in arguments else 0), done.output
    if pytestconfig.getoption("update_snapshots"):
        block = f"```console\n$ {command}\n"
        before, _, after = PAGE.read_text("utf-8").partition(block)
        PAGE.write_text(f"{before}{block}{done.stdout}```{after.partition('```')[2]}", "utf-8")
    assert dict(transcripts())[command] == done.stdout


def test_every_kind_of_finding_is_on_the_page() -> None:
    """In its table, those that are planted at least."""
    page = PAGE.read_text("utf-8")
    planted = {fault.finds for fault in (*FAULTS, *SHOWN_BY_A_TRIAL)}
    assert sorted(kind for kind in planted if f"`{kind}`" not in page) == []
    sources = Path(str(finding.__file__)).parent.rglob("*.py")
    kinds = {
        kind
        for source in sources
        for kind in re.findall(r"\b(?:error|warning|note)\(\s*\"([\w-]+)\"", source.read_text())
    }
    assert sorted(kind for kind in kinds if f"`{kind}`" not in page) == []
