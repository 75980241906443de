"""Mutations: every place of a module where an operator can be applied, by a name that lasts."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.mutation.modules import FUNCTIONS_LEFT_OUT
from conformance.mutation.operators import changes

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN: Final = 100
_SKIPPED_FIELDS: Final = ("annotation", "returns", "decorator_list", "type_params")
_TYPES: Final = ("dict", "list", "tuple", "set", "frozenset", "Callable", "Mapping", "Literal")
_WORDS: Final = ("__str__", "__repr__", "repr", "why", "source")
_LOGGING: Final = ("logger", "logging")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to ``module``: in ``function`` (empty: at its top), from ``before`` to ``after``.

    ``number`` tells equal ones of a function apart. It does not depend on line numbers, so that a
    reason that was written down stays with it. ``line`` is where it is today.
    """

    module: str
    function: str
    operator: str
    before: str
    after: str
    number: int
    line: int

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
    return str(files(package) / f"{name}.py")


@dataclass(frozen=True, slots=True)
class _Site:
    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST
    function: str
    line: int

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
    for site in _sites(tree, "", 1):
        if (module, site.function) in FUNCTIONS_LEFT_OUT:
            continue
        for operator, changed in changes(site.node):
            before, after = _text(site.node), _text(changed)
            number = seen[key] + 1 if (key := (site.function, before, after)) in seen else 0
            seen[key] = number
            mutation = Mutation(module, site.function, operator, before, after, number, site.line)
            yield mutation, site, changed


def _sites(parent: ast.AST, function: str, line: int) -> Iterator[_Site]:
    for field, value in ast.iter_fields(parent):
        if field in _SKIPPED_FIELDS:
            continue
        many = list(value) if isinstance(value, list) else [value]
        for index, node in enumerate(many):
            if not isinstance(node, ast.AST) or _is_no_code(node):
                continue
            here = getattr(node, "lineno", line)
            place = index if isinstance(value, list) else None
            yield _Site(parent, field, place, node, function, here)
            if not isinstance(node, ast.Raise):  # the words of a refusal
                yield from _sites(node, _inside(function, node), here)


def _is_no_code(node: ast.AST) -> bool:
    """Whether ``node`` is a docstring, an import, a type, a log line, or words about an object."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in _LOGGING
        case ast.Assign(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in _LOGGING
        case ast.Subscript(value=ast.Name(id=name)):
            return name in _TYPES
        case ast.FunctionDef(name=name) | ast.keyword(arg=name):
            return name in _WORDS
    return isinstance(node, ast.Import | ast.ImportFrom) or _is_said_to_readers(node)


def _is_said_to_readers(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
    return False


def _inside(function: str, node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return f"{function}.{node.name}".lstrip(".")
    return function


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.If | ast.While):
        node = node.test
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
