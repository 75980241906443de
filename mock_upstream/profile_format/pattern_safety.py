"""Refuses regular expressions that could take long on hostile input.

Python's engine backtracks. What makes that slow is a repeat within a repeat, several open repeats
after one another, and many small choices multiplied; none of that is needed to describe an id or
a model's name. What is left is at worst quadratic, and is asked of `LONGEST_TEXT` characters only.
"""

import re
from collections.abc import Iterable
from math import log2
from re import _constants as op  # type: ignore[attr-defined]  # the engine's own names of its steps
from re import _parser as parser  # type: ignore[attr-defined]  # the only reader of its grammar
from typing import Any, Final

LONGEST_TEXT = 4096
"""Characters of a value that a pattern is asked about; the rest is not looked at."""

_LONGEST_PATTERN = 500
_MOST_OPEN_REPEATS = 2
_MOST_CHOICE_BITS = 14.0
_CLOSED_REPEAT = 128
_REPEATS: Final = (op.MAX_REPEAT, op.MIN_REPEAT)
_PLAIN: Final = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
_REFUSED: Final = {
    op.GROUPREF: "a back reference",
    op.GROUPREF_EXISTS: "a conditional group",
    op.ASSERT: "a look-around",
    op.ASSERT_NOT: "a look-around",
}


def check_pattern(text: str) -> str:
    """Return a pattern that is safe to ask of any value. Raises `ValueError` for another."""
    if len(text) > _LONGEST_PATTERN:
        raise ValueError(f"a pattern of {len(text)} characters; keep it under {_LONGEST_PATTERN}")
    try:
        tree = parser.parse(text)
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    cost = _Cost(text)
    cost.add(tree, repeated=False)
    if cost.open_repeats > _MOST_OPEN_REPEATS:
        raise cost.refuse(f"more than {_MOST_OPEN_REPEATS} repeats without a small bound")
    if cost.bits > _MOST_CHOICE_BITS:
        raise cost.refuse("too many choices that multiply")
    return text


class _Cost:
    """Counts what a pattern leaves open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.open_repeats = 0
        self.bits = 0.0

    def refuse(self, what: str) -> ValueError:
        return ValueError(
            f"{self._text!r} could take long on hostile input: it has {what}; "
            "write simple classes and repeats, such as ^[a-z0-9-]+$"
        )

    def add(self, tree: Iterable[tuple[Any, Any]], *, repeated: bool) -> None:
        for step, argument in tree:
            if step in _REFUSED:
                raise self.refuse(_REFUSED[step])
            if repeated and step not in _PLAIN:
                raise self.refuse("a repeat over more than one character or class")
            if step in _REPEATS:
                self._repeat(*argument)
            elif step is op.BRANCH:
                self.bits += log2(len(argument[1]))
                for branch in argument[1]:
                    self.add(branch, repeated=False)
            elif step is op.SUBPATTERN:
                self.add(argument[-1], repeated=False)
            elif step is getattr(op, "ATOMIC_GROUP", None):
                self.add(argument, repeated=False)

    def _repeat(self, least: int, most: int, body: Any) -> None:
        optional = least == 0 and most == 1
        self.add(body, repeated=not optional)
        if most > _CLOSED_REPEAT and most != least:
            self.open_repeats += 1
        else:
            self.bits += log2(most - least + 1)
