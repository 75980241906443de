"""Loading the handler under test: the one beside you before the one that is installed.

LiteLLM does the same: it takes a handler's file beside the config file before an installed module.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from litellm.llms.custom_llm import CustomLLM

HANDLER_MODULE = "claude_code_proxy.claude_code_router"
HANDLER = f"{HANDLER_MODULE}.claude_code_router"
PACKAGES: Final = ("claude_code_proxy", "common")
"""The handler's packages."""

_INSTALL = "; install it with: pip install 'mock-upstream[conformance]'"


class HandlerLoadError(Exception):
    """The handler cannot be imported; the message holds the cause."""


def dotted(reference: str) -> str:
    """Return ``package.module:instance`` as LiteLLM's configuration writes it, with dots alone."""
    return reference.replace(":", ".")


def prefer_local(directory: Path, reference: str = HANDLER) -> None:
    """Let the handler's file in ``directory`` win over an installed one, and what it imports.

    It must be called before anything of the handler's packages is imported.
    """
    parts = dotted(reference).split(".")[:-1]
    if Path(directory, *parts).with_suffix(".py").is_file():
        sys.path.insert(0, str(directory))


@contextmanager
def set_aside() -> Iterator[None]:
    """Forget the handler's packages, so that they are imported anew; then put everything back."""
    path, finders = list(sys.path), list(sys.meta_path)
    before = _forgotten()
    try:
        yield
    finally:
        _forgotten()
        sys.modules.update(before)
        sys.path[:], sys.meta_path[:] = path, finders


def _forgotten() -> dict[str, ModuleType]:
    """Take what is imported of the handler's packages out of Python's modules."""
    ours = [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    return {name: sys.modules.pop(name) for name in ours}


def load_handler(reference: str = HANDLER) -> tuple[CustomLLM, Path]:
    """Import the handler that ``package.module.instance`` names, and return it with its file.

    ``package.module:instance`` is understood too. Raises `HandlerLoadError` if it does not import,
    or is no LiteLLM custom handler.
    """
    module_name, _, name = dotted(reference).rpartition(".")
    try:
        module = importlib.import_module(module_name)
        handler = getattr(module, name)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        cure = _INSTALL if getattr(error, "name", None) == "litellm" else ""
        raise HandlerLoadError(
            f"could not import {name} from {module_name}: {type(error).__name__}: {error}{cure}"
        ) from error
    _refuse_no_handler(handler, reference)
    return handler, Path(str(module.__file__))


def _refuse_no_handler(handler: object, reference: str) -> None:
    from litellm.llms.custom_llm import CustomLLM

    if not isinstance(handler, CustomLLM):
        raise HandlerLoadError(
            f"{reference} is {type(handler).__name__}; expected an instance of a class derived "
            "from litellm's CustomLLM"
        )
