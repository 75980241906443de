"""Statements: what is in them, and which lines are their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator


def bodies(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements inside of ``node``."""
    for name in ("body", "orelse", "finalbody"):
        inner = getattr(node, name, ())
        yield from inner if isinstance(inner, list) else ()
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from part.body


def own_lines(node: ast.stmt) -> range:
    """Return the lines of a statement, those of the statements in it left out."""
    inner = min((one.lineno for one in bodies(node)), default=(node.end_lineno or node.lineno) + 1)
    return range(node.lineno, max(inner, node.lineno + 1))
