"""How upstreams say that a field is refused: the sentences of `field_wordings.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

_FILE: Final = Path(__file__).with_name("field_wordings.yaml")
_PLACE: Final = r"(?P<place>[A-Za-z_#$][\w.\[\]\-/$#…]*)"
_NAME: Final = r"[\"'`]?[A-Za-z_#][\w.\[\]\-/]*[\"'`]?"
_MACROS: Final[Mapping[str, str]] = {
    "list": rf"\[?(?P<places>{_NAME}(?:, ?{_NAME})*)\]?",
    "quoted": rf"[\"'`]{_PLACE}[\"'`]",
    "any": rf"[\"'`]?{_PLACE}[\"'`]?",
    "place": _PLACE,
    "value": r"[\"'`]?(?P<value>[^\"'`\n]{0,300}?)[\"'`]?",
    "limit": r"(?P<limit>-?\d+(?:\.\d+)?)",
}


@dataclass(frozen=True, slots=True)
class Saying:
    """A family of sentences: the kind of refusal, and a pattern with named groups."""

    kind: str
    pattern: re.Pattern[str]


@cache
def sayings() -> tuple[Saying, ...]:
    """Read the families, in their order."""
    rows = yaml.safe_load(_FILE.read_text("utf-8"))
    return tuple(Saying(row["kind"], _pattern(text)) for row in rows for text in row["says"])


def _pattern(text: str) -> re.Pattern[str]:
    for name, pattern in _MACROS.items():
        text = text.replace(f"{{{{{name}}}}}", pattern)
    return re.compile(f"(?i:{text})")
