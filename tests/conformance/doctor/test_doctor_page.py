"""The page's transcripts are what the command writes, on the page's own files."""

import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest

from conformance.doctor import finding
from tests.conformance.committed import PINNED_LITELLM
from tests.conformance.doctor.faults import FAULTS, INSTALLED, copied
from tests.conformance.doctor.trial_case import SHOWN_BY_A_TRIAL
from tests.transcripts import run_again

PAGE: Final = Path(__file__).parents[3] / "docs" / "doctor.md"
FILE: Final = re.compile(r"`(?P<name>\w+\.yaml)`[^`]*:\n\n```yaml\n(?P<text>.*?)```", re.DOTALL)
ENVIRONMENT: Final = {
    "CUSTOM_OPENAI_API_KEY": "key-of-custom-12345",
    "HOUSE_API_KEY": "key-of-the-house-12345",
    "LITELLM_MASTER_KEY": "key-of-the-proxy-12345",
    "PYTHONPATH": f".{os.pathsep}{INSTALLED}",
}


@pytest.mark.xdist_group("doctor-trial")
@pytest.mark.skipif(version("litellm") != PINNED_LITELLM, reason="the page is of another LiteLLM")
def test_the_transcripts_are_what_the_commands_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a directory with the page's files and a copy of the handler's packages."""
    copied(tmp_path)
    for found in FILE.finditer(PAGE.read_text("utf-8")):
        (tmp_path / found["name"]).write_text(found["text"], "utf-8")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert run_again(PAGE, tmp_path) == []


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
