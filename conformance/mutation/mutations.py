"""Mutations: every place of a module where an operator can be applied, by a name that lasts."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeGuard

from conformance.mutation.behaviour import is_no_behaviour
from conformance.mutation.modules import directory_of
from conformance.mutation.operators import changes
from conformance.mutation.statements import own_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN: Final = 100
_SKIPPED_FIELDS: Final = ("annotation", "returns", "decorator_list", "type_params")
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to ``module``: in ``function`` (empty: at its top), from ``before`` to ``after``.

    ``number`` tells equal ones of a function apart. It does not depend on line numbers, so that a
    reason that was written down stays with it. ``line`` is where it is today; of its statement's
    lines, ``first`` to ``last``, one runs before it does anything. ``at_import`` tells that they
    run when the module is imported.
    """

    module: str
    function: str
    operator: str
    before: str
    after: str
    number: int
    line: int
    first: int = 0
    last: int = 0
    at_import: bool = False

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What it is known by."""
        return self.module, self.function, self.before, self.after, self.number

    def __str__(self) -> str:
        where = f"{self.module}:{self.line} {self.function}".rstrip()
        return f"{where}: {self.operator}: {self.before}  ->  {self.after}"


def mutations(module: str) -> tuple[Mutation, ...]:
    """Return every mutation of ``module``, in the order of its source."""
    return tuple(mutation for mutation, _, _ in _places(module, _parsed(module)))


def mutant(mutation: Mutation) -> ast.Module:
    """Return the syntax tree of the mutated module; raises `LookupError` if it is not there."""
    tree = _parsed(mutation.module)
    for other, site, changed in _places(mutation.module, tree):
        if other.key == mutation.key:
            site.put(changed)
            return ast.fix_missing_locations(tree)
    raise LookupError(f"no longer in the source: {mutation}")


def source_path(module: str) -> str:
    """Return the file of ``module``."""
    package, _, name = module.partition(".")
    return str(directory_of(package) / f"{name}.py")


@dataclass(frozen=True, slots=True)
class _Site:
    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST
    function: str
    line: int
    own: range
    at_import: bool

    def put(self, node: ast.AST) -> None:
        """Put ``node`` in the place of what is there."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def _parsed(module: str) -> ast.Module:
    return ast.parse(Path(source_path(module)).read_text("utf-8"))


def _places(module: str, tree: ast.Module) -> Iterator[tuple[Mutation, _Site, ast.AST]]:
    seen: dict[tuple[str, str, str], int] = {}
    for site in _sites(tree, "", range(1, 2), at_import=True):
        for operator, changed in changes(site.node):
            before, after = _text(site.node), _text(changed)
            number = seen[key] + 1 if (key := (site.function, before, after)) in seen else 0
            seen[key] = number
            mutation = Mutation(
                *(module, site.function, operator, before, after, number, site.line),
                *(site.own.start, site.own.stop - 1, site.at_import),
            )
            yield mutation, site, changed


def _sites(parent: ast.AST, function: str, own: range, *, at_import: bool) -> Iterator[_Site]:
    """Yield every place below ``parent``, a node of the statement of ``own`` lines."""
    for field, value in ast.iter_fields(parent):
        if field in _SKIPPED_FIELDS:
            continue
        many = list(value) if isinstance(value, list) else [value]
        for index, node in enumerate(many):
            if not isinstance(node, ast.AST) or is_no_behaviour(node):
                continue
            lines = _lines(node, own)
            imported = at_import and not (field == "body" and isinstance(parent, _FUNCTIONS))
            place = index if isinstance(value, list) else None
            here = getattr(node, "lineno", own.start)
            yield _Site(parent, field, place, node, function, here, lines, imported)
            if not isinstance(node, ast.Raise):  # the words of a refusal
                yield from _sites(node, _inside(function, node), lines, at_import=imported)


def _lines(node: ast.AST, own: range) -> range:
    """Return the lines of the statement that ``node`` is or is in; a pattern has its own."""
    if isinstance(node, ast.stmt):
        return own_lines(node)
    return range(node.lineno, (node.end_lineno or node.lineno) + 1) if _is_case(node) else own


def _is_case(node: ast.AST) -> TypeGuard[ast.pattern]:
    return isinstance(node, ast.pattern)


def _inside(function: str, node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return f"{function}.{node.name}".lstrip(".")
    return function


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.If | ast.While):
        node = node.test
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
