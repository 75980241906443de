"""What of a module is no behaviour, and so not mutated: each kind by a rule, with its reason.

- **docstrings and other constants that stand alone**: nothing reads them;
- **imports, and what only a type checker runs** (``if TYPE_CHECKING``, annotations, decorators,
  subscripted types such as ``Literal[…]``): a type is no step of the handler;
- **calls of a logger**: the words of a log line. That a line is logged at all, and what is put into
  it, is mutated where it is made; the suite hears the log;
- **the words of an exception that is raised** (below `ast.Raise`): that it is raised is mutated;
- **``why`` and ``source`` of a registry's row**: for readers of the documentation;
- **``repr`` of a field, ``__repr__``**: what a traceback shows of an object.
"""

from __future__ import annotations

import ast
from typing import Final

_TYPES: Final = (
    *("dict", "list", "tuple", "set", "frozenset", "type"),
    *("Callable", "Mapping", "Literal", "Iterator", "Sequence"),
)
_WORDS: Final = ("__repr__", "repr", "why", "source")
_LOGGING: Final = ("logger", "logging")


def is_no_behaviour(node: ast.AST) -> bool:
    """Whether ``node``, and all in it, is of one of the kinds above."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in _LOGGING
        case ast.Assign(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in _LOGGING
        case ast.Subscript(value=ast.Name(id=name)):
            return name in _TYPES
        case ast.FunctionDef(name=name) | ast.keyword(arg=name):
            return name in _WORDS
        case ast.If(test=ast.Name(id=name)):
            return name == "TYPE_CHECKING"
    return isinstance(node, ast.Import | ast.ImportFrom) or _stands_alone(node)


def _stands_alone(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
