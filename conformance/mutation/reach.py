"""Reach: which cases come to a line of the handler, so that only those are tried on its mutations.

What a module's top says is reached by whatever uses one of the names that it defines, be it through
other names.
"""

from __future__ import annotations

import ast
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.mutation.modules import mutated_modules
from conformance.mutation.mutations import source_path
from conformance.mutation.statements import bodies, own_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from conformance.mutation.mutations import Mutation

Line = tuple[str, int]
"""A module and a line of it."""


class Tracer:
    """Notes the handler's lines that run, in threads that begin while it is `listening`."""

    def __init__(self) -> None:
        self._modules = {source_path(module): module for module in mutated_modules()}
        self._lines: set[Line] = set()
        self._is_on = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to threads that begin from now on, until the end."""
        self._is_on = True
        threading.settrace(self._called)
        try:
            yield
        finally:
            self._is_on = False
            threading.settrace(None)

    def take(self) -> frozenset[Line]:
        """Return the lines that ran since they were last taken."""
        lines, self._lines = frozenset(self._lines), set()
        return lines

    def _called(self, frame: FrameType, _event: str, _: Any) -> Any:
        if not self._is_on:
            sys.settrace(None)
            return None
        module = self._modules.get(frame.f_code.co_filename)
        if module is None:
            return None

        def ran(frame: FrameType, _event: str, _: Any) -> Any:
            self._lines.add((module, frame.f_lineno))
            return ran

        return ran(frame, "call", None)


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement: what it defines (at import alone), the words in it, its own lines."""

    module: str
    at_import: bool
    defines: frozenset[str]
    words: frozenset[str]
    lines: range


@dataclass(slots=True)
class Reach:
    """Which of the cases, by number, reach a mutation; ``lines`` are those that each came to."""

    lines: tuple[frozenset[Line], ...]
    _cases: dict[Line, set[int]] = field(default_factory=dict)
    _statements: tuple[_Statement, ...] = ()

    def __post_init__(self) -> None:
        for number, lines in enumerate(self.lines):
            for line in lines:
                self._cases.setdefault(line, set()).add(number)
        self._statements = tuple(one for module in mutated_modules() for one in _statements(module))

    def of(self, mutation: Mutation) -> list[int]:
        """Return the numbers of the cases that reach ``mutation``, those of fewest lines first."""
        spots = [(mutation.module, line) for line in range(mutation.first, mutation.last + 1)]
        if mutation.at_import:
            spots = list(self._users(mutation))
        found = {number for spot in spots for number in self._cases.get(spot, ())}
        return sorted(found, key=lambda number: (len(self.lines[number]), number))

    def _users(self, mutation: Mutation) -> Iterator[Line]:
        """Yield the lines in functions that use what the mutated statement defines."""
        changed: set[str] = set()
        for one in self._statements:
            if one.at_import and one.module == mutation.module and mutation.first in one.lines:
                changed |= one.defines
        while more := {
            name
            for one in self._statements
            if one.at_import and one.words & changed
            for name in one.defines - changed
        }:
            changed |= more
        for one in self._statements:
            if not one.at_import and one.words & changed:
                yield from ((one.module, line) for line in one.lines)


def _statements(module: str) -> Iterator[_Statement]:
    tree = ast.parse(Path(source_path(module)).read_text("utf-8"))
    yield from _of(tree.body, module, at_import=True, holder=frozenset())


def _of(
    body: Iterable[ast.stmt], module: str, *, at_import: bool, holder: frozenset[str]
) -> Iterator[_Statement]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        inner = list(bodies(node))
        defines = holder | frozenset(_defined(node)) if at_import else frozenset()
        words = frozenset(_words(node, inner))
        yield _Statement(module, at_import, defines, words, own_lines(node))
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        inside = defines if isinstance(node, ast.ClassDef) else holder
        yield from _of(inner, module, at_import=at_import and not is_function, holder=inside)


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id


def _words(node: ast.stmt, inner: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the names that a statement itself speaks of."""
    waiting: list[ast.AST] = [node]
    skipped = set(map(id, inner))
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Name):
            yield one.id
        elif isinstance(one, ast.Attribute):
            yield one.attr
        waiting += [child for child in ast.iter_child_nodes(one) if id(child) not in skipped]
