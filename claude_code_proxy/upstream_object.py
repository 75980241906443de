"""Reading what LiteLLM hands back: objects of its own, or the plain dicts under them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def read(value: object, name: str, default: Any = None) -> Any:
    """Return ``value``'s key or attribute ``name``; ``default`` where it is absent or None.

    LiteLLM's versions differ in which of the two an output item is.
    """
    found = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    return default if found is None else found
