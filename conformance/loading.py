"""Loading the handler under test: the one beside you before the one that is installed.

LiteLLM does the same: it takes a handler's file beside the config file before an installed module.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litellm.llms.custom_llm import CustomLLM

HANDLER_MODULE = "claude_code_proxy.claude_code_router"
HANDLER_NAME = "claude_code_router"
_INSTALL = "; install it with: pip install 'mock-upstream[conformance]'"


class HandlerLoadError(Exception):
    """The handler cannot be imported; the message holds the cause."""


def prefer_local(directory: Path) -> None:
    """Let a handler in ``directory`` win over an installed one."""
    if (directory / Path(*HANDLER_MODULE.split("."))).with_suffix(".py").is_file():
        sys.path.insert(0, str(directory))


def load_handler() -> tuple[CustomLLM, Path]:
    """Import the handler and return it with the file it came from.

    Raises `HandlerLoadError` if it does not import.
    """
    try:
        module = importlib.import_module(HANDLER_MODULE)
        handler: CustomLLM = getattr(module, HANDLER_NAME)
    except Exception as error:
        cure = _INSTALL if getattr(error, "name", None) == "litellm" else ""
        raise HandlerLoadError(
            f"could not import {HANDLER_NAME} from {HANDLER_MODULE}: "
            f"{type(error).__name__}: {error}{cure}"
        ) from error
    return handler, Path(str(module.__file__))
