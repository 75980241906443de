"""What is in the wheel, and that the mock alone needs none of the rest."""

import email
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("claude_code_proxy", "common", "conformance", "mock_upstream")
NOT_FOR_THE_MOCK: Final = {"litellm", "openai", "conformance", "claude_code_proxy"}
HEAVY: Final = ("litellm", "openai", "pytest", "syrupy")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel as the build backend makes it from this work tree, without any download."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(  # noqa: S603 - our own interpreter and our own arguments
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    (built,) = target.glob("*.whl")
    with zipfile.ZipFile(built) as opened:
        yield opened


@pytest.fixture(scope="session")
def unpacked(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds the wheel's content, as an installer would lay it out."""
    target = tmp_path_factory.mktemp("unpacked")
    wheel.extractall(target)
    return target


def dist_info(wheel: zipfile.ZipFile, name: str) -> str:
    """The text of one file of the wheel's own metadata."""
    (path,) = (path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


@pytest.fixture(scope="session")
def requirements(wheel: zipfile.ZipFile) -> list[str]:
    """Every Requires-Dist of the wheel, with its marker."""
    metadata = email.message_from_string(dist_info(wheel, "METADATA"))
    return [str(requirement) for requirement in metadata.get_all("Requires-Dist", [])]


def committed_files(package: str) -> set[str]:
    """Every file that a package holds in the work tree, save what Python itself writes there."""
    return {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def run_isolated(code: str, directory: Path, cwd: Path) -> str:
    """What `code` prints in a Python that finds our packages in `directory` only."""
    program = f"import sys; sys.path.insert(0, {str(directory)!r})\n{code}"
    ended = subprocess.run(  # noqa: S603 - our own interpreter and our own arguments
        [sys.executable, "-I", "-c", program],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_holds_the_package_with_its_data(wheel: zipfile.ZipFile, package: str) -> None:
    """Each file of each package, data and py.typed included, is in the wheel."""
    assert committed_files(package) - set(wheel.namelist()) == set()


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    """No test and no stray file lands at the top level of somebody's environment."""
    names = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == set(PACKAGES)


def test_the_commands_are_installed(wheel: zipfile.ZipFile) -> None:
    """Both console scripts are declared."""
    scripts = dist_info(wheel, "entry_points.txt").splitlines()
    assert "mock-upstream = mock_upstream.cli:main" in scripts
    assert "conformance = conformance.cli:main" in scripts


def test_the_pytest_plugin_is_installed(wheel: zipfile.ZipFile) -> None:
    """Pytest finds the fixture wherever the wheel is installed."""
    entry_points = dist_info(wheel, "entry_points.txt")
    assert "[pytest11]\nmock-upstream = mock_upstream.pytest_plugin" in entry_points


def test_the_core_is_light(requirements: list[str]) -> None:
    """Who installs the mock gets none of LiteLLM, the OpenAI package and the test tools."""
    core = [requirement for requirement in requirements if "extra ==" not in requirement]
    assert core, "no core dependency was found: has the form of METADATA changed?"
    assert [requirement for requirement in core if requirement.startswith(HEAVY)] == []


def test_the_extra_brings_litellm(requirements: list[str]) -> None:
    """Who installs the extra `conformance`, and nobody else, gets LiteLLM with its proxy."""
    (litellm,) = (entry for entry in requirements if entry.startswith("litellm"))
    assert litellm.startswith("litellm[proxy]")
    assert "extra == 'conformance'" in litellm


def test_the_mock_stands_alone(unpacked: Path, tmp_path: Path) -> None:
    """Beside a project's own `common`, all of the mock imports; LiteLLM and OpenAI stay out."""
    project = tmp_path / "project"
    (project / "common").mkdir(parents=True)
    (project / "common" / "__init__.py").write_text("")
    code = (
        f"sys.path.insert(0, {str(project)!r})\n"
        "import pkgutil, common, mock_upstream\n"
        "for module in pkgutil.walk_packages(mock_upstream.__path__, 'mock_upstream.'):\n"
        "    if not module.name.endswith('__main__'): __import__(module.name)\n"
        "print(common.__file__, mock_upstream.__file__, *sys.modules, sep='\\n')"
    )
    common_file, mock_file, *loaded = run_isolated(code, unpacked, tmp_path).split()
    assert Path(common_file).is_relative_to(project)
    assert Path(mock_file).is_relative_to(unpacked)
    assert {name.split(".")[0] for name in loaded} & NOT_FOR_THE_MOCK == set()
    assert "mock_upstream.cli" in loaded


def test_every_package_imports_from_the_wheel(unpacked: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, each package imports from there: nothing needs the work tree."""
    code = "".join(f"import {package}; print({package}.__file__)\n" for package in PACKAGES)
    files = run_isolated(code, unpacked, tmp_path).split()
    assert [Path(file).parent.parent for file in files] == [unpacked] * len(PACKAGES)
