"""A text that a regular expression matches, made from the expression without running it.

Understands what schemas use of ECMAScript's expressions: literals, classes, groups, alternatives,
quantifiers and anchors. Look-around and back references are `Unsatisfiable`.
"""

from dataclasses import dataclass
from typing import Final

from mock_upstream.replies.instance.limits import MAX_TEXT, Unsatisfiable

_LONGEST: Final = 1000
_DEEPEST: Final = 40
_MOST_DIGITS: Final = 5

_CLASSES: Final = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_PROPERTIES: Final = {"L": "a", "Ll": "a", "Lu": "A", "N": "0", "Nd": "0", "P": "-", "S": "+"}
_CODES: Final = {"x": 2, "u": 4}
_MEMBERS: Final = {
    "d": "0123456789",
    "w": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
    "s": " \t\n\r\f\v",
}
_CANDIDATES: Final = "a0A-_ .:/!#b1B"
"""What is tried for a class that only says what it does not hold."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the expression: its shortest text, and how to lengthen it.

    `unit` may be repeated `spare` more times at `at`, the place in the text where it stands.
    """

    text: str = ""
    unit: str = ""
    at: int = 0
    spare: int = 0

    def then(self, other: "Piece") -> "Piece":
        """Join two parts; the first that can be lengthened is kept as the one to lengthen."""
        text = self.text + other.text
        if len(text) > MAX_TEXT:
            raise Unsatisfiable(f"its pattern needs more than {MAX_TEXT} characters")
        if self.spare:
            return Piece(text, self.unit, self.at, self.spare)
        return Piece(text, other.unit, len(self.text) + other.at, other.spare)


def matching(pattern: str, least: int = 0, most: int = MAX_TEXT) -> str:
    """Make a text of `least` to `most` characters that a pattern matches, the shortest it can."""
    if len(pattern) > _LONGEST:
        raise Unsatisfiable(f"its pattern has {len(pattern)} characters, more than {_LONGEST}")
    piece = _Parser(pattern).parse()
    missing = least - len(piece.text)
    text = piece.text
    if missing > 0 and piece.spare:
        times = min(-(-missing // len(piece.unit)), piece.spare)
        text = text[: piece.at] + piece.unit * times + text[piece.at :]
    elif missing > 0 and not pattern.endswith("$"):
        text += "a" * missing
    if not least <= len(text) <= most:
        raise Unsatisfiable(f"no text of its pattern {pattern[:80]!r} has the right length")
    return text


class _Parser:
    """Reads an expression from left to right."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._place = 0
        self._depth = 0

    def parse(self) -> Piece:
        piece = self._alternatives()
        if self._place < len(self._text):
            raise self._fault("an unexpected )")
        return piece

    def _alternatives(self) -> Piece:
        """Read alternatives; the first is taken."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._fault(f"more than {_DEEPEST} groups within one another")
        first = self._sequence()
        while self._take("|"):
            self._sequence()
        self._depth -= 1
        return first

    def _sequence(self) -> Piece:
        piece = Piece()
        while self._place < len(self._text) and self._text[self._place] not in "|)":
            piece = piece.then(self._quantified(self._atom()))
        return piece

    def _atom(self) -> Piece:
        character = self._next()
        if character in "^$":
            return Piece()
        if character == "(":
            return self._group()
        if character == "[":
            return Piece(self._class())
        if character == "\\":
            return Piece(self._escape())
        return Piece("a" if character == "." else character)

    def _group(self) -> Piece:
        if self._take("?") and not self._take(":"):
            named = self._take("P<") or (self._take("<") and self._peek() not in "=!")
            end = self._text.find(">", self._place)
            if not named or end < 0:
                raise self._fault("look-around or flags")
            self._place = end + 1
        piece = self._alternatives()
        if not self._take(")"):
            raise self._fault("a group without an end")
        return piece

    def _escape(self) -> str:
        character = self._next()
        if character in "bB":
            return ""
        if character in "pP":
            return self._property(character)
        if character in "123456789k":
            raise self._fault("a back reference")
        if character in _CODES:
            return self._code(_CODES[character])
        return _CLASSES.get(character) or _CONTROLS.get(character, character)

    def _property(self, sign: str) -> str:
        end = self._text.find("}", self._place)
        name = self._text[self._place + 1 : end]
        if sign == "P" or end < 0 or name not in _PROPERTIES:
            raise self._fault("a Unicode property")
        self._place = end + 1
        return _PROPERTIES[name]

    def _code(self, digits: int) -> str:
        text = self._text[self._place : self._place + digits]
        try:
            character = chr(int(text, 16))
            character.encode()
        except (ValueError, UnicodeEncodeError):
            raise self._fault("a character code") from None
        self._place += digits
        return character

    def _class(self) -> str:
        """Read a class; choose its first member, or one that is not among those it excludes."""
        excluded = self._take("^")
        ranges: list[tuple[str, str]] = []
        while not self._take("]"):
            low, members = self._member()
            ranges += [(one, one) for one in members]
            if not members:
                ranges.append((low, self._range_end() or low))
        if not ranges and not excluded:
            raise self._fault("an empty class")
        if not excluded:
            return ranges[0][0]
        for candidate in _CANDIDATES:
            if not any(low <= candidate <= high for low, high in ranges):
                return candidate
        raise self._fault("a class that excludes too much")

    def _range_end(self) -> str:
        """Read the rest of a range such as `-z`; empty if there is none."""
        following = self._text[self._place : self._place + 2]
        if not following.startswith("-") or following in ("-", "-]"):
            return ""
        self._place += 1
        return self._member()[0]

    def _member(self) -> tuple[str, str]:
        """Read a character of a class, or the characters of an escape such as `\\d`."""
        character = self._next()
        if character != "\\":
            return character, ""
        if self._peek() in _MEMBERS:
            return "", _MEMBERS[self._next()]
        if self._peek() in "DWSpPbB":
            raise self._fault("an escape within a class")
        return self._escape(), ""

    def _quantified(self, piece: Piece) -> Piece:
        least, spare = self._quantifier()
        self._take("?")
        if least * len(piece.text) > MAX_TEXT:
            raise self._fault(f"more than {MAX_TEXT} characters")
        if least == 1 and not spare:
            return piece
        more = spare if piece.text else 0
        return Piece(piece.text * least, piece.text, 0, more)

    def _quantifier(self) -> tuple[int, int]:
        """Read how often an atom stands at least, and how many times more it may."""
        if self._take("?"):
            return 0, 1
        if self._take("*"):
            return 0, MAX_TEXT
        if self._take("+"):
            return 1, MAX_TEXT
        end = self._text.find("}", self._place)
        low, comma, high = self._text[self._place + 1 : max(end, 0)].partition(",")
        if self._peek() != "{" or not low.isdecimal() or not (high.isdecimal() or not high):
            return 1, 0
        if max(len(low), len(high)) > _MOST_DIGITS:
            raise self._fault("too large a count")
        self._place = end + 1
        least = int(low)
        return least, max(int(high) - least, 0) if high else MAX_TEXT if comma else 0

    def _peek(self) -> str:
        return self._text[self._place : self._place + 1] or "\0"

    def _next(self) -> str:
        if self._place >= len(self._text):
            raise self._fault("an unfinished end")
        self._place += 1
        return self._text[self._place - 1]

    def _take(self, text: str) -> bool:
        if not self._text.startswith(text, self._place):
            return False
        self._place += len(text)
        return True

    def _fault(self, what: str) -> Unsatisfiable:
        shown = self._text[:80]
        return Unsatisfiable(f"its pattern {shown!r} has {what}, which the mock does not write")
