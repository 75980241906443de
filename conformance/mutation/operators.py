"""Mutation operators: which small changes there are to a module's syntax tree.

- a condition or a filter is negated, a ``not`` dropped, ``and`` made ``or``;
- a comparison is made its neighbour: ``<`` to ``<=``, ``in`` to ``not in``;
- a number is one more, a boolean the other one, a text has a letter more;
- a key of a mapping, an element of a tuple, list or set is left out;
- a statement is left out, a ``return`` returns nothing. A value that is written as one that counts
  as false (``False``, ``""``, ``()``) is no such return: None says the same wherever it is asked.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Change = tuple[str, ast.AST]
"""An operator's name, and what it puts in the place of a node."""

_SHOWN: Final = 40
_COMPARISONS: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


def changes(node: ast.AST) -> Iterator[Change]:
    """Yield every change to ``node``; none shares anything with it."""
    for kind, operator in _OPERATORS:
        if isinstance(node, kind):
            yield from operator(copy.deepcopy(node))


def _negated(node: ast.If | ast.IfExp | ast.While) -> Iterator[Change]:
    node.test = ast.UnaryOp(ast.Not(), node.test)
    yield "negated condition", node


def _filters(node: ast.comprehension) -> Iterator[Change]:
    for place in range(len(node.ifs)):
        changed = copy.deepcopy(node)
        changed.ifs[place] = ast.UnaryOp(ast.Not(), changed.ifs[place])
        yield "negated filter", changed


def _other_bool(node: ast.BoolOp) -> Iterator[Change]:
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "and or or", node


def _unnegated(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield "dropped not", node.operand


def _other_comparison(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        if type(operator) in _COMPARISONS:
            changed = copy.deepcopy(node)
            changed.ops[place] = _COMPARISONS[type(operator)]()
            yield "other comparison", changed


def _other_constant(node: ast.Constant) -> Iterator[Change]:
    match node.value:
        case bool(value):
            yield "other constant", ast.Constant(not value)
        case int(value):
            yield "other constant", ast.Constant(value + 1)
        case str(value):
            yield "other string", ast.Constant(f"{value}x")


def _fewer_keys(node: ast.Dict) -> Iterator[Change]:
    for place in range(len(node.keys)):
        changed = copy.deepcopy(node)
        key, value = changed.keys.pop(place), changed.values.pop(place)
        yield f"dropped key {_word(key or value)}", changed


def _fewer_elements(node: ast.Tuple | ast.List | ast.Set) -> Iterator[Change]:
    if isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and len(node.elts) > 1:
        for place in range(len(node.elts)):
            changed = copy.deepcopy(node)
            gone = changed.elts.pop(place)
            yield f"dropped element {_word(gone)}", changed


def _no_statement(_: ast.AST) -> Iterator[Change]:
    yield "dropped statement", ast.Pass()


def _no_value(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and not _is_as_false_as_none(node.value):
        yield "returned nothing", ast.Return(ast.Constant(None))


def _word(node: ast.expr) -> str:
    return " ".join(ast.unparse(node).split())[:_SHOWN]


def _is_as_false_as_none(node: ast.expr) -> bool:
    """Whether ``node`` is written as a value that counts as false: None says the same there."""
    if isinstance(node, ast.Tuple | ast.List):
        return not node.elts
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, ast.Constant) and not node.value


_OPERATORS: Final[tuple[tuple[type | tuple[type, ...], Callable[..., Iterator[Change]]], ...]] = (
    ((ast.If, ast.IfExp, ast.While), _negated),
    (ast.comprehension, _filters),
    (ast.BoolOp, _other_bool),
    (ast.UnaryOp, _unnegated),
    (ast.Compare, _other_comparison),
    (ast.Constant, _other_constant),
    (ast.Dict, _fewer_keys),
    ((ast.Tuple, ast.List, ast.Set), _fewer_elements),
    ((ast.Assign, ast.AugAssign, ast.Expr, ast.Raise, ast.Delete), _no_statement),
    (ast.Return, _no_value),
)
