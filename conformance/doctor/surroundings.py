"""What stands around a configuration file: the environment, the search path, the container."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.doctor.config_file import Config

BY_ENVIRONMENT: Final = "os.environ/"
"""What a value begins with that LiteLLM takes from the environment."""

BLOCKED: Final = frozenset(
    {"PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES"}
    | {"PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "HOME", "USER", "SHELL", "LOGNAME"}
    | {"NO_PROXY", "no_proxy"}
)
"""Variables that LiteLLM does not take from a configuration (1.106.2)."""

_CONTAINER_FILES: Final = ("/.dockerenv", "/run/.containerenv")
_CLUSTER: Final = "KUBERNETES_SERVICE_HOST"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What LiteLLM would meet if it were started here.

    ``installed`` is where Python looks besides ``PYTHONPATH``: LiteLLM adds the directory that it
    is started in, at the end. Values of the environment are never shown.
    """

    environment: Mapping[str, str]
    directory: Path
    installed: tuple[Path, ...]
    in_container: bool

    @classmethod
    def here(cls) -> Surroundings:
        """Return those of this process."""
        directory = Path.cwd()
        in_container = _CLUSTER in os.environ or any(Path(f).exists() for f in _CONTAINER_FILES)
        by_path = {str(path) for path in _python_path(os.environ, directory)}
        started_in = {"", str(directory), str(Path(sys.argv[0]).parent)}
        installed = [path for path in sys.path if path not in by_path | started_in]
        dotenv = {name: value for name, value in _dotenv() if name not in os.environ}
        environment = {**dotenv, **os.environ}
        return cls(environment, directory, tuple(map(Path, installed)), in_container)

    def configured_by(self, config: Config) -> Surroundings:
        """Return them with the ``environment_variables`` that the configuration itself sets."""
        given = config.section("environment_variables").mapping
        values = ((name, self.value(value)) for name, value in given.items())
        known = {name: value for name, value in values if value is not None and name not in BLOCKED}
        return replace(self, environment={**self.environment, **known})

    def value(self, configured: object) -> str | None:
        """Return what LiteLLM makes of a configured value; None for an unset variable."""
        if configured is None:
            return None
        text = str(configured)
        if text.startswith(BY_ENVIRONMENT):
            return self.environment.get(text.removeprefix(BY_ENVIRONMENT))
        return text

    @property
    def python_path(self) -> tuple[Path, ...]:
        """The directories of ``PYTHONPATH``."""
        return tuple(_python_path(self.environment, self.directory))

    def search_path(self) -> Iterator[tuple[str, Path]]:
        """Yield where LiteLLM imports from, in its order, each with a word for it."""
        yield from (("found by PYTHONPATH", path) for path in self.python_path)
        yield from (("installed", path) for path in self.installed)
        yield "in the directory that LiteLLM is started in", self.directory


def _python_path(environment: Mapping[str, str], directory: Path) -> Iterator[Path]:
    entries = environment.get("PYTHONPATH", "").split(os.pathsep)
    return (directory / entry for entry in entries if entry)


def _dotenv() -> Iterator[tuple[str, str]]:
    """Yield what LiteLLM reads from a ``.env``: the first one above where it is installed."""
    if os.environ.get("LITELLM_MODE", "DEV") != "DEV":
        return
    spec, reader = find_spec("litellm"), find_spec("dotenv")
    if spec is None or spec.origin is None or reader is None:
        return
    from dotenv import dotenv_values

    for directory in Path(spec.origin).parents:
        if (directory / ".env").is_file():
            values = dotenv_values(directory / ".env")
            yield from ((name, value) for name, value in values.items() if value is not None)
            return
