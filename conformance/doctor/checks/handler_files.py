"""Does the handler load as LiteLLM loads it, and from which of several copies."""

from __future__ import annotations

import ast
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.doctor.copies import (
    BESIDE,
    PROOF,
    Copy,
    differing,
    handler_copies,
    how_found,
    module_file,
    package_root,
)
from conformance.doctor.finding import Finding, Told, error, note, warning
from conformance.doctor.subject import of_section
from conformance.loading import HANDLER, PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.subject import Mapped, Subject
    from conformance.doctor.trial import Loaded

_MAP: Final = "custom_provider_map"
_LOAD: Final = "handler-load"
_COPIES: Final = "handler-copies"
_SHOWN: Final = 3


def handler_files(subject: Subject) -> Iterator[Finding]:
    """Find handlers that LiteLLM cannot load, and those of which it mixes two copies."""
    section, _ = subject.provider_map
    for mapped in filter(attrgetter("is_well_formed"), subject.handlers):
        loaded = subject.trial.handlers.get(mapped.reference) if subject.trial else None
        found = _expected(subject, mapped) if loaded is None else _seen(subject, mapped, loaded)
        for told in found:
            yield of_section(section, told, _MAP, mapped.index, "custom_handler")


def _seen(subject: Subject, mapped: Mapped, loaded: Loaded) -> Iterator[Told]:
    """Say what a trial showed."""
    if loaded.causes:
        why = [told.message for told in _expected(subject, mapped) if told.id == _LOAD]
        cause = loaded.causes[-1] if len(loaded.causes) > 1 else loaded.causes[0]
        said = "" if cause == loaded.causes[0] else f" LiteLLM says {loaded.causes[0]!r}."
        cure = why[0] if why else "correct that, where LiteLLM is started"
        yield error(
            _LOAD,
            f"LiteLLM cannot load {mapped.reference}: {cause}.{said} {_capital(cure)}",
        )
        return
    file, parts = Path(loaded.file), loaded.parts or {}
    if mapped.reference != HANDLER or not parts:
        return
    root = file.parents[len(module_file(mapped.reference).parts) - 1]
    router = Copy(root, how_found(subject, root))
    rest = Path(next(iter(parts.values()))).parents[1]
    yield from _two_copies(router, Copy(rest, how_found(subject, rest)))
    yield from _unused(subject, mapped, router, rest)


def _expected(subject: Subject, mapped: Mapped) -> Iterator[Told]:
    """Say what the files let expect."""
    file = module_file(mapped.reference)
    copies = handler_copies(subject, mapped.reference)
    if not copies:
        yield error(
            _LOAD,
            f"no {file} is found: not beside the config file, not by PYTHONPATH, and not "
            "installed: install it (pip install), or copy its packages beside the config file "
            "and set PYTHONPATH to that directory",
        )
        return
    taken = copies[0]
    instance = mapped.reference.rpartition(".")[2]
    if not _names(taken.root / file, instance):
        yield error(_LOAD, f"{taken.root / file} has no {instance!r} in it")
    if mapped.reference == HANDLER:
        yield from _imports(subject, taken)
        modules = package_root(subject, PACKAGES[0])
        yield from _unused(subject, mapped, taken, modules.root if modules else taken.root)


def _imports(subject: Subject, taken: Copy) -> Iterator[Told]:
    """Look for what the handler imports, which Python looks for, not LiteLLM."""
    for package in PACKAGES:
        found = package_root(subject, package)
        if found is None:
            yield error(
                _LOAD,
                f"{package} is not found by Python, and the handler {taken} imports from it: set "
                f"PYTHONPATH to {taken.root}",
            )
            return
        if package == "common" and not (found.root / PROOF).is_file():
            yield error(
                _LOAD,
                f"another package named 'common' stands before ours: {found}: put the handler's "
                "directory first on PYTHONPATH",
            )
            return
    modules = package_root(subject, PACKAGES[0])
    if modules is not None and taken.how == BESIDE:
        yield from _two_copies(taken, modules)


def _two_copies(router: Copy, rest: Copy) -> Iterator[Told]:
    if router.root.resolve() == rest.root.resolve():
        return
    others = differing(router.root, rest.root)
    if not others:
        yield note(
            _COPIES,
            f"the handler's own file is that of {router}, all that it imports of {rest}; the two "
            "copies are the same today: keep one",
        )
        return
    shown = ", ".join(others[:_SHOWN]) + (" and more" if len(others) > _SHOWN else "")
    yield warning(
        _COPIES,
        f"two copies of the handler are mixed: its own file is that of {router}, and all that it "
        f"imports is that of {rest}; they differ in {shown}: remove one, or set PYTHONPATH to the "
        "directory that is to win",
    )


def _unused(subject: Subject, mapped: Mapped, taken: Copy, rest: Path) -> Iterator[Told]:
    """Tell of other copies: who changes one of those wonders why nothing happens."""
    used = (taken.root.resolve(), rest.resolve())
    for other in handler_copies(subject, mapped.reference):
        if other.root.resolve() not in used and differing(taken.root, other.root):
            yield note(
                _COPIES,
                f"the handler is that of {taken}; another copy, {other}, is not the same and not "
                "used",
            )


def _names(file: Path, instance: str) -> bool:
    """Tell whether a module binds ``instance`` somewhere; True where that cannot be told."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return True
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return instance in bound | imported or "*" in imported


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
