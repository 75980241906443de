"""Where LiteLLM can find the handler: installed, or copied beside the config file."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import claude_code_proxy
import common

HANDLER_PACKAGES: Final = (claude_code_proxy, common)


@dataclass(frozen=True, slots=True)
class Layout:
    """A Python, a directory for the config file, and the environment that finds the handler.

    ``environment`` is what a user has to set for it: nothing, or PYTHONPATH.
    """

    python: Path
    config_dir: Path
    environment: Mapping[str, str]

    def origin(self, package: str, *, pythonpath: bool = True) -> str:
        """The file that this Python would import a package from; empty if it finds none.

        ``pythonpath=False`` asks what the Python finds on its own, without the environment.
        """
        code = (
            "from importlib.util import find_spec as find\n"
            f"print(getattr(find({package!r}), 'origin', None) or '')"
        )
        asked = subprocess.run(  # noqa: S603 - the layout's own interpreter and our own code
            [self.python, "-c", code],
            cwd=self.config_dir.parent,
            env=self.environment if pythonpath else {},
            capture_output=True,
            text=True,
            check=True,
        )
        return asked.stdout.strip()


def installed(root: Path) -> Layout:
    """Our packages as this very environment has them, and none beside the config file."""
    config_dir = root / "config"
    config_dir.mkdir()
    return Layout(Path(sys.executable), config_dir, {})


def copied(root: Path) -> Layout:
    """Both packages copied beside the config file, PYTHONPATH set, and a Python without ours."""
    config_dir = root / "config"
    for package in HANDLER_PACKAGES:
        source = Path(str(package.__file__)).parent
        copy = config_dir / source.name
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    python = python_without_ours(root / "venv")
    return Layout(python, config_dir, {"PYTHONPATH": str(config_dir)})


def python_without_ours(target: Path) -> Path:
    """The Python of a new virtual environment: what is installed here, our packages apart.

    It is made of links: no copy of 700 MB, and no download.
    """
    venv.create(target, symlinks=True)
    (site_packages,) = target.glob("lib/python3*/site-packages")
    ours = {file.parts[0] for file in importlib.metadata.files("mock-upstream") or ()}
    for entry in os.scandir(sysconfig.get_path("purelib")):
        if entry.name not in ours:
            (site_packages / entry.name).symlink_to(entry.path)
    return target / "bin" / "python"
