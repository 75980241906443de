"""Where the handler's packages stand: every copy that LiteLLM could take, and which it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.loading import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.subject import Subject

BESIDE: Final = "beside the config file"
PROOF: Final = "common/field_path.py"
"""What tells our package ``common`` from another one of that name."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A directory that holds a package, and a word for how LiteLLM comes to it."""

    root: Path
    how: str

    def __str__(self) -> str:
        return f"{self.root} ({self.how})"


def module_file(reference: str) -> Path:
    """Return the file of the module in a handler's reference, below the root of its package."""
    return Path(*reference.split(".")[:-1]).with_suffix(".py")


def handler_copies(subject: Subject, reference: str) -> list[Copy]:
    """Return where the handler's file stands, in LiteLLM's order: the first one is run."""
    file = module_file(reference)
    beside = Copy(subject.config.path.absolute().parent, BESIDE)
    on_the_way = _roots(subject, file.parts[0].removesuffix(".py"))
    places = {place.root.resolve(): place for place in (*reversed([*on_the_way]), beside)}
    return [place for place in reversed(places.values()) if (place.root / file).is_file()]


def package_root(subject: Subject, package: str) -> Copy | None:
    """Return where ``import package`` would find it; None if nowhere."""
    return next(_roots(subject, package), None)


def how_found(subject: Subject, root: Path) -> str:
    """Return the word for how LiteLLM comes to ``root``."""
    if root == subject.config.path.absolute().parent:
        return BESIDE
    ways = (how for how, path in subject.surroundings.search_path() if path == root)
    return next(ways, "found by an installed package's own means")


def differing(one: Path, other: Path) -> list[str]:
    """Return the modules of our packages that are not the same in two copies."""
    contents = [dict(_modules(root)) for root in (one, other)]
    names = contents[0].keys() | contents[1].keys()
    return sorted(name for name in names if contents[0].get(name) != contents[1].get(name))


def _roots(subject: Subject, package: str) -> Iterator[Copy]:
    for how, path in subject.surroundings.search_path():
        if (path / package / "__init__.py").is_file() or (path / f"{package}.py").is_file():
            yield Copy(path, how)


def _modules(root: Path) -> Iterator[tuple[str, bytes]]:
    for package in PACKAGES:
        for file in (root / package).rglob("*.py"):
            yield file.relative_to(root).as_posix(), file.read_bytes()
