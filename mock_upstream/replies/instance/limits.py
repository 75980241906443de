"""How much a schema may ask for before the mock gives up on it."""

from typing import Final

MAX_STEPS: Final = 5_000
"""Subschemas, demands and items that one instance may look at, some 20 ms of work."""
MAX_DEPTH: Final = 48
"""Levels of nesting in an instance, and of subschemas within one another."""
MAX_TEXT: Final = 4096
"""Characters of one generated string."""
MAX_ITEMS: Final = 1000
"""Items of one generated array, and members of one generated object."""


class Unsatisfiable(ValueError):  # noqa: N818 -- it says what the schema is
    """No instance was found; the message says which demand could not be met."""


class TooMuch(Unsatisfiable):
    """The schema asks for more work than the mock does; no other branch is tried."""


class Work:
    """Counts the steps of one instance. Raises `TooMuch` at the last one."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self._left = steps

    def step(self, count: int = 1) -> None:
        """Spend steps."""
        self._left -= count
        if self._left < 0:
            raise TooMuch(f"it takes more than {MAX_STEPS} steps to find an instance")
