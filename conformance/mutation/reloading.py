"""Importing the handler anew with one module of it mutated, in a process that has LiteLLM."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

from conformance.loading import HANDLER_MODULE, set_aside
from conformance.mutation.mutations import source_path

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence
    from types import CodeType, ModuleType

    from litellm.llms.custom_llm import CustomLLM


@contextmanager
def reloaded(module: str, tree: ast.Module) -> Iterator[CustomLLM]:
    """Give the handler as it is with ``tree`` for ``module``; outside it is what it was.

    The suite keeps the modules that it has: the judge is not mutated. Raises whatever the import of
    the mutated module raises.
    """
    finder = _Finder(module, compile(tree, source_path(module), "exec", dont_inherit=True))
    with set_aside():
        sys.meta_path.insert(0, finder)
        yield importlib.import_module(HANDLER_MODULE).claude_code_router


class _Finder(MetaPathFinder, Loader):
    """Finds one module, whose code is given."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name = name
        self._code = code

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 -- importlib's signature
        target: ModuleType | None = None,  # noqa: ARG002 -- importlib's signature
    ) -> ModuleSpec | None:
        """Return the spec of the one module."""
        if fullname != self._name:
            return None
        spec = ModuleSpec(fullname, self, origin=source_path(fullname))
        spec.has_location = True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Run the given code as the module's."""
        exec(self._code, module.__dict__)  # noqa: S102 -- our own code, mutated
