"""How upstreams say that a request as a whole is refused: the sentences of `rule_wordings.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

Rule = Mapping[str, Any]

_GROUP: Final = re.compile(r"<(\w+)>")
_FILE: Final = Path(__file__).with_name("rule_wordings.yaml")


@dataclass(frozen=True, slots=True)
class Whole:
    """A family of sentences and the rule behind it; `place` is where in the payload it is met."""

    name: str
    pattern: re.Pattern[str]
    rule: Rule
    place: str = ""
    api: str = "both"

    def ruled(self, found: re.Match[str]) -> dict[str, Any]:
        """Write the rule with what the pattern's groups found."""
        groups = {name: text for name, text in found.groupdict().items() if text}
        filled = {key: _filled(value, groups) for key, value in self.rule.items()}
        return {key: value for key, value in filled.items() if value is not None}


def _filled(value: Any, groups: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [one for one in (_filled(each, groups) for each in value) if one is not None]
    if not isinstance(value, str) or not _GROUP.search(value):
        return value
    if any(name not in groups for name in _GROUP.findall(value)):
        return None
    text = _GROUP.sub(lambda name: groups[name[1]], value)
    return int(text) if text.isdecimal() else text


@cache
def wholes() -> tuple[Whole, ...]:
    """Read the families, in their order: the first that fits is meant."""
    return tuple(_whole(**row) for row in yaml.safe_load(_FILE.read_text("utf-8")))


def _whole(*, name: str, says: str, rule: Rule, **more: Any) -> Whole:
    return Whole(name, re.compile(says, re.IGNORECASE | re.DOTALL), rule, **more)


CREDENTIAL: Final = re.compile(
    r"(?i)api[ _-]key|unauthori[sz]ed|authenticat|invalid[ -]?(?:token|key|credential)"
    r"|no auth credentials|subscription key|access denied|not authori[sz]ed|bearer"
)
"""What is said of a key, where the status does not tell it."""
