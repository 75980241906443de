"""The handler's modules that are mutated, and those that are not, each with its reason."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.loading import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

LEFT_OUT: Final[Mapping[str, str]] = {
    "claude_code_proxy.__init__": "holds no code",
    "claude_code_proxy.settings_page": "writes a page of the documentation; no request meets it",
    "common.__init__": "holds no code",
    "common.errors": "holds no code",
}


def directory_of(package: str) -> Path:
    """Return where a package that is imported stands.

    By its own file: pytest, which rewrites the assertions of a plugin's whole distribution, tells
    ``importlib.resources`` of the place where a package of that name was loaded last.
    """
    return Path(str(import_module(package).__file__)).parent


def mutated_modules() -> tuple[str, ...]:
    """Return the modules that a request or its reply goes through, by their dotted names."""
    every = (
        f"{package}.{path.name.removesuffix('.py')}"
        for package in PACKAGES
        for path in directory_of(package).iterdir()
        if path.name.endswith(".py")
    )
    return tuple(sorted(name for name in every if name not in LEFT_OUT))
