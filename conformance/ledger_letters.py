"""Letters: short names for departures, as many as there are: A to Z, a to z, then AA."""

from __future__ import annotations

import string
from typing import Final

_LETTERS: Final = string.ascii_uppercase + string.ascii_lowercase


def letter_of(number: int) -> str:
    """Return the letter, or letters, of the departure of that number; 0 is the first."""
    higher, digit = divmod(number, len(_LETTERS))
    return (letter_of(higher - 1) if higher else "") + _LETTERS[digit]
