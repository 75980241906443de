"""Mutants: handlers that are wrong on purpose, each in one way, and the claims that catch them.

A claim that no wrong handler ever breaks is an opinion. Each mutant is a custom handler by the name
``conformance.mutants:NAME`` (`conformance run --handler` and LiteLLM's proxy take it), NAME being
its own with underscores. Importing this package imports LiteLLM only when one is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.mutants.mutant import Mutant


def __getattr__(name: str) -> Mutant:
    """Return the mutant of that name, with underscores for its hyphens."""
    if not name.startswith("__"):
        from conformance.mutants.catalogue import BY_NAME

        if name.replace("_", "-") in BY_NAME:
            return BY_NAME[name.replace("_", "-")]
    raise AttributeError(f"module {__name__!r} has no mutant {name!r}", name=name, obj=__name__)
